"""Text in the encoding that somebody's program wrote it in, found out and said."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from components.project.errors import shorten
from smrt_lightning.errors import TableError

_BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_LATIN = ("cp1250", "cp1252")
_SAMPLE_BYTES = 200_000
_OTHER_SCRIPTS = [
    *("gb18030", "big5", "shift_jis", "euc_jp", "euc_kr", "cp1251", "koi8_r"),
    *("cp1252", "cp1250", "cp1253", "cp1254", "cp1255", "cp1256"),
]
REPLACED = "\ufffd"


@dataclass(frozen=True)
class Decoded:
    """The text of a file.

    Attributes
    ----------
    text : str
        Without a byte order mark.
    encoding : str
        As Python names it.
    remark : str
        What a person should know: that the encoding is a guess, that bytes were replaced; or "".
    """

    text: str
    encoding: str
    remark: str = ""


def decode(
    content: bytes, path: Path, asked: str | None = None, known: str | None = None
) -> Decoded:
    """Decode the bytes of a file.

    Parameters
    ----------
    content : bytes
        Of the file.
    path : Path
        For messages.
    asked : str, optional
        An encoding that somebody insists on.
    known : str, optional
        The encoding of other files of the same table, for bytes that are not UTF-8.

    Raises
    ------
    TableError
        If ``asked`` is unknown or does not fit.
    """
    if asked is not None:
        return Decoded(_strictly(content, asked, path), asked)
    if marked := _BYTE_ORDER_MARKS.get(content[:2]):
        return Decoded(_strictly(content, marked, path), marked)
    try:
        return Decoded(content.decode("utf-8-sig"), "utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
    tolerant = content.decode("utf-8-sig", errors="replace")
    n_bad = tolerant.count(REPLACED)
    n_good = len(tolerant) - sum(map(tolerant.count, _ascii_and_replaced(tolerant)))
    if n_good >= 3 * n_bad or known == "utf-8":
        remark = (
            f"{n_bad} bytes are not UTF-8 (the first in line {line}): each reads as {REPLACED}; "
            "if it should be another encoding, name it: --encoding"
        )
        return Decoded(tolerant, "utf-8", remark)
    if known is not None:
        try:
            return Decoded(content.decode(known), known)
        except (LookupError, UnicodeDecodeError):
            pass
    guess = _guessed(content)
    text = content.decode(guess, errors="replace")
    words = [word for word in re.findall(r"[^\W\d_]+", text) if not word.isascii()]
    seen = shorten(", ".join(dict.fromkeys(words[:50])))
    remark = (
        f"the encoding is a guess: {guess} (it reads {seen}); if that is wrong, name it: --encoding"
    )
    if n_lost := text.count(REPLACED):
        remark += f"; {n_lost} bytes do not fit and read as {REPLACED}"
    return Decoded(text, guess, remark)


def _ascii_and_replaced(text: str) -> set[str]:
    return {character for character in set(text) if ord(character) < 128} | {REPLACED}


def _strictly(content: bytes, encoding: str, path: Path) -> str:
    try:
        text = content.decode("utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding)
    except LookupError:
        raise TableError(
            f"there is no encoding {encoding!r}; common ones are utf-8, cp1252, utf-16"
        ) from None
    except UnicodeDecodeError as error:
        raise TableError(
            f"{path} is not {encoding} text (byte {error.start}): name another --encoding"
        ) from None
    return text


def _guessed(content: bytes) -> str:
    """Guess an encoding from the bytes above 127.

    Single ones among Latin letters are accents: Windows's Western or Central European page,
    whichever makes letters of them. Rows of them are another script, which charset-normalizer
    knows better.
    """
    sample = b"\n".join(_telling_lines(content))
    share, latin = max((_letters_within_words(sample, page), page) for page in _LATIN)
    runs = _HIGH_RUN.findall(sample)
    if sum(len(run) == 1 for run in runs) > 0.6 * len(runs) and (share > 0.9 or not share):
        return latin
    from charset_normalizer import from_bytes

    found = list(from_bytes(sample, cp_isolation=_OTHER_SCRIPTS))
    first = (found[0].chaos, found[0].coherence) if found else None
    best = [match.encoding for match in found if (match.chaos, match.coherence) == first]
    guess = min(best, key=_OTHER_SCRIPTS.index, default=latin)  # a short text fits several
    return latin if guess in _LATIN else guess


def _telling_lines(content: bytes) -> list[bytes]:
    lines = []
    size = 0
    for line in content.splitlines():
        if not line.isascii():
            lines.append(line)
            size += len(line)
            if size > _SAMPLE_BYTES:
                break
    return lines


def _letters_within_words(sample: bytes, page: str) -> float:
    """Return how many of the high bytes beside a letter a code page takes for letters."""
    text = sample.decode(page, errors="replace")
    beside = re.findall(r"(?<=[A-Za-z])[^\x00-\x7f]|[^\x00-\x7f](?=[A-Za-z])", text)
    return sum(map(str.isalpha, beside)) / max(len(beside), 1)
