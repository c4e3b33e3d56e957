"""A delimited text file or a workbook as people have it, every cell as text.

Any encoding, delimiter and packing; title lines, Excel's ``sep=`` line, a delimiter at the end of
every line, R's unnamed column of row names.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from components.project.errors import listing, shorten
from components.table import unpack
from components.table.encoding import decode
from components.table.workbook import workbook_text
from smrt_lightning.errors import TableError

if TYPE_CHECKING:
    from components.project.params import FormatParams

_SAMPLE_CHARACTERS = 200_000
_SAMPLE_LINES = 200
_TITLES = 30
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "space"}
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d+)?|[.,]\d+)([eE][+-]?\d+)?")
_SEP_LINE = re.compile(r"\s*\"?sep=(.)\"?\s*\r?(?:\n|$)", re.IGNORECASE)


@dataclass(frozen=True)
class Layout:
    """The dialect of a delimited file.

    Attributes
    ----------
    encoding, delimiter : str
        As Python and pandas name them.
    header : bool
        Whether the first line of the table holds the names of the columns.
    skip : int
        Lines of titles before the table.
    repaired : bool
        Whether names were given to columns without one, or empty columns dropped.
    remarks : list of str
        What a person should know of how it was read.
    workbook : bool
        Whether the cells come from a sheet of Excel.
    """

    encoding: str
    delimiter: str
    header: bool = True
    skip: int = 0
    repaired: bool = False
    remarks: list[str] = field(default_factory=list)
    workbook: bool = False

    @property
    def words(self) -> str:
        """The layout in words, as "UTF-8, comma"."""
        if self.workbook:
            return "Excel workbook"
        delimiter = _NAMES.get(self.delimiter, repr(self.delimiter))
        header = "" if self.header else ", no header"
        skipped = f", lines above the table: {self.skip}" if self.skip else ""
        return f"{self.encoding.upper()}, {delimiter}{header}{skipped}"

    @property
    def canonical(self) -> bool:
        """Tell whether the stages read such a file as it is."""
        plain = self.encoding == "utf-8" and self.delimiter == ","
        return plain and self.header and not self.skip and not self.repaired


def read_delimited(
    path: Path,
    delimiter: str | None = None,
    encoding: str | None = None,
    *,
    header: bool | None = None,
    target: str | None = None,
    known: FormatParams | None = None,
) -> tuple[pd.DataFrame, Layout]:
    """Read a delimited file or a workbook.

    Parameters
    ----------
    path : Path
        Packed or not, whatever it is called.
    delimiter, encoding, header : optional
        Found out where not given.
    target : str, optional
        The name of a column: a first line that has it is a header.
    known : FormatParams, optional
        How other files of the same table are written. A file in the canonical form is read too.

    Returns
    -------
    frame : DataFrame of shape (n_rows, n_columns)
        Without blanks around cells; empty cells are missing.
    layout : Layout
        How the file is written.

    Raises
    ------
    MissingFileError, TableError
    """
    content = unpack.content(path)
    workbook = unpack.is_workbook(content)
    if workbook:
        text, remark = workbook_text(content, path)
        found_encoding, delimiter = "utf-8", ","
    else:
        decoded = decode(content, path, encoding, known.encoding if known else None)
        text, found_encoding, remark = decoded.text, decoded.encoding, decoded.remark
    if sep := _SEP_LINE.match(text):
        text, delimiter = text[sep.end() :], delimiter or sep[1]
    if not text.strip():
        raise TableError(f"{path} is empty: it needs a header line and rows")
    if delimiter is None:
        delimiter = _delimiter(text) if known is None else _more_cells(text, known.delimiter)
    text, skip, repaired = _trimmed(text, delimiter, target)
    repaired = repaired or bool(sep) or bool(remark)
    layout = Layout(found_encoding, delimiter, True, skip, repaired, [])
    raw = _cells(text, layout, path)
    cells = raw.apply(_without_blanks)
    if header is None and known is not None and not known.header:
        header = _first(cells) == _numbered(cells.shape[1])
    if header is None:
        header = target in _first(cells) or known is not None or _has_header(cells)
    frame, renamed = _named(cells, header, path)
    remarks = [remark] if remark else []
    if skip:
        remarks.append(f"lines skipped above the table: {skip}")
    if not header:
        remarks.append("the first line is a row, not a header: --header if it holds the names")
    if merged := [str(n) for at, n in enumerate(frame) if _blanks_differ(raw[at], cells[at])]:
        remarks.append(
            f"blanks around cells are not read; some values differ by them only: {listing(merged)}"
        )
    repaired = layout.repaired or renamed or frame.shape[1] < cells.shape[1]
    return frame, Layout(found_encoding, delimiter, header, skip, repaired, remarks, workbook)


def _rows(text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    """Return the first rows, each with the number of lines read after it."""
    lines = text[:_SAMPLE_CHARACTERS].splitlines(keepends=True)[:_SAMPLE_LINES]
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    try:
        return [(reader.line_num, row) for row in reader if row]
    except csv.Error:
        return []


def _width(rows: list[tuple[int, list[str]]]) -> tuple[int, float]:
    """Return how many cells most rows have, and the share of rows that have them."""
    if not rows:
        return 0, 0.0
    width, n = Counter(len(row) for _, row in rows).most_common(1)[0]
    return width, n / len(rows)


def _delimiter(text: str) -> str:
    """Return the delimiter by which most lines have the same number of cells, more than one."""

    def steadiness(delimiter: str) -> tuple[float, int]:
        width, share = _width(_rows(text, delimiter))
        return (share, width) if width > 1 else (0.0, 0)

    # A space delimits only where nothing else does: texts are full of spaces.
    best = max((",", ";", "\t", "|"), key=steadiness)
    return best if steadiness(best)[0] > 0 else " "


def _more_cells(text: str, known: str) -> str:
    """Return the known delimiter, unless another one makes more cells of most lines."""
    found = _delimiter(text)
    as_known, as_found = (_width(_rows(text, delimiter))[0] for delimiter in (known, found))
    return found if as_found > as_known else known


def _trimmed(text: str, delimiter: str, target: str | None) -> tuple[str, int, bool]:
    """Return the text from the header on, with as many cells there as in the rows."""
    rows = _rows(text, delimiter)
    width, _ = _width(rows)
    skip = 0
    named = [target is not None and target in map(str.strip, row) for _, row in rows[:_TITLES]]
    for number, (line, row) in enumerate(rows):
        if any(named):  # a header is known by the target's name
            if named[number]:
                break
            skip = line
            continue
        filled = sum(bool(cell.strip()) for cell in row)
        if len(row) >= width - (width > 2) and (filled > 1 or width < 3):
            break
        skip = line
    if skip == (rows[-1][0] if rows else 0):
        skip = 0  # all rows look like titles: none does
    for _ in range(skip):
        text = text.partition("\n")[2]
    after = [row for line, row in rows if line > skip]
    if len(after) < 2 or width < 3 or len(after[0]) != width - 1:
        return text, skip, False
    if all(not row[-1].strip() for row in after[1:] if len(row) == width):
        head, newline, body = text.partition("\n")  # a delimiter ends every row
        ending = "\r" if head.endswith("\r") else ""
        return head.removesuffix("\r") + delimiter + ending + newline + body, skip, True
    return '""' + delimiter + text, skip, True  # R's row names have no name


def _cells(text: str, layout: Layout, path: Path) -> pd.DataFrame:
    try:
        cells = pd.read_csv(
            io.StringIO(text),
            sep=layout.delimiter,
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
            f"{path} does not read as {layout.words}: {reason}; "
            "name the delimiter if it is another one: --delimiter ';'"
        ) from error
    if cells.shape[1] < 2:
        raise TableError(
            f"{path} has one column only when read as {layout.words}"
            f" (it begins {shorten(text.splitlines()[0], 50)}); name the delimiter: --delimiter ';'"
        )
    return cells


def _without_blanks(texts: pd.Series[Any]) -> pd.Series[Any]:
    stripped = texts.str.strip()
    return stripped.mask(stripped == "")


def _blanks_differ(raw: pd.Series[Any], stripped: pd.Series[Any]) -> bool:
    """Tell whether values of a column become one without the blanks around them."""
    changed = stripped.notna() & (raw != stripped)
    return bool(changed.any()) and set(stripped[changed]) <= set(stripped[~changed])


def _first(cells: pd.DataFrame) -> list[str]:
    return ["" if pd.isna(cell) else str(cell) for cell in cells.iloc[0]]


def _numbered(n_columns: int) -> list[str]:
    return [f"column_{position + 1}" for position in range(n_columns)]


def _has_header(cells: pd.DataFrame) -> bool:
    """Tell whether the first line names the columns, by how it differs from the rows below.

    A line without a number is one. A number may be a name too ("2019"): then some other name must
    stand over a column of numbers, or over a column of few levels that it is none of.
    """
    first = _first(cells)
    if not any(_NUMBER.fullmatch(cell) for cell in first):
        return True
    body = cells.iloc[1 : 1 + _SAMPLE_LINES]
    for position, name in enumerate(first):
        column = body.iloc[:, position].dropna()
        if not name or _NUMBER.fullmatch(name) or column.empty:
            continue
        if column.str.fullmatch(_NUMBER.pattern).mean() > 0.9:
            return True
        if column.nunique() <= len(column) / 4 and name not in set(column):
            return True
    return False


def _named(cells: pd.DataFrame, header: bool, path: Path) -> tuple[pd.DataFrame, bool]:
    """Take the names from the first row; return whether some had to be made."""
    body = cells.iloc[1:].reset_index(drop=True) if header else cells
    if body.empty:
        raise TableError(f"{path} has {cells.shape[1]} columns and no rows: add rows")
    first = _first(cells) if header else [""] * cells.shape[1]
    while header and len(first) > 1 and not first[-1] and body.iloc[:, len(first) - 1].isna().all():
        first.pop()  # a delimiter at the end of every line makes a column of nothing
    body = body.iloc[:, : len(first)].copy()
    names: list[str] = []
    for position, name in enumerate(first):
        free = name or f"column_{position + 1}"
        while free in names:
            free += "_again"
        names.append(free)
    body.columns = pd.Index(names, dtype=object)
    return body, header and names != first
