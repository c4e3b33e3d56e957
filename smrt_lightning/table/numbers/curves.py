"""Straight lines between knots, for many numbers at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_FEW = 1000


def on_curve(x: Floats, knots: Floats, heights: Floats) -> Floats:
    """Return what :func:`numpy.interp` returns, sooner for many numbers in no order, and finite.

    numpy starts each search where the last one ended: sorting first is cheaper than searching.

    Parameters
    ----------
    x : ndarray of shape (n,)
        NaN gives NaN.
    knots, heights : ndarray of shape (n_knots,)
        Increasing knots.
    """
    if len(x) < _FEW:
        return _interpolated(x, knots, heights)
    order = np.argsort(x)
    found = np.empty(len(x))
    found[order] = _interpolated(x[order], knots, heights)
    return found


def _interpolated(x: Floats, knots: Floats, heights: Floats) -> Floats:
    found = np.interp(x, knots, heights)
    lost = ~np.isfinite(found) & ~np.isnan(x)
    if lost.any():  # knots so near each other that the slope between them overflows
        above = np.searchsorted(knots, x[lost])
        found[lost] = heights[np.minimum(above, len(heights) - 1)]
    return np.asarray(found)
