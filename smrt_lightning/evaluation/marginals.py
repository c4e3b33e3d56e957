"""Distances between two samples of a class, column by column and pair by pair."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.table.reading import Kind, to_floats
from smrt_lightning.table.space import Embedding


def column_distances(
    real: pd.DataFrame, other: pd.DataFrame, kinds: Mapping[str, Kind]
) -> dict[str, float | None]:
    """Return a distance per column, 0 (alike) to 1; None where a sample holds no value.

    Numbers and dates: the Kolmogorov–Smirnov statistic. Levels and booleans: total variation, a
    missing value being a level.
    """
    return {
        name: _levels(real[name], other[name])
        if kind in ("category", "boolean")
        else _numbers(to_floats(real[[name]]), to_floats(other[[name]]))
        for name, kind in kinds.items()
    }


def _numbers(real: NDArray[np.float64], other: NDArray[np.float64]) -> float | None:
    a, b = np.sort(real[~np.isnan(real)]), np.sort(other[~np.isnan(other)])
    if not len(a) or not len(b):
        return None
    both = np.concatenate([a, b])
    below = np.searchsorted(a, both, "right") / len(a) - np.searchsorted(b, both, "right") / len(b)
    return float(np.abs(below).max())


def _levels(real: "pd.Series[Any]", other: "pd.Series[Any]") -> float | None:
    if not len(real) or not len(other):
        return None
    shares = [
        column.astype(object).map(repr).mask(column.isna(), "").value_counts(normalize=True)
        for column in (real, other)
    ]
    gap = shares[0].sub(shares[1], fill_value=0.0)
    return float(gap.abs().sum() / 2)


def pairwise_distance(real: pd.DataFrame, other: pd.DataFrame) -> float | None:
    """Return the mean absolute difference of correlations over pairs of embedded columns.

    Columns constant in either sample are left out; None with fewer than three rows in a sample or
    fewer than two columns left. 0 is best, 2 the largest.
    """
    if min(len(real), len(other)) < 3:
        return None
    space = Embedding(real)
    a, b = space.transform(real), space.transform(other)
    varies = (a.std(axis=0) > 1e-12) & (b.std(axis=0) > 1e-12)
    if varies.sum() < 2:
        return None
    gap = np.asarray(np.corrcoef(a[:, varies], rowvar=False))
    gap = gap - np.corrcoef(b[:, varies], rowvar=False)
    return float(np.abs(gap[np.triu_indices_from(gap, 1)]).mean())


def variance_ratio(
    real: pd.DataFrame, other: pd.DataFrame, kinds: Mapping[str, Kind]
) -> float | None:
    """Return the median over number columns of variance in ``other`` / variance in ``real``."""
    names = [name for name, kind in kinds.items() if kind in ("number", "date")]
    if not names or min(len(real), len(other)) < 2:
        return None
    space = Embedding(real)
    a, b = space.numbers(real).var(axis=0), space.numbers(other).var(axis=0)
    varies = a > 1e-12
    return float(np.median(b[varies] / a[varies])) if varies.any() else None
