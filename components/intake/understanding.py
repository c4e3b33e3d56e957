"""A table as it was understood: columns, classes, what is left out and why."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from components.intake.cells import Cells
from components.intake.columns import check_kinds, understand_columns
from components.intake.labels import one_spelling
from components.intake.suspects import MIN_ROWS, suspicions
from components.intake.wishes import Wishes
from components.project.errors import ColumnsError, listing, nearest, shorten
from components.project.params import FormatParams
from components.table.files import (
    CSV_SUFFIXES,
    PARQUET_SUFFIXES,
    is_parquet,
    label_texts,
    read_table,
    rounding_of,
)
from components.table.schema import RESERVED_PREFIX
from smrt_lightning.errors import TableError

if TYPE_CHECKING:
    from components.table.delimited import Layout

MAX_CLASSES = 100
AS_ASKED = "as asked"
"""The reason of a column that the user left out."""


@dataclass(frozen=True)
class Understanding:
    """A table as it was understood.

    Attributes
    ----------
    source : Path
        The file.
    written : str
        How it is written: "UTF-8, comma" or "Parquet".
    target : str
        The column of the labels.
    columns : dict of str to Cells
        All columns, in their order, the target too.
    ignored : dict of str to str
        Columns to leave out, and why.
    reasons : dict of str to str
        The same in words that git may keep: no cell of the table is in them.
    warnings : dict of str to str
        Columns to look at, and why.
    remarks : list of str
        What there is to say of the file and its labels.
    classes : dict of str to int
        Rows of each label, largest first.
    as_it_is : bool
        Whether the stages read the file without a change.
    format : FormatParams or None
        How such files are written, for params.yaml; None where in the canonical form.
    """

    source: Path
    written: str
    target: str
    columns: dict[str, Cells]
    ignored: dict[str, str]
    reasons: dict[str, str]
    warnings: dict[str, str]
    remarks: list[str]
    classes: dict[str, int]
    as_it_is: bool
    format: FormatParams | None
    frame: pd.DataFrame = field(repr=False)

    @property
    def n_rows(self) -> int:
        """Rows of the table."""
        return len(self.frame)

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the values, for a machine to read."""
        return {
            "table": str(self.source),
            "written": self.written,
            "remarks": self.remarks,
            "format": None if self.format is None else self.format.model_dump(),
            "rows": self.n_rows,
            "target": self.target,
            "classes": self.classes,
            "columns": [
                {
                    "name": name,
                    "kind": cells.kind,
                    "dtype": cells.dtype,
                    "written": cells.written or None,
                    "missing": cells.n_missing,
                    "misfits": cells.n_misfits,
                    "ignored": self.ignored.get(name),
                    "warning": self.warnings.get(name),
                }
                for name, cells in self.columns.items()
            ],
        }


def open_table(
    path: Path, target: str | None = None, wishes: Wishes | None = None
) -> tuple[pd.DataFrame, Layout | None]:
    """Read Parquet, or anything else as delimited text (with its layout)."""
    if is_parquet(path):
        return read_table(path), None
    from components.table.delimited import read_delimited

    wishes = wishes or Wishes()
    header = wishes.header
    if header is None and wishes.known is not None and not wishes.known.header:
        header = False
    return read_delimited(path, wishes.delimiter, wishes.encoding, header=header, target=target)


def understand(
    path: Path,
    frame: pd.DataFrame,
    layout: Layout | None,
    target: str,
    wishes: Wishes | None = None,
    sample: bool = False,
) -> Understanding:
    """Understand a table.

    Parameters
    ----------
    path : Path
        Where it was read from.
    frame, layout
        As :func:`open_table` returns them.
    target : str
        The column of the labels.
    wishes : Wishes, optional
        What somebody said of it.
    sample : bool
        Whether the frame is a sample of the file, which is not read again.

    Raises
    ------
    TableError, NotFoundError, ColumnsError
    """
    wishes = wishes or Wishes()
    names = [str(name) for name in frame.columns]
    wishes.check(names, target)
    labels, spellings, remarks = _labels(frame, target, merge=wishes.merge_labels)
    columns = understand_columns(frame, target, labels, layout, wishes)
    check_kinds(columns, wishes)
    found = suspicions(columns, target)
    certain = {n: s for n, s in found.items() if s.certain and n not in wishes.keep}
    left_out = [n for n in names if n in certain or n in wishes.ignore]
    ignored = {n: str(certain.get(n, AS_ASKED)) for n in left_out}
    reasons = {n: certain[n].reason if n in certain else AS_ASKED for n in left_out}
    warnings = {n: str(s) for n, s in found.items() if n not in ignored}
    for name, cells in columns.items():
        if not cells.doubt:
            continue
        doubt = cells.doubt
        if cells.kind == "text":
            doubt += f": --types {shlex.quote(name)}=number reads it so"
        place = warnings if name not in ignored else ignored
        place[name] = "; ".join(filter(None, [doubt, place.get(name)]))
    reserved = [n for n in names if n.startswith(RESERVED_PREFIX) and n not in ignored]
    if reserved:
        raise ColumnsError(
            f"the table has {listing(reserved)}: names beginning with {RESERVED_PREFIX!r} are kept "
            "for provenance columns; rename them, or leave them out with --ignore"
        )
    if len(ignored) == len(names) - 1:
        raise TableError(
            f"no column is left to learn from: {'; '.join(f'{n}: {r}' for n, r in ignored.items())}"
            "; keep one with --keep COLUMN"
        )
    understood = pd.DataFrame({name: cells.values for name, cells in columns.items()})
    understood.columns = pd.Index(names, dtype=object)
    rounded = {n: cells.n_rounded for n, cells in columns.items() if cells.n_rounded}
    rounded |= rounding_of(path) if layout is None and not sample else {}
    if rounded:
        listed = ", ".join(f"{shorten(name)} ({n} cells)" for name, n in rounded.items())
        remarks.append(f"rounded to 64 bits, about 16 digits, wherever they are used: {listed}")
    as_it_is = not sample and _reads_the_same(path, layout, understood)
    return Understanding(
        source=path,
        written="Parquet" if layout is None else layout.words,
        target=target,
        columns=columns,
        ignored=ignored,
        reasons=reasons,
        warnings=warnings,
        remarks=[*(layout.remarks if layout else []), *remarks],
        classes={str(k): int(v) for k, v in labels.values.value_counts().items()},
        as_it_is=as_it_is,
        format=None if as_it_is else _format(columns, layout, spellings),
        frame=understood,
    )


def _format(
    columns: dict[str, Cells], layout: Layout | None, spellings: dict[str, str]
) -> FormatParams | None:
    styles = {name: cells.style for name, cells in columns.items() if cells.style}
    if layout is None and not (styles or spellings):
        return None
    return FormatParams(
        encoding=layout.encoding if layout else "utf-8",
        delimiter=layout.delimiter if layout else ",",
        header=layout.header if layout else True,
        columns=styles,
        labels=spellings,
    )


def _reads_the_same(path: Path, layout: Layout | None, understood: pd.DataFrame) -> bool:
    """Tell whether the stages read from the file itself what was understood."""
    endings = PARQUET_SUFFIXES if layout is None else CSV_SUFFIXES
    if path.is_dir() or not path.name.lower().endswith(endings):
        return False  # a folder, or a name that says something else
    return bool((layout is None or layout.canonical) and read_table(path).equals(understood))


def _labels(
    frame: pd.DataFrame, target: str, *, merge: bool
) -> tuple[Cells, dict[str, str], list[str]]:
    """Return the target as text, spellings that mean another label, and remarks.

    Raises
    ------
    ColumnsError, TableError
        If it is not there, or no class.
    """
    if target not in frame.columns:
        columns = [str(name) for name in frame.columns]
        hint = nearest(target, columns) or f"; its columns are {listing(columns, 30)}"
        if columns == [f"column_{at + 1}" for at in range(len(columns))]:
            hint += "; the first line was taken for a row, --header if it holds the names"
        raise ColumnsError(f"the table has no column {shorten(target)}{hint}: correct --target")
    raw = frame[target]
    n_missing = int(raw.isna().sum())
    if n_missing:
        raise TableError(
            f"{n_missing} of {len(raw)} rows have no label in {shorten(target)} (the first is row "
            f"{_first_without(frame, raw)}): label them or remove them"
        )
    texts, spellings, remarks = one_spelling(label_texts(raw), merge_case=merge)
    counts = texts.value_counts()
    if len(counts) > max(MAX_CLASSES, MIN_ROWS) or (
        len(counts) > MIN_ROWS and len(counts) > len(raw) / 5
    ):
        raise TableError(
            f"{shorten(target)} has {len(counts)} different values in {len(raw)} rows: that is a "
            "number to predict, or an identifier, no class; name another column, or cut it into "
            "classes"
        )
    if len(counts) == 1:
        raise TableError(
            f"every row has the label {shorten(str(counts.index[0]))} in {shorten(target)}: "
            "nothing to balance"
        )
    lonely = sorted(map(str, counts.index[counts == 1]))
    if lonely:
        raise TableError(
            f"only one row has the label {listing(lonely)} in {shorten(target)}: a class needs at "
            "least two, to learn from and to test on; add rows, merge the class or remove it"
        )
    return Cells("text", "str", texts), spellings, remarks


def _first_without(frame: pd.DataFrame, raw: pd.Series[Any]) -> str:
    """Return the number of the first row without a label, and how the row begins."""
    at = int(raw.isna().to_numpy().argmax())
    cells = frame.iloc[at].dropna()
    return (
        f"{at + 1}, which begins {shorten(str(cells.iloc[0]), 30)}" if len(cells) else str(at + 1)
    )
