"""Text in the encoding that somebody's program wrote it in, found out and said."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from components.project.errors import shorten
from smrt_lightning.errors import TableError

_BYTE_ORDER_MARKS = {
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_LATIN = ("cp1252", "cp1250", "iso8859_2", "cp1254", "cp850")
"""Pages of Latin letters, the commonest first; cp1254 differs from cp1252 in six letters."""
_WINDOWS = 2
_ICELANDIC, _NOT_TURKISH = set("ÐÞÝðþý"), set("áíóúéæ")
_SAMPLE_BYTES = 200_000
_OTHER_SCRIPTS = [
    *("gb18030", "big5", "shift_jis", "euc_jp", "euc_kr", "cp1251", "koi8_r"),
    *("cp1252", "cp1250", "cp1253", "cp1254", "cp1255", "cp1256", "cp874", "cp866"),
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
    for mark, marked in _BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            return Decoded(_strictly(content, marked, path), marked)
    if (wide := _without_a_mark(content)) is not None:
        return Decoded(_strictly(content, wide, path), wide, _guess_of(wide, ""))
    try:
        return Decoded(content.decode("utf-8-sig"), "utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
    tolerant = content.decode("utf-8-sig", errors="replace")
    n_bad = tolerant.count(REPLACED)
    n_good = len(tolerant) - sum(map(tolerant.count, _ascii_and_replaced(tolerant)))
    if n_good >= 3 * n_bad or known == "utf-8":
        remark = (
            f"not UTF-8: {n_bad} bytes (the first in line {line}), each read as {REPLACED}; "
            "if it is another encoding, name it: --encoding"
        )
        return Decoded(tolerant, "utf-8", remark)
    if known is not None:
        try:
            return Decoded(content.decode(known), known)
        except (LookupError, UnicodeDecodeError):
            pass
    guess = _guessed(content)
    text = content.decode(guess, errors="replace")
    remark = _guess_of(guess, text)
    if n_lost := text.count(REPLACED):
        remark += f"; {n_lost} bytes do not fit and read as {REPLACED}"
    return Decoded(text, guess, remark)


def _guess_of(encoding: str, text: str) -> str:
    runs = re.findall(r"[A-Za-z\u0080-\U0010ffff]+", text)  # with vowel signs, which are no \w
    words = [run for run in runs if not run.isascii() and any(map(str.isalpha, run))]
    words = words or [cell for cell in re.findall(r"[^,;|\t\r\n\"]+", text) if not cell.isascii()]
    seen = f" (it reads {shorten(', '.join(dict.fromkeys(words[:50])))})" if words else ""
    return f"the encoding is a guess: {encoding}{seen}; if that is wrong, name it: --encoding"


def _without_a_mark(content: bytes) -> str | None:
    """Return the encoding of UTF-16 text that lacks its byte order mark: every other byte is 0."""
    sample = content[:2000]
    halves = sample[0::2], sample[1::2]
    zeros = [half.count(0) / max(len(half), 1) for half in halves]
    if max(zeros) < 0.4 or min(zeros) > 0.05:
        return None
    return "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"


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

    Single ones among Latin letters are accents: the commonest page that makes letters of them,
    and no capitals within words. Rows of them are another script, which charset-normalizer knows
    better.
    """
    sample = b"\n".join(_telling_lines(content))
    rich = len(set(b"".join(_HIGH_RUN.findall(sample)))) > 1  # one byte is a letter in some page
    pages = _LATIN if rich else _LATIN[:_WINDOWS]
    shares = {page: _letters_within_words(sample, page) for page in pages}
    latin = max(pages, key=lambda page: (shares[page], page == "cp1254" and _is_turkish(sample)))
    share = shares[latin]
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
    """Return how many of the high bytes beside a letter a code page takes for fitting letters."""
    text = sample.decode(page, errors="replace")
    beside = re.findall(r"(?<=[^\W\d_])[^\x00-\x7f]|[^\x00-\x7f](?=[^\W\d_])", text)
    capitals = re.findall(r"(?<=[a-z])[^\x00-\x7f]|(?<=[A-Za-z])[^\x00-\x7f](?=[a-z])", text)
    fitting = sum(map(str.isalpha, beside)) - sum(map(str.isupper, capitals))
    return fitting / max(len(beside), 1)


def _is_turkish(sample: bytes) -> bool:
    """Tell whether the letters that Icelandic has at Turkish places stand without its accents."""
    letters = set(sample.decode("cp1252", errors="replace"))
    return bool(letters & _ICELANDIC) and not letters & _NOT_TURKISH
