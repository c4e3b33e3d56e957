"""The bins of a histogram, for numbers of any size."""

import numpy as np
from numpy.typing import NDArray


def even_edges(values: NDArray[np.float64], bins: int) -> NDArray[np.float64]:
    """Return the edges of bins of one width that hold all values.

    Parameters
    ----------
    values : ndarray of shape (n,), finite, n > 0
    bins : int
        At most; large numbers that hardly differ have fewer values between them.
    """
    low, high = float(values.min()), float(values.max())
    if low == high:
        half = max(0.5, float(np.spacing(abs(low))))
        low, high = low - half, high + half
    steps = np.linspace(0.0, 1.0, bins + 1)
    edges = low * (1.0 - steps) + high * steps  # high − low may be beyond a double
    edges[[0, -1]] = low, high
    return np.unique(edges)
