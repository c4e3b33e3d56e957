"""A batch of new rows beside the table that a model learned from.

Unlike the validate stage, which refuses a table whose columns are wrong, this reads what can be
read and lists what cannot: the schema breaks are findings.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from components.project.errors import ColumnsError, listing, nearest, shorten
from components.table.files import read_rows
from components.table.schema import REASONS_COLUMN, ROW_COLUMN, check_table, columns_of
from smrt_lightning.errors import TableError
from smrt_lightning.table.columns import Column

if TYPE_CHECKING:
    from pandera.pandas import DataFrameSchema

    from components.project.params import DataParams

_SHOWN_LEVELS = 20


@dataclass(frozen=True)
class Batch:
    """A batch, sorted into what can be compared and what cannot.

    Attributes
    ----------
    rows : int
        Rows in the file.
    valid : DataFrame
        Typed rows that pass the schema, columns that the reference has too.
    rejected : DataFrame
        The other rows as they were read, with ``smrt_row`` and ``smrt_reasons``.
    breaks : list of str
        Columns missing, unknown or unusable, each in a few words.
    reasons : list of dict
        ``column``, ``reason``, ``rows``: which rule of the schema how many rows break.
    new_levels : dict of str to dict
        Column → level → rows, for levels that the reference has not; at most 20 a column.
    """

    rows: int
    valid: pd.DataFrame
    rejected: pd.DataFrame
    breaks: list[str]
    reasons: list[dict[str, Any]]
    new_levels: dict[str, dict[str, int]]


def read_batch(
    path: Path,
    schema: DataFrameSchema,
    reference: pd.DataFrame,
    data: DataParams,
) -> Batch:
    """Read a batch and sort its rows.

    Parameters
    ----------
    path : Path
        Written as :func:`components.table.files.read_rows` reads it.
    schema : pandera DataFrameSchema
        The schema of the table.
    reference : DataFrame
        The validated rows that it is to be compared with.
    data : DataParams
        How the file is written; the class column, which a batch may lack; columns that the
        pipeline leaves out, which a batch may have or not.

    Raises
    ------
    MissingFileError, TableError
        If there is nothing to read.
    """
    raw = read_rows(path, data).drop(columns=data.ignore, errors="ignore")
    expected = [str(name) for name in reference.columns]
    unknown = [str(name) for name in raw.columns if name not in expected]
    missing = [name for name in expected if name not in raw.columns]
    breaks = [f"column {shorten(name)} is new{nearest(name, missing)}" for name in unknown]
    breaks += [f"column {shorten(name)} is missing" for name in missing if name != data.target]
    shared = raw[[name for name in expected if name in raw.columns]]
    if shared.empty:
        raise TableError(
            f"{path.name} has none of the table's columns ({listing(expected)}), but "
            f"{listing(raw.columns)}: it is another table, or data.format in params.yaml does not "
            "say how it is written"
        )
    try:
        known = columns_of(shared, _without_missing(schema, shared))
        checked = check_table(shared, _without_missing(schema, shared))
    except ColumnsError as error:  # schema.yaml has moved on since the reference was made
        breaks.append(str(error))
        nothing = shared.iloc[:0]
        told = pd.DataFrame({ROW_COLUMN: range(len(shared)), REASONS_COLUMN: str(error)})
        rejected = pd.concat([shared, told], axis=1)
        return Batch(len(raw), nothing, rejected, breaks, [], {})
    reasons = [
        {"column": column, "reason": reason, "rows": int(rows)}
        for (column, reason), rows in sorted(checked.counts.items())
    ]
    levels = {name: new for name in known if (new := _new_levels(reference[name], shared[name]))}
    return Batch(len(raw), checked.valid, checked.rejected, breaks, reasons, levels)


def _without_missing(schema: DataFrameSchema, frame: pd.DataFrame) -> DataFrameSchema:
    """Return the schema without the columns that the frame lacks, so that the rest is checked."""
    absent = [
        key
        for key, column in schema.columns.items()
        if not (len(column.get_regex_columns(frame)) if column.regex else key in frame.columns)
    ]
    return schema.remove_columns(absent) if absent else schema


def _new_levels(reference: pd.Series[Any], raw: pd.Series[Any]) -> dict[str, int]:
    if Column.of(reference).measured or Column.of(reference).boolean:
        return {}
    known = set(reference.dropna().astype(str))
    counts = raw.dropna().astype(str).value_counts()
    fresh = counts[~counts.index.isin(known)]
    ordered = sorted(fresh.items(), key=lambda item: (-item[1], str(item[0])))
    return {str(level): int(rows) for level, rows in ordered[:_SHOWN_LEVELS]}
