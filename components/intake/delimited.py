"""A delimited text file as people have it: any encoding, delimiter and compression."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma
import re
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from components.project.errors import shorten
from smrt_lightning.errors import MissingFileError, TableError

_SAMPLE_LINES = 200
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "space"}
_BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d+)?|[.,]\d+)([eE][+-]?\d+)?")
_UNPACK: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.decompress,
    ".bz2": bz2.decompress,
    ".xz": lzma.decompress,
}
_NOT_TEXT = {
    b"PK\x03\x04": "a ZIP archive or an Excel file",
    b"%PDF": "a PDF document",
    b"\x28\xb5\x2f\xfd": "packed with Zstandard",
}


@dataclass(frozen=True)
class Layout:
    """How a delimited file is written.

    Attributes
    ----------
    encoding, delimiter : str
        As Python and pandas name them.
    header : bool
        Whether the first line holds the names of the columns.
    renamed : dict of int to str
        Positions of columns whose name was empty or taken, and the name given.
    """

    encoding: str
    delimiter: str
    header: bool
    renamed: dict[int, str]

    @property
    def words(self) -> str:
        """The layout in words, as "UTF-8, comma"."""
        delimiter = _NAMES.get(self.delimiter, repr(self.delimiter))
        header = "" if self.header else ", no header"
        return f"{self.encoding.upper().removesuffix('-SIG')}, {delimiter}{header}"

    @property
    def canonical(self) -> bool:
        """Whether the stages read such a file as it is."""
        utf8 = self.encoding.startswith("utf-8")
        return utf8 and self.delimiter == "," and self.header and not self.renamed


def read_delimited(
    path: Path, delimiter: str | None = None, encoding: str | None = None
) -> tuple[pd.DataFrame, Layout]:
    """Read a delimited file, every cell as text.

    Parameters
    ----------
    path : Path
        May end in .gz, .bz2 or .xz.
    delimiter, encoding : str, optional
        Found out where not given.

    Returns
    -------
    frame : DataFrame of shape (n_rows, n_columns)
        Empty cells are missing.
    layout : Layout
        How the file is written.

    Raises
    ------
    MissingFileError, TableError
    """
    content = _content(path)
    text, encoding = _decode(content, encoding, path)
    if not text.strip():
        raise TableError(f"{path} is empty: it needs a header line and rows")
    delimiter = delimiter or _delimiter(text)
    try:
        cells = pd.read_csv(
            io.StringIO(text),
            sep=delimiter,
            header=None,
            dtype=str,
            keep_default_na=False,
            na_values=[""],
            low_memory=False,
            skipinitialspace=True,
        )
    except (pd.errors.ParserError, csv.Error, ValueError) as error:
        reason = " ".join(str(error).split())
        raise TableError(
            f"{path} does not read as {Layout(encoding, delimiter, True, {}).words}: {reason}; "
            "name the delimiter if it is another one: --delimiter ';'"
        ) from error
    if cells.shape[1] < 2:
        raise TableError(
            f"{path} has one column only when read as {Layout(encoding, delimiter, True, {}).words}"
            f" (it begins {shorten(text.splitlines()[0], 50)}); name the delimiter: --delimiter ';'"
        )
    return _named(cells, encoding, delimiter, path)


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        unpack = _UNPACK.get(path.suffix.lower())
        content = unpack(content) if unpack else content
    except FileNotFoundError:
        raise MissingFileError(f"there is no file {str(path)!r}: correct the path") from None
    except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
        raise TableError(f"{path} cannot be read: {error}") from error
    for magic, what in _NOT_TEXT.items():
        if content.startswith(magic):
            raise TableError(f"{path} is {what}: save the table as CSV or Parquet")
    return content


def _decode(content: bytes, encoding: str | None, path: Path) -> tuple[str, str]:
    """Decode by what is asked for, by a byte order mark, as UTF-8, as Western Windows text."""
    marked = _BYTE_ORDER_MARKS.get(content[:2])
    for candidate in [encoding] if encoding else [marked or "utf-8-sig", "cp1252", "latin-1"]:
        try:
            return content.decode(candidate), candidate.removesuffix("-sig")
        except LookupError:
            raise TableError(
                f"there is no encoding {candidate!r}; common ones are utf-8, cp1252, utf-16"
            ) from None
        except UnicodeDecodeError as error:
            reason = f"byte {error.start}"
    raise TableError(f"{path} is not {encoding} text ({reason}): name another --encoding")


def _delimiter(text: str) -> str:
    """Return the delimiter by which most lines have the same number of cells, more than one."""
    lines = text[:200_000].splitlines()[:_SAMPLE_LINES]

    def steadiness(delimiter: str) -> tuple[float, int]:
        try:
            counts = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if row)
        except csv.Error:
            return (0.0, 0)
        width, rows = counts.most_common(1)[0]
        return (rows / counts.total(), width) if width > 1 else (0.0, 0)

    # A space delimits only where nothing else does: texts are full of spaces.
    best = max((",", ";", "\t", "|"), key=steadiness)
    return best if steadiness(best)[0] > 0 else " "


def _named(
    cells: pd.DataFrame, encoding: str, delimiter: str, path: Path
) -> tuple[pd.DataFrame, Layout]:
    """Take the names from the first row, unless that is a row of numbers."""
    first = ["" if pd.isna(cell) else str(cell).strip() for cell in cells.iloc[0]]
    header = not any(_NUMBER.fullmatch(cell) for cell in first)
    body = cells.iloc[1:].reset_index(drop=True) if header else cells
    if body.empty:
        raise TableError(f"{path} has {len(first)} columns and no rows: add rows")
    names: list[str] = []
    renamed = {}
    for position, name in enumerate(first if header else [""] * len(first)):
        free = name or f"column_{position + 1}"
        while free in names:
            free += "_again"
        if free != name:
            renamed[position] = free
        names.append(free)
    body.columns = pd.Index(names, dtype=object)
    return body, Layout(encoding, delimiter, header, renamed if header else {})
