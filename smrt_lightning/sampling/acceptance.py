"""Keep the candidates that stand clear of the other classes, and the whole class with them.

SMRT's founding claim, made explicit: of several candidates, those are kept that have the smallest
ratio

    (mean distance to the k nearest real rows of the class) /
    (mean distance to the k nearest real rows of all other classes).

The clearest of all candidates would be a class without its hard part, for there real rows are near
the border themselves. So the clearest are kept under a constraint: every sub-group of the class
keeps at least the share of its own that is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.sampling.coverage import SubGroups
from smrt_lightning.seeds import numpy_generator
from smrt_lightning.table.columns import MAX_LEVELS
from smrt_lightning.table.neighbors import nearest
from smrt_lightning.table.space import Space

FloatMatrix = NDArray[np.float64]
MAX_REFERENCE = 5000
_ROUNDS = 100
_STEP = 0.05
_HASTE = 4.0


class Clearance:
    """Distances to the real rows on both sides of a class's border.

    Parameters
    ----------
    reference : DataFrame
        Real rows of all classes, which set the scale of each column.
    own, others : DataFrame
        Real rows of the class and of all other classes, or a sample of them.
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

    def measure(self, rows: pd.DataFrame) -> Measured:
        """Measure candidates of the class."""
        points = self.points(rows)
        near = _distances(points, self.own, self.k_neighbors)
        far = _distances(points, self.others, self.k_neighbors)
        tiny = np.finfo(float).tiny
        ratio = np.log(np.maximum(near, tiny)) - np.log(np.maximum(far, tiny))
        return Measured(points, np.asarray(ratio))

    def closest(self, rows: pd.DataFrame) -> float | None:
        """Return the median distance to the closest own row, against that among own rows."""
        if len(self.own) < 2:
            return None
        among = float(np.median(_distances(None, self.own, 1)))
        points = self.space.transform(rows.iloc[:MAX_REFERENCE])
        return float(np.median(_distances(points, self.own, 1))) / among if among else None


def _distances(points: FloatMatrix | None, real: FloatMatrix, k: int) -> NDArray[np.float64]:
    """Mean distance of each point to the k nearest real rows; among themselves for None."""
    if len(real) - (points is None) < 1:
        return np.ones(len(real) if points is None else len(points))
    return np.asarray(nearest(real, points, k)[0].mean(axis=1))


@dataclass(frozen=True)
class Measured:
    """The candidates of one class: coordinates and border ratios.

    Attributes
    ----------
    points : ndarray of shape (n, n_coordinates)
        Coordinates.
    ratio : ndarray of shape (n,)
        Logarithm of the border ratio; small is clear.
    """

    points: FloatMatrix
    ratio: NDArray[np.float64]


def keep(
    rows: pd.DataFrame,
    stand: Measured,
    n: int,
    cuts: Sequence[SubGroups],
    coverage: float,
) -> NDArray[np.int64]:
    """Return the positions of the n candidates to keep, in their original order.

    Kept are the candidates of the smallest sum of ratios with which every sub-group keeps enough,
    found by dual ascent: as long as a sub-group has too little, the ratios of its candidates are
    lowered, the more the less it has (Boyd & Vandenberghe 2004, *Convex Optimization*, ch. 5).

    Parameters
    ----------
    rows : DataFrame
        The candidates, at least n.
    stand : Measured
        Where they stand.
    n : int
        Rows to keep.
    cuts : sequence of SubGroups
        The class's sub-groups, one way or several of cutting it.
    coverage : float
        What every sub-group is to keep of its share, in [0, 1]; as much as the candidates allow,
        where they do not allow that. 0 keeps the clearest of all.
    """
    price = stand.ratio.copy()
    kept = _smallest(price, n)
    if not coverage:
        return np.sort(kept)
    places = [cut.places(rows, stand.points) for cut in cuts]
    shares = np.concatenate([cut.shares for cut in cuts])
    starts = np.cumsum([0, *(cut.n_groups for cut in cuts)])

    def count(kept: Any) -> NDArray[np.int64]:
        return np.concatenate([cut.count(at[kept]) for cut, at in zip(cuts, places, strict=True)])

    needed = np.minimum(np.ceil(coverage * shares * n), count(slice(None)))
    step = _STEP * (float(stand.ratio.std()) or 1.0)
    best, most = kept, -np.inf
    for _ in range(_ROUNDS):
        got = count(kept) / np.maximum(needed, 1)
        worst = float(got[needed > 0].min(initial=1.0))
        if worst > most:
            best, most = kept, worst
        if worst >= 1:
            break
        lower = np.where(got < (needed > 0), step * np.minimum(_HASTE * (1 - got), 1.0), 0.0)
        for start, stop, at in zip(starts[:-1], starts[1:], places, strict=True):
            of_group = np.append(lower[start:stop], 0.0)
            if of_group.any():
                for way in at.T:
                    price -= of_group[way]
        kept = _smallest(price, n)
    return np.sort(best)


def _smallest(values: NDArray[np.float64], n: int) -> NDArray[np.int64]:
    """Return the positions of the n smallest values, in any order; of equal ones the first."""
    if n >= len(values):
        return np.arange(len(values))
    edge = np.partition(values, n)[n]
    below = np.flatnonzero(values < edge)
    return np.concatenate([below, np.flatnonzero(values == edge)[: n - len(below)]])


def sample(rows: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Return at most 5,000 positions, all of them where there are no more."""
    if len(rows) <= MAX_REFERENCE:
        return rows
    rng = numpy_generator(seed, "reference")
    return np.sort(rng.choice(rows, size=MAX_REFERENCE, replace=False))
