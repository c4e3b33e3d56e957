"""Distances between two samples of a class, column by column and pair by pair."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.table.columns import Column, describe
from smrt_lightning.table.space import Space


def column_distances(real: pd.DataFrame, other: pd.DataFrame) -> dict[str, float | None]:
    """Return a distance per column, 0 (alike) to 1; None where a sample holds no value.

    Numbers and times: the Kolmogorov–Smirnov statistic. Levels: total variation, a missing value
    being a level.
    """
    return {name: _distance(column, real, other) for name, column in describe(real).items()}


def _distance(column: Column, real: pd.DataFrame, other: pd.DataFrame) -> float | None:
    old, new = real[column.name], other[column.name]
    if column.measured:
        return kolmogorov_smirnov(column.numbers(old), column.numbers(new))
    return total_variation(level_counts(column, old, new))


def kolmogorov_smirnov(real: NDArray[np.float64], other: NDArray[np.float64]) -> float | None:
    """Return the largest distance of two empirical distributions; missing values are left out."""
    a, b = np.sort(real[~np.isnan(real)]), np.sort(other[~np.isnan(other)])
    if not len(a) or not len(b):
        return None
    both = np.concatenate([a, b])
    below = np.searchsorted(a, both, "right") / len(a) - np.searchsorted(b, both, "right") / len(b)
    return float(np.abs(below).max())


def level_counts(column: Column, real: pd.Series, other: pd.Series) -> NDArray[np.float64]:
    """Return the counts of each level, shape (2, n_levels): of the one sample, of the other."""
    levels = [level for level, _ in column.level_counts(pd.concat([real, other]))]
    counts = [
        np.bincount(column.codes(values, levels), minlength=len(levels)) for values in (real, other)
    ]
    return np.stack(counts).astype(np.float64)


def total_variation(counts: NDArray[np.float64]) -> float | None:
    """Return half the sum of differences of shares, from :func:`level_counts`."""
    sides = counts.sum(axis=1, keepdims=True)
    if not sides.all():
        return None
    shares = counts / sides
    return float(np.abs(shares[0] - shares[1]).sum() / 2)


def pairwise_distance(real: pd.DataFrame, other: pd.DataFrame) -> float | None:
    """Return the mean absolute difference of correlations over pairs of embedded columns.

    Columns constant in either sample are left out; None with fewer than three rows in a sample or
    fewer than two columns left. 0 is best, 2 the largest.
    """
    if min(len(real), len(other)) < 3:
        return None
    space = Space(real)
    a, b = space.transform(real), space.transform(other)
    varies = (a.std(axis=0) > 1e-12) & (b.std(axis=0) > 1e-12)
    if varies.sum() < 2:
        return None
    gap = np.asarray(np.corrcoef(a[:, varies], rowvar=False))
    gap = gap - np.corrcoef(b[:, varies], rowvar=False)
    return float(np.abs(gap[np.triu_indices_from(gap, 1)]).mean())


def variance_ratio(real: pd.DataFrame, other: pd.DataFrame) -> float | None:
    """Return the median over number columns of variance in ``other`` / variance in ``real``."""
    space = Space(real)
    if not space.number_names or min(len(real), len(other)) < 2:
        return None
    a, b = space.numbers(real).var(axis=0), space.numbers(other).var(axis=0)
    varies = a > 1e-12
    return float(np.median(b[varies] / a[varies])) if varies.any() else None
