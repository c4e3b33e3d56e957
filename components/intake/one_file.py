"""Balance one file without a pipeline: read, understand, draw, write."""

from __future__ import annotations

from collections.abc import Mapping
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
    from smrt_lightning.sampling.balance import balance_targets
    from smrt_lightning.sampling.sampler import SMRT

    frame, learned, y = to_learn(table)
    sampler = SMRT(balance_targets(y, ratio), random_state=seed)
    X_all, y_all = sampler.fit_resample(frame[learned], y)
    fillers = {name: filler(frame, name, table, learned) for name in table.ignored}
    unfilled = [name for name, one in fillers.items() if one is None]
    telling = unfilled if keep_left_out and len(X_all) > len(frame) else []
    dropped = [] if keep_left_out else unfilled
    columns = [name for name in frame if name not in dropped]
    result = complete(X_all.reset_index(drop=True), y_all, table, frame, fillers, len(frame))[
        columns
    ]
    mask = pd.Series(sampler.synthetic_mask_, name=SYNTHETIC)
    result = pd.concat([result, mask], axis=1)
    report = {str(label): entry for label, entry in sampler.report_.items()}
    return Balanced(result, report, dropped, telling)


def to_learn(table: Understanding) -> tuple[pd.DataFrame, list[str], Any]:
    """Return a table in its types, the columns that are learned, and the labels.

    Raises
    ------
    ColumnsError
        If the table has the column that tells rows apart.
    """
    if SYNTHETIC in table.columns:
        raise ColumnsError(
            f"the table has a column {SYNTHETIC!r} already: take its real rows alone, without it"
        )
    frame = typed(table)
    learned = [name for name in table.columns if name not in table.ignored and name != table.target]
    return frame, learned, frame[table.target].to_numpy(dtype=object)


@dataclass(frozen=True)
class Filler:
    """The rule that fills an ignored column in synthetic rows: like another, or with one value."""

    like: str | None = None
    value: Any = None


def filler(
    frame: pd.DataFrame, name: str, table: Understanding, learned: list[str]
) -> Filler | None:
    """Return how an ignored column is filled, if that is certain."""
    if table.reasons[name] == AS_ASKED:
        return None
    values = frame[name]
    if values.isna().all():
        return Filler()
    if values.nunique(dropna=False) == 1:
        return Filler(value=values.iloc[0])
    for other in learned:
        if values.equals(frame[other].rename(name)):
            return Filler(like=other)
    return None


def complete(
    drawn: pd.DataFrame,
    labels: Any,
    table: Understanding,
    frame: pd.DataFrame,
    fillers: Mapping[str, Filler | None],
    n_real: int = 0,
) -> pd.DataFrame:
    """Return the learned columns of some rows with the target and the ignored ones.

    Parameters
    ----------
    drawn : DataFrame of shape (n_rows, n_learned)
        Synthetic rows, or the real ones and behind them synthetic ones.
    labels : array-like of shape (n_rows,)
    table, frame
        As :func:`to_learn` takes and returns them.
    fillers : mapping of str to Filler or None
        Of each ignored column; what has none is empty behind the real rows.
    n_real : int
        Real rows at the beginning.
    """
    result = pd.concat([drawn, pd.Series(labels, name=table.target, dtype="str")], axis=1)
    kept = []
    for name, one in fillers.items():
        if one is not None and one.like is not None:
            kept.append(result[one.like].rename(name))
        elif one is not None and not frame[name].isna().all():
            kept.append(
                pd.Series(one.value, index=result.index, dtype=frame[name].dtype, name=name)
            )
        else:
            kept.append(frame[name].iloc[:n_real].reindex(result.index))
    return pd.concat([result, *kept], axis=1)[list(frame.columns)]


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
