"""The places where the values of a column heap up, and where it has none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

MAX_MASSES = 8
FEW_VALUES = 20
_NEIGHBORS = 10
_TIMES = 5.0
_SHARE = 0.05
_LEAST = 5
_CHANCE = 0.01


def point_masses(counts: Ints) -> Flags:
    """Tell which of a column's distinct values, in increasing order, are point masses.

    A point mass holds at least five rows and 5 % of them, and more than five times what the ten
    distinct values around it do in the median; or 1 % of them, and more than twenty times that.
    At most eight are kept, the largest, and at least one value is left that is none.

    Parameters
    ----------
    counts : ndarray of int, shape (n_values,)
        Rows of each distinct value.
    """
    n, m, k = int(counts.sum()), len(counts), _NEIGHBORS // 2
    masses = np.zeros(m, dtype=bool)
    if m < 3:
        return masses
    candidates = np.flatnonzero(counts >= max(_LEAST, _SHARE / 5 * n))
    for at in candidates[np.argsort(-counts[candidates], kind="stable")]:
        around = np.median(np.r_[counts[max(at - k, 0) : at], counts[at + 1 : at + 1 + k]])
        often = counts[at] >= max(_LEAST, _SHARE * n) and counts[at] > _TIMES * around
        masses[at] = often or counts[at] > 4 * _TIMES * around
        if masses.sum() == min(MAX_MASSES, m - 1):
            break
    return masses


def segments(ticks: Floats, counts: Ints, *, gaps: bool = True) -> Floats:
    """Return the stretches that the values of a column fill, shape (n_segments, 2), increasing.

    Up to 20 distinct values that fill the rows at least twice are a stretch each. Otherwise a
    stretch ends where the distance to the next value is larger than the distances next to it, on
    either side, allow: with k of them, of mean d, an exponential distance exceeds c·d with
    probability (1 + c / k)^−k, and 1 % over all distances is taken for chance.

    Parameters
    ----------
    ticks, counts : ndarray of shape (n_values,)
        Distinct values in increasing order, at least one, and the rows of each.
    gaps : bool
        Whether to look for gaps at all.
    """
    m = len(ticks)
    if gaps and m <= FEW_VALUES and counts.sum() >= 2 * m:
        return np.stack([ticks, ticks], axis=1)
    if not gaps or m < 3:
        return np.array([[ticks[0], ticks[-1]]])
    apart = np.diff(ticks)
    total = np.concatenate([[0.0], np.cumsum(apart)])
    at, g = np.arange(m - 1), m - 1
    low, high = np.maximum(at - _NEIGHBORS, 0), np.minimum(at + 1 + _NEIGHBORS, g)
    wide = np.ones(g, dtype=bool)
    each = np.arange(1, _NEIGHBORS + 1)
    with np.errstate(over="ignore"):
        times = np.r_[0.0, each * ((g / _CHANCE) ** (1.0 / each) - 1)]  # by how many are looked at
    sides = ((at - low, total[at] - total[low]), (high - at - 1, total[high] - total[at + 1]))
    for k, length in sides:
        some = np.maximum(k, 1)
        # One value alone beyond a distance tells nothing of the distance.
        wide &= (k > 0) & (apart > times[some] * length / some)
    ends = np.flatnonzero(wide)
    starts = np.concatenate([[0], ends + 1])
    stops = np.concatenate([ends, [m - 1]])
    return np.stack([ticks[starts], ticks[stops]], axis=1)


def nearest(ticks: Floats, stretches: Floats) -> Floats:
    """Return the nearest point on the stretches to each tick."""
    lower = np.clip(
        np.searchsorted(stretches[:, 0], ticks, side="right") - 1, 0, len(stretches) - 1
    )
    upper = np.minimum(lower + 1, len(stretches) - 1)
    below = np.clip(ticks, stretches[lower, 0], stretches[lower, 1])
    above = np.maximum(stretches[upper, 0], below)
    closer = np.abs(above - ticks) < np.abs(ticks - below)
    return np.asarray(np.where(closer, above, below))


def not_above(ticks: Floats, stretches: Floats) -> Floats:
    """Return the largest point on the stretches that is not above each tick, −∞ for none."""
    at = np.searchsorted(stretches[:, 0], ticks, side="right") - 1
    inside = np.minimum(ticks, stretches[np.maximum(at, 0), 1])
    return np.asarray(np.where(at >= 0, inside, -np.inf))


def not_below(ticks: Floats, stretches: Floats) -> Floats:
    """Return the smallest point on the stretches that is not below each tick, ∞ for none."""
    return -not_above(-ticks, -stretches[::-1, ::-1])
