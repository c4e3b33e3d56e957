"""A table as it was understood: columns, classes, what is left out and why."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from components.intake.cells import Cells, understand_text, understand_typed
from components.intake.delimited import read_delimited
from components.intake.suspects import MIN_ROWS, Suspicion, copies, suspect
from components.project.errors import ColumnsError, listing, nearest, shorten
from components.table.files import CSV_SUFFIXES, read_table
from components.table.schema import RESERVED_PREFIX
from smrt_lightning.errors import NotFoundError, TableError

if TYPE_CHECKING:
    from components.intake.delimited import Layout

MAX_CLASSES = 100
AS_ASKED = "as asked"
"""The reason of a column that the user left out."""


@dataclass(frozen=True)
class Understanding:
    """What was understood of a table.

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
    warnings : dict of str to str
        Columns to look at, and why.
    classes : dict of str to int
        Rows of each label, largest first.
    as_it_is : bool
        Whether the stages read the file without a change.
    """

    source: Path
    written: str
    target: str
    columns: dict[str, Cells]
    ignored: dict[str, str]
    warnings: dict[str, str]
    classes: dict[str, int]
    as_it_is: bool
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
    path: Path, delimiter: str | None = None, encoding: str | None = None
) -> tuple[pd.DataFrame, Layout | None]:
    """Read a Parquet file, or anything else as delimited text (with its layout)."""
    if path.suffix.lower() == ".parquet":
        return read_table(path), None
    return read_delimited(path, delimiter, encoding)


def understand(
    path: Path,
    frame: pd.DataFrame,
    layout: Layout | None,
    target: str,
    *,
    keep: Collection[str] = (),
    ignore: Collection[str] = (),
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
    keep : collection of str
        Columns to keep even if they would be left out.
    ignore : collection of str
        Columns to leave out in any case.

    Raises
    ------
    TableError, NotFoundError, ColumnsError
    """
    names = [str(name) for name in frame.columns]
    for option, given in (("--keep", keep), ("--ignore", ignore)):
        for name in given:
            if name not in names or name == target:
                others = [other for other in names if other != target]
                hint = nearest(name, others) or f"; its columns are {listing(others, 30)}"
                raise NotFoundError(
                    f"{option} names {shorten(name)}, which the table does not have{hint}"
                )
    labels = _labels(frame, target)
    columns = {
        name: _cells(frame[name], labels, layout) if name != target else labels for name in names
    }
    found = _suspicions(columns, target)
    certain = {n: s.reason for n, s in found.items() if s.certain and n not in keep}
    ignored = {n: certain.get(n, AS_ASKED) for n in names if n in certain or n in ignore}
    warnings = {n: s.reason for n, s in found.items() if n not in ignored}
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
    return Understanding(
        source=path,
        written="Parquet" if layout is None else layout.words,
        target=target,
        columns=columns,
        ignored=ignored,
        warnings=warnings,
        classes={str(k): int(v) for k, v in labels.values.value_counts().items()},
        as_it_is=_reads_the_same(path, layout, understood),
        frame=understood,
    )


def _cells(raw: pd.Series[Any], labels: Cells, layout: Layout | None) -> Cells:
    if layout is None:
        return understand_typed(raw)
    return understand_text(raw, decimal_comma=True if layout.delimiter == ";" else None)


def _reads_the_same(path: Path, layout: Layout | None, understood: pd.DataFrame) -> bool:
    """Tell whether the stages read from the file itself what was understood."""
    if layout is not None and not (layout.canonical and path.name.lower().endswith(CSV_SUFFIXES)):
        return False
    return bool(read_table(path).equals(understood))


def _labels(frame: pd.DataFrame, target: str) -> Cells:
    """Return the target as text, or say why it is no class."""
    if target not in frame.columns:
        columns = [str(name) for name in frame.columns]
        hint = nearest(target, columns) or f"; its columns are {listing(columns, 30)}"
        raise ColumnsError(f"the table has no column {shorten(target)}{hint}: correct --target")
    raw = frame[target]
    n_missing = int(raw.isna().sum())
    if n_missing:
        raise TableError(
            f"{n_missing} of {len(raw)} rows have no label in {shorten(target)}: label them or "
            "remove them"
        )
    is_text = raw.map(lambda cell: isinstance(cell, str)).all()
    texts = (raw.str.strip() if is_text else raw.map(str)).astype("str")
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
    return Cells("text", "str", texts)


def _suspicions(columns: dict[str, Cells], target: str) -> dict[str, Suspicion]:
    labels = columns[target].values.astype(object)
    features = {name: cells for name, cells in columns.items() if name != target}
    found = copies(features)
    for name, cells in features.items():
        suspicion = suspect(name, cells, labels)
        if suspicion is not None and (name not in found or suspicion.certain):
            found[name] = suspicion
    return found
