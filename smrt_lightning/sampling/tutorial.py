"""SMOTE as tutorials write it: a function of one class, on arrays of (features, samples)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smrt_lightning.errors import ParameterError, TableError
from smrt_lightning.seeds import numpy_generator, resolve_seed


def SMOTE(  # noqa: N802 (the tutorials' name)
    X: ArrayLike,
    k: int,
    a: float,
    num_samples: int,
    random_state: int | np.random.RandomState | None = None,
) -> NDArray[np.float64]:
    """Draw synthetic samples of one class, each between a sample and one of its neighbours.

    Parameters
    ----------
    X : array-like of shape (features, samples)
        The rare class, numbers only.
    k : int
        Nearest neighbours to choose among.
    a : float
        How far towards the neighbour a sample may lie, in [0, 1]: the step is uniform in [0, a].
    num_samples : int
        Samples to draw.
    random_state : int, RandomState or None
        Seed of the draw.

    Returns
    -------
    ndarray of shape (features, num_samples), float64

    Raises
    ------
    TableError
        If X is not a matrix.
    ParameterError
        If there are no k neighbours, or ``a`` or ``num_samples`` is out of its range.

    References
    ----------
    N. V. Chawla et al., "SMOTE: synthetic minority over-sampling technique", JAIR 16, 2002.
    """
    from sklearn.neighbors import NearestNeighbors

    points = np.asarray(X, dtype=np.float64)
    if points.ndim != 2:
        raise TableError(f"X has the shape {points.shape}; it is (features, samples).")
    n_features, n_samples = points.shape
    if not 1 <= k < n_samples:
        raise ParameterError(
            f"k is {k}; X has {n_samples} samples of {n_features} features, so k is from 1 to "
            f"{n_samples - 1}. Transpose X if its rows are the samples."
        )
    if not 0 <= a <= 1:
        raise ParameterError(f"a is {a}; it is the longest step towards a neighbour, in [0, 1].")
    if num_samples < 0:
        raise ParameterError(f"num_samples is {num_samples}; it is 0 or more.")
    rng = numpy_generator(resolve_seed(random_state), "tutorial SMOTE")
    nearest = NearestNeighbors(n_neighbors=k).fit(points.T)
    neighbours = nearest.kneighbors(return_distance=False)
    start = rng.integers(n_samples, size=num_samples)
    chosen = neighbours[start, rng.integers(k, size=num_samples)]
    steps = a * rng.random(num_samples)
    drawn: NDArray[np.float64] = points[:, start] + steps * (points[:, chosen] - points[:, start])
    return drawn
