"""Keep the candidates that stand clear of the other classes.

SMRT's founding claim, made explicit: of several candidates for each place, the one kept is the
one with the smallest ratio

    (mean distance to the k nearest real rows of the class) /
    (mean distance to the k nearest real rows of all other classes).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.seeds import numpy_generator
from smrt_lightning.table.columns import MAX_LEVELS
from smrt_lightning.table.space import Space, nearest

FloatMatrix = NDArray[np.float64]
MAX_REFERENCE = 5000


class Clearance:
    """Distances to the real rows on both sides of a class's border.

    Parameters
    ----------
    reference : DataFrame
        Real rows of all classes, which set the scale of each column.
    own, others : DataFrame
        Real rows of the class and of all other classes.
    k_neighbors : int
        Neighbours on either side.
    """

    def __init__(
        self, reference: pd.DataFrame, own: pd.DataFrame, others: pd.DataFrame, k_neighbors: int
    ) -> None:
        self.space = Space(reference, "quantile", max_levels=MAX_LEVELS)
        self.own = self.space.transform(own)
        self.others = self.space.transform(others)
        self.k_neighbors = k_neighbors

    def ratio(self, rows: pd.DataFrame) -> NDArray[np.float64]:
        """Return :func:`border_ratio` of each row."""
        return border_ratio(self.space.transform(rows), self.own, self.others, self.k_neighbors)

    def own_ratio(self) -> NDArray[np.float64]:
        """Return the border ratio of each real row of the class, measured without itself."""
        near = _mean_distance(None, self.own, self.k_neighbors)
        far = _mean_distance(self.own, self.others, self.k_neighbors)
        return near / np.maximum(far, np.finfo(float).tiny)

    def closest(self, rows: pd.DataFrame) -> float | None:
        """Return the median distance to the closest own row, against that among own rows."""
        if len(self.own) < 2:
            return None
        among = float(np.median(_mean_distance(None, self.own, 1)))
        points = self.space.transform(rows.iloc[:MAX_REFERENCE])
        return float(np.median(_mean_distance(points, self.own, 1))) / among if among else None


def border_ratio(
    candidates: FloatMatrix, own: FloatMatrix, others: FloatMatrix, k_neighbors: int
) -> NDArray[np.float64]:
    """Return the ratio above for each candidate, shape (n_candidates,); small is clear.

    Parameters
    ----------
    candidates, own, others : ndarray of shape (n, n_coordinates)
        Candidates, real rows of their class, real rows of all other classes.
    k_neighbors : int
        k above; fewer where there are fewer rows.
    """
    near = _mean_distance(candidates, own, k_neighbors)
    far = _mean_distance(candidates, others, k_neighbors)
    return near / np.maximum(far, np.finfo(float).tiny)


def _mean_distance(points: FloatMatrix | None, real: FloatMatrix, k: int) -> NDArray[np.float64]:
    """Mean distance to the k nearest real rows; of the real rows to one another for None."""
    if len(real) - (points is None) < 1:
        return np.ones(len(real) if points is None else len(points))
    return np.asarray(nearest(real, points, k)[0].mean(axis=1))


def keep_clearest(ratio: NDArray[np.float64], n: int) -> NDArray[np.int64]:
    """Return the positions of the n smallest ratios, in their original order."""
    return np.sort(np.argsort(ratio, kind="stable")[:n])


def sample(rows: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Return at most 5,000 positions, all of them where there are no more."""
    if len(rows) <= MAX_REFERENCE:
        return rows
    rng = numpy_generator(seed, "reference")
    return np.sort(rng.choice(rows, size=MAX_REFERENCE, replace=False))
