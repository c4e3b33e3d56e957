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
from scipy.special import ndtri
from sklearn.neighbors import NearestNeighbors

from smrt_lightning.seeds import numpy_generator
from smrt_lightning.table.columns import MAX_LEVELS, infer_kind, to_float

FloatMatrix = NDArray[np.float64]
MAX_REFERENCE = 5000


class DistanceSpace:
    """Coordinates in which rows of all classes are compared.

    Numbers become standard scores of their Gaussian quantiles over the reference rows; a
    categorical column becomes one coordinate per frequent level, 1/√2 where the row has it, so
    that two different levels are 1 apart. Missing numbers stand at the mean.

    Parameters
    ----------
    reference : DataFrame
        Real rows of all classes (a sample, for large tables).
    """

    def __init__(self, reference: pd.DataFrame) -> None:
        self.numeric: list[tuple[object, FloatMatrix, FloatMatrix]] = []
        self.levels: list[tuple[object, list[object]]] = []
        for name in reference.columns:
            column = reference[name]
            kind = infer_kind(column)
            if kind == "numeric" or (
                kind == "categorical" and pd.api.types.is_numeric_dtype(column.dtype)
            ):
                x = to_float(column)
                x = x[~np.isnan(x)]
                values, counts = np.unique(x, return_counts=True)
                z = ndtri((np.cumsum(counts) - 0.5 * counts) / len(x))
                center = np.average(z, weights=counts)
                scale = np.sqrt(np.average((z - center) ** 2, weights=counts)) or 1.0
                self.numeric.append((name, values, (z - center) / scale))
            elif kind == "categorical":
                frequent = column.value_counts().index[:MAX_LEVELS]
                self.levels.append((name, list(frequent)))

    def coordinates(self, table: pd.DataFrame) -> FloatMatrix:
        """Return coordinates of shape (n_rows, n_coordinates)."""
        parts: list[FloatMatrix] = []
        for name, values, z in self.numeric:
            x = np.interp(to_float(table[name]), values, z)
            parts.append(np.nan_to_num(x)[:, None])
        for name, levels in self.levels:
            column = pd.Index(table[name].to_numpy(dtype=object), dtype=object)
            places = pd.Index(levels, dtype=object).get_indexer(column)
            block = np.zeros((len(table), len(levels)))
            hit = np.flatnonzero(places >= 0)
            block[hit, places[hit]] = np.sqrt(0.5)
            parts.append(block)
        return np.concatenate(parts, axis=1) if parts else np.zeros((len(table), 1))


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
        self.space = DistanceSpace(reference)
        self.own = self.space.coordinates(own)
        self.others = self.space.coordinates(others)
        self.k_neighbors = k_neighbors

    def ratio(self, rows: pd.DataFrame) -> NDArray[np.float64]:
        """Return :func:`border_ratio` of each row."""
        return border_ratio(self.space.coordinates(rows), self.own, self.others, self.k_neighbors)

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
        points = self.space.coordinates(rows.iloc[:MAX_REFERENCE])
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
    k = min(k, len(real) - (points is None))
    if k < 1:
        return np.ones(len(real) if points is None else len(points))
    algorithm = "kd_tree" if real.shape[1] <= 15 else "brute"
    search = NearestNeighbors(n_neighbors=k, algorithm=algorithm).fit(real)
    distances: NDArray[np.float64] = search.kneighbors(points)[0].mean(axis=1)
    return distances


def keep_clearest(ratio: NDArray[np.float64], n: int) -> NDArray[np.int64]:
    """Return the positions of the n smallest ratios, in their original order."""
    return np.sort(np.argsort(ratio, kind="stable")[:n])


def sample(rows: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Return at most 5,000 positions, all of them where there are no more."""
    if len(rows) <= MAX_REFERENCE:
        return rows
    rng = numpy_generator(seed, "reference")
    return np.sort(rng.choice(rows, size=MAX_REFERENCE, replace=False))
