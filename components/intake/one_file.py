"""Balance one file without a pipeline: read, understand, draw, write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from components.generate import SYNTHETIC
from components.intake.understanding import Understanding
from components.project.errors import ColumnsError, TableFormatError
from components.project.workspace import replacing
from components.table.files import CSV_SUFFIXES, parse_column, write_table
from smrt_lightning.sampling.report import ClassReport


def typed(table: Understanding) -> pd.DataFrame:
    """Return an understood table in the types of its columns; cells that do not fit are missing."""
    return pd.DataFrame(
        {
            name: parse_column(cells.values, cells.dtype, None).values
            for name, cells in table.columns.items()
        }
    )


def balanced(
    table: Understanding, ratio: float, seed: int
) -> tuple[pd.DataFrame, dict[str, ClassReport]]:
    """Raise every rare class of a table to a share of the largest.

    Parameters
    ----------
    table : Understanding
        Columns left out there teach nothing; synthetic rows have no value in them.
    ratio : float
        Rows of each class over rows of the largest, at least; in (0, 1].
    seed : int
        The only source of randomness.

    Returns
    -------
    frame : DataFrame
        The real rows first, then the synthetic ones; a last column tells which is which.
    report : dict of str to ClassReport
        What was drawn for each class.

    Raises
    ------
    BalanceRatioError
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
    result: Any = X_all.reset_index(drop=True)
    result[table.target] = pd.Series(y_all, dtype="str")
    for name in table.ignored:
        result[name] = frame[name].reindex(result.index)
    result = result[list(frame.columns)]
    result[SYNTHETIC] = sampler.synthetic_mask_
    return result, {str(label): report for label, report in sampler.report_.items()}


def write(path: Path, frame: pd.DataFrame) -> None:
    """Write a table as its name asks: Parquet, or CSV (UTF-8, comma), compressed or not.

    Raises
    ------
    TableFormatError
        If the name has another ending.
    ArtifactWriteError
        If the file cannot be written.
    """
    check_name(path)
    with replacing(path) as temporary:
        write_table(frame, temporary, path.name)


def check_name(path: Path) -> None:
    """Check that a file can be written under this name, before anything is trained."""
    if not path.name.lower().endswith((*CSV_SUFFIXES, ".parquet")):
        raise TableFormatError(
            f"{path.name} is neither CSV nor Parquet by its name; allowed endings: "
            f"{', '.join((*CSV_SUFFIXES, '.parquet'))}"
        )
