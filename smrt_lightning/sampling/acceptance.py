"""Keep the candidates that stand clear of the other classes, and the whole class with them.

SMRT's founding claim, made explicit: of several candidates, those are kept that have the smallest
ratio

    (mean distance to the k nearest real rows of the class) /
    (mean distance to the k nearest real rows of all other classes).

The clearest of all candidates would be a class without its hard part, for there real rows are near
the border themselves. So a candidate's ratio is held against those of the real rows around it: the
more that counts, the more of its share every sub-group of the class keeps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.sampling.coverage import SubGroups
from smrt_lightning.seeds import numpy_generator
from smrt_lightning.table.columns import MAX_LEVELS
from smrt_lightning.table.space import Space, nearest

FloatMatrix = NDArray[np.float64]
MAX_REFERENCE = 5000
EVENNESS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0)


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
    kinds : mapping of column name to kind, optional
        Columns that are not what they look like.
    """

    def __init__(
        self,
        reference: pd.DataFrame,
        own: pd.DataFrame,
        others: pd.DataFrame,
        k_neighbors: int,
        kinds: Mapping[Any, str] | None = None,
    ) -> None:
        self.space = Space(reference, "quantile", max_levels=MAX_LEVELS, kinds=kinds)
        self.own = self.space.transform(own)
        self.others = self.space.transform(others)
        self.k_neighbors = k_neighbors

    def points(self, rows: pd.DataFrame) -> FloatMatrix:
        """Return rows as coordinates, shape (n_rows, n_coordinates)."""
        return self.space.transform(rows)

    @cached_property
    def own_ratio(self) -> NDArray[np.float64]:
        """Log border ratio of each real row of the class, measured without itself."""
        near, _ = _neighbors(None, self.own, self.k_neighbors)
        far, _ = _neighbors(self.own, self.others, self.k_neighbors)
        return _log_ratio(near, far)

    def measure(self, rows: pd.DataFrame) -> Measured:
        """Measure candidates of the class."""
        points = self.points(rows)
        near, places = _neighbors(points, self.own, self.k_neighbors)
        far, _ = _neighbors(points, self.others, self.k_neighbors)
        around = self.own_ratio[places].mean(axis=1)
        return Measured(points, _log_ratio(near, far), around, places[:, 0])

    def closest(self, rows: pd.DataFrame) -> float | None:
        """Return the median distance to the closest own row, against that among own rows."""
        if len(self.own) < 2:
            return None
        among = float(np.median(_neighbors(None, self.own, 1)[0]))
        points = self.space.transform(rows.iloc[:MAX_REFERENCE])
        return float(np.median(_neighbors(points, self.own, 1)[0])) / among if among else None


def _neighbors(
    points: FloatMatrix | None, real: FloatMatrix, k: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Mean distance to the k nearest real rows, and which they are; among themselves for None."""
    if len(real) - (points is None) < 1:
        n_points = len(real) if points is None else len(points)
        return np.ones(n_points), np.zeros((n_points, 1), dtype=np.int64)
    distances, places = nearest(real, points, k)
    return np.asarray(distances.mean(axis=1)), places


def _log_ratio(near: FloatMatrix, far: FloatMatrix) -> FloatMatrix:
    tiny = np.finfo(float).tiny
    return np.asarray(np.log(np.maximum(near, tiny)) - np.log(np.maximum(far, tiny)))


@dataclass(frozen=True)
class Measured:
    """Where candidates of one class stand.

    Attributes
    ----------
    points : ndarray of shape (n, n_coordinates)
        Coordinates.
    ratio : ndarray of shape (n,)
        Logarithm of the border ratio; small is clear.
    around : ndarray of shape (n,)
        Mean of the same over the k nearest real rows of the class, each measured without itself.
    nearest : ndarray of int, shape (n,)
        The nearest real row of the class.
    """

    points: FloatMatrix
    ratio: NDArray[np.float64]
    around: NDArray[np.float64]
    nearest: NDArray[np.int64]


def keep(candidates: Measured, n: int, evenness: float) -> NDArray[np.int64]:
    """Return the positions of the n candidates to keep, in their original order.

    Parameters
    ----------
    candidates : Measured
        At least n.
    n : int
        Rows to keep.
    evenness : float
        In [0, 2]. 0 keeps the clearest of all; 1 those that stand clearest of what the real rows
        around them do (the logarithms are subtracted, ``evenness`` times); 2 the clearest about
        every real row, by their rank among the candidates nearest to it. Between 1 and 2 the two
        ranks are mixed.
    """
    score = candidates.ratio - min(evenness, 1.0) * candidates.around
    if evenness > 1:
        among_all = _ranks(score, np.zeros(len(score), dtype=np.int64))
        about_row = _ranks(score, candidates.nearest)
        score = (2 - evenness) * among_all + (evenness - 1) * about_row
    return np.sort(np.argsort(score, kind="stable")[:n])


def _ranks(values: NDArray[np.float64], group: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the rank of each value within its group, between 0 and 1; ties in order of place."""
    order = np.lexsort((values, group))
    counts = np.bincount(group)
    starts = np.cumsum(counts) - counts
    ranks = np.empty(len(values))
    ranks[order] = np.arange(len(values)) - starts[group[order]] + 0.5
    return np.asarray(ranks / counts[group])


def keep_whole(
    parts: Sequence[tuple[pd.DataFrame, Measured, int]],
    cuts: Sequence[SubGroups],
    coverage: float,
) -> tuple[list[NDArray[np.int64]], float]:
    """Keep the clearest candidates with which every sub-group keeps enough of its share.

    Parameters
    ----------
    parts : sequence of (DataFrame, Measured, int)
        The candidates of each draw, where they stand, and how many of them to keep.
    cuts : sequence of SubGroups
        The class's sub-groups, one way or several of cutting it.
    coverage : float
        What the worst-served sub-group is to keep of its share, in [0, 1]; as much as the
        candidates allow, where they do not allow that.

    Returns
    -------
    kept : list of ndarray of int
        Positions among each draw's candidates.
    evenness : float
        Of :func:`keep`: the smallest of ``EVENNESS`` that was enough.
    """
    members = [[cut.members(rows, stand.points) for rows, stand, _ in parts] for cut in cuts]
    best: tuple[float, float, list[NDArray[np.int64]]] = (-1.0, 0.0, [])
    for evenness in EVENNESS if coverage else EVENNESS[:1]:
        kept = [keep(stand, n, evenness) for _, stand, n in parts]
        worst = np.inf
        for cut, of_parts in zip(cuts, members, strict=True):
            taken = np.concatenate([m[at] for m, at in zip(of_parts, kept, strict=True)])
            worst = min(worst, float(cut.kept(taken).min(initial=np.inf)))
        if worst > best[0]:
            best = (worst, evenness, kept)
        if worst >= coverage:
            break
    return best[2], best[1]


def sample(rows: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Return at most 5,000 positions, all of them where there are no more."""
    if len(rows) <= MAX_REFERENCE:
        return rows
    rng = numpy_generator(seed, "reference")
    return np.sort(rng.choice(rows, size=MAX_REFERENCE, replace=False))
