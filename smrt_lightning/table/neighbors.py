"""The search for the nearest rows: exact, in blocks of matrix products in single precision.

The squared distances of a block of queries to all points are one matrix product. The k smallest of
a column are found by folding: of groups of twelve only the k with the smallest minima can hold
them. Distances themselves are computed again in double precision, for the k that were found: single
precision decides only among points that are equally near to six digits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from smrt_lightning.table.columns import FloatArray

Places = NDArray[np.int64]

_BLOCK = 256
"""Queries at a time; a part of the result, for a product's last digit may depend on its shape."""
_FOLD = 12
_LARGEST = 1e4
"""The squared length of a point above which single precision would not tell neighbours apart."""


def nearest(
    points: FloatArray,
    queries: FloatArray | None = None,
    k: int = 1,
    *,
    asking: Places | None = None,
) -> tuple[FloatArray, Places]:
    """Find the k nearest points of each query.

    Memory beyond the result is 256 × n distances, however many queries there are; what is found for
    one query does not depend on the others.

    Parameters
    ----------
    points : ndarray of shape (n, d)
        Where to look, at least one point.
    queries : ndarray of shape (m, d), optional
        By default the points themselves, each looking at all others, of which there must be one.
    k : int
        Points wanted; fewer where there are fewer.
    asking : ndarray of int64, shape (m,), optional
        Without queries: positions of the points that ask, all by default.

    Returns
    -------
    distances : ndarray of float64, shape (m, k)
        Euclidean, increasing.
    places : ndarray of int64, shape (m, k)
        Positions in ``points``.
    """
    itself = queries is None
    own = np.arange(len(points)) if asking is None else asking
    asked = points[own] if queries is None else queries
    k = min(k, len(points) - itself)
    distances, places = np.empty((len(asked), k)), np.empty((len(asked), k), dtype=np.int64)
    center = points.mean(axis=0)
    table = _with_lengths(points - center)
    for start in range(0, len(asked), _BLOCK):
        block = asked[start : start + _BLOCK]
        apart = table @ _padded(block - center, table.dtype).T
        if itself:
            apart[own[start : start + _BLOCK], np.arange(len(block))] = np.inf
        found = np.sort(_smallest(apart, k)[:, : len(block)].T, axis=1)
        steps = points[found] - block[:, None]
        lengths = np.sqrt(np.einsum("ijk,ijk->ij", steps, steps))
        order = np.argsort(lengths, axis=1, kind="stable")
        distances[start : start + _BLOCK] = np.take_along_axis(lengths, order, axis=1)
        places[start : start + _BLOCK] = np.take_along_axis(found, order, axis=1)
    return distances, places


def _with_lengths(points: FloatArray) -> NDArray[np.floating]:
    """Return (−2 p, p·p) for each point p; rows are added at an infinite distance."""
    squares = np.einsum("ij,ij->i", points, points)
    dtype = np.float32 if squares.max(initial=0.0) < _LARGEST else np.float64
    n, d = points.shape
    table = np.zeros((-(-n // _FOLD) * _FOLD, d + 1), dtype=dtype)
    table[:n, :d] = -2 * points
    table[:n, d] = squares
    table[n:, d] = np.inf
    return table


def _padded(block: FloatArray, dtype: np.dtype[np.floating]) -> NDArray[np.floating]:
    """Return (q, 1) for each query q, zeros beyond them."""
    padded = np.zeros((_BLOCK, block.shape[1] + 1), dtype=dtype)
    padded[: len(block), :-1] = block
    padded[:, -1] = 1
    return padded


def _smallest(values: NDArray[np.floating], k: int) -> Places:
    """Return the rows of the k smallest values of each column, in any order, shape (k, columns)."""
    n, columns = values.shape
    if n <= 2 * _FOLD * k:
        return np.asarray(np.argpartition(values, k - 1, axis=0)[:k]) if k < n else _all(values)
    if n % _FOLD:
        beyond = np.full((-n % _FOLD, columns), np.inf, dtype=values.dtype)
        values = np.concatenate([values, beyond])
    n_groups = len(values) // _FOLD
    groups = _smallest(values.reshape(_FOLD, n_groups, columns).min(axis=0), k)
    steps = n_groups * np.arange(_FOLD)[:, None, None]
    members = (groups + steps).reshape(-1, columns)
    among = np.take_along_axis(values, members, axis=0)
    chosen = np.argpartition(among, k - 1, axis=0)[:k]
    return np.asarray(np.take_along_axis(members, chosen, axis=0))


def _all(values: NDArray[np.floating]) -> Places:
    return np.broadcast_to(np.arange(len(values))[:, None], values.shape)
