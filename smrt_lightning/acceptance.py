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

from smrt_lightning.columns import MAX_LEVELS, infer_kind, to_float

FloatMatrix = NDArray[np.float64]


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


def _mean_distance(points: FloatMatrix, real: FloatMatrix, k: int) -> NDArray[np.float64]:
    k = min(k, len(real))
    if k == 0:
        return np.ones(len(points))
    # Distances through float32 matrix products would differ with the chunking; trees do not.
    algorithm = "kd_tree" if real.shape[1] <= 15 else "brute"
    search = NearestNeighbors(n_neighbors=k, algorithm=algorithm).fit(real)
    distances: NDArray[np.float64] = search.kneighbors(points)[0].mean(axis=1)
    return distances


def keep_clearest(ratio: NDArray[np.float64], n: int) -> NDArray[np.int64]:
    """Return the positions of the n smallest ratios, in their original order."""
    return np.sort(np.argsort(ratio, kind="stable")[:n])
