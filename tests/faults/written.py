"""Tables as text files of many kinds, and what is known of them without reading them."""

import bz2
import csv
import gzip
import io
import lzma
import random
import zipfile
from dataclasses import dataclass

LABELS = ["common", "rare", "<b>x</b>", "née", "日本", "=1+1", "a,b", 'say "no"', "../x", "b" * 300]
NAMES = [
    "size",
    "Größe",
    "a b",
    "--force",
    "<script>",
    "=cmd()",
    "x,y",
    'q"uote',
    "日付",
    "n" * 200,
]
MISSING = ["", "NA", "nan", "null"]
PACKINGS = [bytes, gzip.compress, bz2.compress, lzma.compress]


@dataclass(frozen=True)
class Written:
    """A table in a file.

    Attributes
    ----------
    content : bytes
        Of the file.
    plain : bytes
        The same, unpacked.
    names : list of str
        Of the columns; the last is the class.
    columns : dict of str to list of str
        Cells.
    numeric : set of str
        Columns of plain numbers.
    """

    content: bytes
    plain: bytes
    names: list[str]
    columns: dict[str, list[str]]
    numeric: set[str]


def _column(kind: str, n: int, draw: random.Random) -> list[str]:
    makers = {
        "number": lambda i: repr(draw.gauss(0, 1)),
        "large": lambda i: repr(draw.choice([-1, 1]) * draw.uniform(0, 1.7e308)),
        "small": lambda i: repr(draw.choice([-1, 1]) * draw.uniform(0, 1) * 1e-300),
        "money": lambda i: f"{draw.lognormvariate(3, 2):.2f}",
        "whole": lambda i: str(draw.randint(-(2**40), 2**40)),
        "few": lambda i: str(draw.randint(0, 3)),
        "huge whole": lambda i: str(draw.randint(0, 2**70)),
        "level": lambda i: draw.choice(["red", "green", "<i>blue</i>", "née"]),
        "date": lambda i: f"20{draw.randint(10, 29)}-0{draw.randint(1, 9)}-1{draw.randint(0, 9)}",
        "bool": lambda i: draw.choice(["yes", "no"]),
        "constant": lambda i: "7",
        "key": lambda i: f"k-{i}",
        "text": lambda i: "".join(draw.choice("ab ,;\"'\n<&é日\t") for _ in range(12)),
        "mixed": lambda i: draw.choice(["1", "x", "2024-01-01", "1,5", "∞", "1e999", "-"]),
        "empty": lambda i: "",
    }
    return [makers[kind](i) for i in range(n)]


KINDS = (
    *("number", "large", "small", "money", "whole", "few", "huge whole", "level", "date", "bool"),
    *("constant", "key", "text", "mixed", "empty"),
)
_PLAIN = {"number", "money", "large"}


def table(draw: random.Random, kinds: tuple[str, ...] = KINDS, most_rows: int = 60) -> Written:
    """Write a table that nothing is wrong with, though much of it is odd."""
    least = 1 if draw.random() < 0.1 else 2
    counts = [draw.randint(least, most_rows) for _ in range(draw.randint(least, 4))]
    labels = draw.sample(LABELS, len(counts))
    y = [label for label, count in zip(labels, counts, strict=True) for _ in range(count)]
    draw.shuffle(y)
    names = draw.sample(NAMES, draw.randint(1, 6))
    columns, numeric = {}, set()
    for name in names:
        kind = draw.choice(kinds)
        cells = _column(kind, len(y), draw)
        if kind in _PLAIN:
            numeric.add(name)
        if draw.random() < 0.3:
            gap = draw.choice(MISSING)
            cells = [gap if draw.random() < 0.1 else cell for cell in cells]
        columns[name] = cells
    columns["the class"] = y
    names.append("the class")
    out = io.StringIO()
    ends = draw.choice(["\n", "\r\n"])
    sign = draw.choice([",", ",", ";", "\t", "|"])
    writer = csv.writer(out, delimiter=sign, lineterminator=ends, quoting=draw.choice([0, 0, 1]))
    writer.writerow(names)
    writer.writerows(zip(*columns.values(), strict=True))
    encoding = draw.choice(["utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-32"])
    content = out.getvalue().encode(encoding)
    packing = draw.choice([bytes, *PACKINGS, _zip])
    return Written(packing(content), content, names, columns, numeric)


def _zip(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside.csv", content)
    return file.getvalue()


def damaged(content: bytes, draw: random.Random) -> bytes:
    """Return bytes with something cut out, changed, repeated, or put in."""
    for _ in range(draw.choice([1, 1, 1, 2, 3])):
        at, to = sorted(draw.randrange(len(content) + 1) for _ in range(2))
        to = min(to, at + draw.choice([1, 1, 8, 500]))
        put = draw.choice(
            [
                *(
                    b"",
                    b"",
                    b"7",
                    b"x",
                    b"\0",
                    b"\n",
                    b'"',
                    b";",
                    b",",
                    b"\xff",
                    b"\xef\xbb\xbf",
                    b"9" * 400,
                ),
                *(content[at:to] * 3, draw.randbytes(to - at), b"[" * 300, b"{" * 60, b"&a *a "),
                *(b"-", b":", b"!!python/name:os.system ", b"1e999", b"nan", b"'"),
            ]
        )
        content = content[:at] + put + content[to:]
    return content or b"\n"
