"""Balance one file without a pipeline: read, understand, draw, write."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from components.generate import SYNTHETIC
from components.intake.understanding import AS_ASKED, Understanding
from components.project.errors import ColumnsError
from components.project.workspace import replacing
from components.table.files import CSV_SUFFIXES, PARQUET_SUFFIXES, write_table
from components.table.typed import parse_column
from smrt_lightning.errors import TableError
from smrt_lightning.sampling.report import ClassReport


def typed(table: Understanding) -> pd.DataFrame:
    """Return an understood table in the types of its columns; cells that do not fit are missing."""
    return pd.DataFrame(
        {
            name: parse_column(cells.values, cells.dtype, None).values
            for name, cells in table.columns.items()
        }
    )


@dataclass(frozen=True)
class Balanced:
    """A balanced table.

    Attributes
    ----------
    frame : DataFrame
        The real rows first, then the synthetic ones; a last column tells which is which.
    report : dict of str to ClassReport
        What was drawn for each class.
    dropped : list of str
        Columns of the file that are not in the frame.
    telling : list of str
        Columns of the frame that are empty in every synthetic row, and so tell which rows are real.
    """

    frame: pd.DataFrame
    report: dict[str, ClassReport]
    dropped: list[str]
    telling: list[str]


def balanced(
    table: Understanding, ratio: float, seed: int, *, keep_left_out: bool = False
) -> Balanced:
    """Raise every rare class of a table to a share of the largest.

    A column that the model does not learn would be empty in every synthetic row and full in every
    real one: a classifier would find the rare class by the gap. So only those stay that can be
    filled in: constants, copies of a column that was learned, and columns without any value.

    Parameters
    ----------
    table : Understanding
        The table; its ignored columns are not learned.
    ratio : float
        Rows of each class over rows of the largest, at least; in (0, 1].
    seed : int
        The only source of randomness.
    keep_left_out : bool
        Keep the other ignored columns too, empty in every synthetic row.

    Raises
    ------
    ParameterError
        If the ratio is not in (0, 1].
    ColumnsError
        If the table has the last column already: which of its rows are real would be lost.
    """
    if SYNTHETIC in table.columns:
        raise ColumnsError(
            f"the table has a column {SYNTHETIC!r} already: take its real rows alone, without it"
        )
    from smrt_lightning.sampling.balance import balance_targets
    from smrt_lightning.sampling.sampler import SMRT

    frame = typed(table)
    learned = [name for name in frame if name not in table.ignored and name != table.target]
    y = frame[table.target].to_numpy(dtype=object)
    sampler = SMRT(balance_targets(y, ratio), random_state=seed)
    X_all, y_all = sampler.fit_resample(frame[learned], y)
    drawn: Any = X_all.reset_index(drop=True)
    result = pd.concat([drawn, pd.Series(y_all, name=table.target, dtype="str")], axis=1)
    others = {name: _filled(frame, name, table, result) for name in table.ignored}
    unfilled = [name for name, values in others.items() if values is None]
    telling = unfilled if keep_left_out and len(result) > len(frame) else []
    dropped = [] if keep_left_out else unfilled
    kept = [
        frame[name].reindex(result.index) if values is None else values.rename(name)
        for name, values in others.items()
        if name not in dropped
    ]
    result = pd.concat([result, *kept], axis=1)[[n for n in frame if n not in dropped]]
    mask = pd.Series(sampler.synthetic_mask_, name=SYNTHETIC)
    result = pd.concat([result, mask], axis=1)
    report = {str(label): entry for label, entry in sampler.report_.items()}
    return Balanced(result, report, dropped, telling)


def _filled(
    frame: pd.DataFrame, name: str, table: Understanding, result: pd.DataFrame
) -> pd.Series[Any] | None:
    """Return an ignored column with values for the synthetic rows, if they are certain."""
    if table.ignored[name] == AS_ASKED:
        return None
    values = frame[name]
    if values.isna().all():
        return values.reindex(result.index)
    if values.nunique(dropna=False) == 1:
        return pd.Series(values.iloc[0], index=result.index, dtype=values.dtype)
    for other in result.columns:
        if other != table.target and values.equals(frame[other].rename(name)):
            return result[other].rename(name)
    return None


def write(path: Path, frame: pd.DataFrame) -> None:
    """Write a table as its name asks: Parquet, or CSV (UTF-8, comma), compressed or not.

    Raises
    ------
    TableError
        If the name has another ending.
    ArtifactWriteError
        If the file cannot be written.
    """
    check_name(path)
    with replacing(path) as temporary:
        write_table(frame, temporary, path.name)


def check_name(path: Path) -> None:
    """Check that a file can be written under this name, before anything is trained."""
    if not path.name.lower().endswith((*CSV_SUFFIXES, *PARQUET_SUFFIXES)):
        raise TableError(
            f"{path.name} is neither CSV nor Parquet by its name; allowed endings: "
            f"{', '.join((*CSV_SUFFIXES, '.parquet'))}"
        )
