"""The associations between the columns of a class, in its real and its synthetic rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.table.columns import Column, describe

SHOWN_COLUMNS = 12
MOST_COLUMNS = 60
MOST_ROWS = 2000
MOST_LEVELS = 20
FEWEST_ROWS = 3
Matrix = NDArray[np.float64]


def association_gaps(real: pd.DataFrame, made: pd.DataFrame) -> dict[str, Any] | None:
    """Return the differences in association of the columns that differ most.

    Two numbers: Pearson's correlation. A number and a level: the correlation ratio η. Two levels:
    Cramér's V. Missing numbers stand at the median; a missing level is a level, and all levels
    after the twenty most frequent are one. At most 60 columns and 2,000 rows of each are compared.

    Parameters
    ----------
    real, made : DataFrame
        Rows of one class, same columns.

    Returns
    -------
    dict or None
        ``columns``: names, at most 12; ``gaps``: rows of (difference synthetic − real, real,
        synthetic), None where a column is constant; ``more``: columns left out; ``mean``: mean
        absolute difference over all pairs. None without two columns that vary.
    """
    columns = describe(real)
    if min(len(real), len(made)) < FEWEST_ROWS:
        return None
    names = [name for name in columns if real[name].nunique(dropna=False) > 1]
    if len(names) < 2:
        return None
    varying, names = len(names), names[:MOST_COLUMNS]
    real, made = (_evenly(rows) for rows in (real, made))
    parts = [_codes(columns[name], real[name], made[name]) for name in names]
    before, after = (_matrix([part[side] for part in parts]) for side in (0, 1))
    gaps = after - before
    known = np.abs(gaps[np.triu_indices_from(gaps, 1)])
    if np.isnan(known).all():
        return None
    most = np.nan_to_num(np.abs(gaps)).max(axis=1)
    kept = np.sort(np.argsort(-most, kind="stable")[:SHOWN_COLUMNS])
    cells = [
        [
            (None, None, None)
            if np.isnan(gaps[i, j])
            else (float(gaps[i, j]), float(before[i, j]), float(after[i, j]))
            for j in kept
        ]
        for i in kept
    ]
    return {
        "columns": [names[place] for place in kept],
        "gaps": cells,
        "more": varying - len(kept),
        "mean": float(np.nanmean(known)),
    }


def _evenly(rows: pd.DataFrame) -> pd.DataFrame:
    if len(rows) <= MOST_ROWS:
        return rows
    return rows.iloc[np.linspace(0, len(rows) - 1, MOST_ROWS).round().astype(int)]


def _matrix(parts: list[Matrix]) -> Matrix:
    found = np.full((len(parts), len(parts)), np.nan)
    for i, a in enumerate(parts):
        for j in range(i):
            found[i, j] = found[j, i] = _association(a, parts[j])
    return found


def _codes(column: Column, real: pd.Series[Any], made: pd.Series[Any]) -> list[Matrix]:
    """Return each sample as one column of numbers, or as one indicator a level."""
    if column.measured:
        numbers = [column.numbers(values) for values in (real, made)]
        known = numbers[0][np.isfinite(numbers[0])]
        middle = float(np.median(known)) if len(known) else 0.0
        largest = float(np.abs(known).max()) if len(known) else 1.0
        filled = [np.where(np.isfinite(n), n, middle) for n in numbers]
        return [(n / (largest or 1.0))[:, None] for n in filled]
    levels = [level for level, _ in column.level_counts(pd.concat([real, made]))]
    places = [np.minimum(column.codes(values, levels), MOST_LEVELS) for values in (real, made)]
    return [(place[:, None] == np.arange(MOST_LEVELS + 1)).astype(np.float64) for place in places]


def _association(a: Matrix, b: Matrix) -> float:
    """Return r, η or V, by what the two columns are; NaN where one of them is constant."""
    a, b = a[:, a.std(axis=0) > 1e-12], b[:, b.std(axis=0) > 1e-12]
    if not a.shape[1] or not b.shape[1]:
        return float("nan")
    if a.shape[1] == 1 and b.shape[1] == 1:
        return float(np.corrcoef(a[:, 0], b[:, 0])[0, 1])
    if a.shape[1] == 1 or b.shape[1] == 1:
        number, level = (a[:, 0], b) if a.shape[1] == 1 else (b[:, 0], a)
        return _correlation_ratio(number, level)
    return _cramers_v(a, b)


def _correlation_ratio(number: NDArray[np.float64], level: Matrix) -> float:
    rows = level.sum(axis=0)
    means = (level.T @ number) / rows
    between = float(rows @ (means - number.mean()) ** 2)
    return float(np.sqrt(min(between / (len(number) * number.var()), 1.0)))


def _cramers_v(a: Matrix, b: Matrix) -> float:
    observed = a.T @ b
    expected = np.outer(a.sum(axis=0), b.sum(axis=0)) / len(a)
    chi2 = float(((observed - expected) ** 2 / expected).sum())
    return float(np.sqrt(chi2 / (len(a) * (min(observed.shape) - 1))))
