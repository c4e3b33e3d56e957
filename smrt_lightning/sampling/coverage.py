"""The sub-groups of a class, and the share of each that its synthetic rows keep.

A class is more than its clearest rows. Its sub-groups are k-means clusters of its real rows, and
every level of a category or flag (missing values are a level too) that at least a tenth of it has.
A synthetic row belongs to the cluster whose centre is nearest, whatever real row it was drawn from.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.seeds import derive_seed, numpy_generator
from smrt_lightning.table.columns import MISSING, Column, Level

FloatMatrix = NDArray[np.float64]

N_CLUSTERS = 10
ROWS_PER_CLUSTER = 5
MIN_LEVEL = 0.1
NAMED_BELOW = 0.5
MAX_LISTED = 30
_MIN_EXPECTED = 5.0
_MAX_ROWS = 5000
_MAX_TEXT = 40


@dataclass(frozen=True)
class SubGroup:
    """A part of a class.

    Attributes
    ----------
    kind : {"cluster", "level"}
        A k-means cluster, or the rows that have one level of one column.
    name : str
        In words; column names and levels are the data's own.
    share : float
        Of the class's real rows.
    kept : float
        Its share of the synthetic rows over ``share``; 1 keeps the share.
    """

    kind: Literal["cluster", "level"]
    name: str
    share: float
    kept: float


@dataclass(frozen=True)
class Coverage:
    """The share of each sub-group that the synthetic rows of a class keep.

    Attributes
    ----------
    worst : float or None
        The smallest ``kept`` of all sub-groups; None when no sub-group can be measured, as with
        a handful of rows.
    total_variation : float or None
        Between the clusters' shares of the real rows and of the synthetic ones, in [0, 1].
    subgroups : tuple of SubGroup
        The worst-served first, at most 30.
    """

    worst: float | None
    total_variation: float | None
    subgroups: tuple[SubGroup, ...] = ()

    @property
    def left_out(self) -> tuple[SubGroup, ...]:
        """The sub-groups that keep less than half of their share."""
        return tuple(group for group in self.subgroups if group.kept < NAMED_BELOW)

    def words(self) -> list[str]:
        """Return a sentence for each sub-group that keeps less than half of its share."""
        return [
            f"{group.name}: {group.share:.0%} of the class's real rows, "
            f"{group.share * group.kept:.0%} of its synthetic ones"
            for group in self.left_out
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return the figures and the sub-groups as plain values, with the sentences."""
        return {**asdict(self), "subgroups": [asdict(g) for g in self.subgroups]} | {
            "left_out": self.words()
        }


class SubGroups:
    """The sub-groups of one class, found in its real rows.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        The real rows of the class.
    points : ndarray of shape (n_rows, n_coordinates)
        The same rows as coordinates without NaN.
    n_synthetic : int
        Synthetic rows to come; a sub-group is told apart where its share is at least five of them.
    seed : int
        Seed of k-means, and of the sample of 5,000 rows that it sees of a larger class.
    like : SubGroups, optional
        Another cut of the same rows, which has the same levels.
    """

    def __init__(
        self,
        table: pd.DataFrame,
        points: FloatMatrix,
        n_synthetic: int,
        seed: int,
        like: SubGroups | None = None,
    ) -> None:
        self._smallest = _MIN_EXPECTED / max(n_synthetic, 1)
        self._centers = _centers(points, self._smallest, seed)
        self._levels: dict[Any, list[Level]] = (
            like._levels if like else _levels(table, max(MIN_LEVEL, self._smallest))
        )
        self._table = table
        self._points = points
        self.shares: NDArray[np.float64] = self.count(self.places(table, points)) / len(table)

    @property
    def n_clusters(self) -> int:
        """Clusters among the sub-groups; they come first."""
        return len(self._centers)

    @property
    def n_groups(self) -> int:
        """All sub-groups."""
        return len(self._centers) + sum(map(len, self._levels.values()))

    def places(self, rows: pd.DataFrame, points: FloatMatrix) -> NDArray[np.int64]:
        """Return the sub-group of each row, from 0, in each way of telling rows apart.

        Returns
        -------
        ndarray of int64, shape (n_rows, n_ways)
            The clusters are the first way, the levels of each column another; ``n_groups`` where
            a row belongs to none.
        """
        from sklearn.metrics import pairwise_distances_argmin

        ways = []
        if len(self._centers) and len(rows):
            ways.append(pairwise_distances_argmin(points, self._centers))
        at = len(self._centers)
        for name, levels in self._levels.items():
            codes = Column.of(self._table[name]).codes(rows[name], levels)
            ways.append(np.where(codes >= 0, at + codes, self.n_groups))
            at += len(levels)
        return np.stack(ways, axis=1) if ways else np.empty((len(rows), 0), dtype=np.int64)

    def count(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Count the rows of each sub-group from what :meth:`places` gives."""
        counted = np.bincount(places.ravel(), minlength=self.n_groups)
        return np.asarray(counted[: self.n_groups])

    def members(self, rows: pd.DataFrame, points: FloatMatrix) -> NDArray[np.bool_]:
        """Tell which rows belong to which sub-groups, shape (n_rows, n_subgroups)."""
        found = np.zeros((len(rows), self.n_groups + 1), dtype=bool)
        for way in self.places(rows, points).T:
            found[np.arange(len(rows)), way] = True
        return found[:, :-1]

    def coverage(self, counts: NDArray[np.int64], n_rows: int) -> Coverage:
        """Measure synthetic rows, of which each sub-group has so many."""
        if not len(self.shares) or not n_rows:
            return Coverage(None, None)
        kept = counts / n_rows / self.shares
        k = self.n_clusters
        apart = np.abs(kept[:k] - 1.0) * self.shares[:k]
        groups = [
            SubGroup(
                "cluster" if at < k else "level",
                self._name(at) if kept[at] < NAMED_BELOW or at >= k else f"cluster {at + 1}",
                float(self.shares[at]),
                float(kept[at]),
            )
            for at in np.argsort(kept, kind="stable")[:MAX_LISTED]
        ]
        return Coverage(float(kept.min()), float(apart.sum() / 2) if k else None, tuple(groups))

    def _name(self, at: int) -> str:
        if at >= self.n_clusters:
            pairs = [(name, level) for name, levels in self._levels.items() for level in levels]
            name, level = pairs[at - self.n_clusters]
            return f"{_short(name)} = {_level_name(level)}"
        inside = self.members(self._table, self._points)[:, at]
        return f"rows with {' and '.join(_marks(self._table, inside)) or 'no mark of their own'}"


def measure_coverage(
    real: pd.DataFrame,
    real_points: FloatMatrix,
    synthetic: pd.DataFrame,
    synthetic_points: FloatMatrix,
    seed: int = 0,
) -> Coverage:
    """Measure how much of each sub-group of a class its synthetic rows keep.

    Parameters
    ----------
    real, synthetic : DataFrame of shape (n_rows, n_columns)
        Real and synthetic rows of one class.
    real_points, synthetic_points : ndarray of shape (n_rows, n_coordinates)
        The same rows as coordinates of one space, without NaN.
    seed : int
        Seed of k-means.
    """
    if not len(real) or not len(synthetic):
        return Coverage(None, None)
    groups = SubGroups(real, real_points, len(synthetic), seed)
    return groups.coverage(groups.count(groups.places(synthetic, synthetic_points)), len(synthetic))


def _centers(points: FloatMatrix, smallest: float, seed: int) -> FloatMatrix:
    """Return the centres of the clusters; none where there is but one.

    A cluster of too few rows to measure is given up; its rows go to the nearest of the others.
    """
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    if len(points) > _MAX_ROWS:
        rng = numpy_generator(seed, "sub-groups")
        points = points[np.sort(rng.choice(len(points), _MAX_ROWS, replace=False))]
    n_measurable = int(0.5 / smallest)  # clusters are of unequal size: twice the least on average
    n_distinct = len(np.unique(points, axis=0))
    k = min(len(points) // ROWS_PER_CLUSTER, n_measurable, N_CLUSTERS, n_distinct)
    if k < 2:
        return points[:0]
    with threadpool_limits(limits=1):  # threads would each sum a part of a cluster
        found = KMeans(k, n_init=3, random_state=derive_seed(seed, "k-means")).fit(points)
    centers: FloatMatrix = found.cluster_centers_
    counts = np.bincount(found.labels_, minlength=k)
    large = counts >= max(ROWS_PER_CLUSTER - 2, smallest * len(points))
    return centers[large] if large.sum() > 1 else centers[:0]


def _levels(table: pd.DataFrame, smallest: float) -> dict[Any, list[Level]]:
    """Return by column the levels that hold enough of the class, but not all of it."""
    found: dict[Any, list[Level]] = {}
    for name in table.columns:
        values = table[name]
        column = Column.of(values)
        categorical = column.modelled_as(values) == "categorical"
        if not categorical and not values.isna().any():
            continue
        counts = column.level_counts(values)
        levels = [
            level
            for level, count in counts
            if smallest <= count / len(table) < 1 and (categorical or level == MISSING)
        ]
        if levels:
            found[name] = levels
    return found


def _marks(table: pd.DataFrame, inside: NDArray[np.bool_]) -> list[str]:
    """Say by what a cluster differs most from the whole class: two columns at most."""
    found: list[tuple[float, str]] = []
    for name in table.columns:
        values = table[name]
        column = Column.of(values)
        kind = column.modelled_as(values)
        if kind == "categorical":
            level, count = column.level_counts(values[inside])[0]
            here = count / inside.sum()
            everywhere = dict(column.level_counts(values))[level] / len(values)
            text = f"{_short(name)} = {_level_name(level)} ({here:.0%}, class {everywhere:.0%})"
            found.append((2 * abs(here - everywhere), text))
        elif kind == "numeric":
            x = column.numbers(values)
            spread = np.nanstd(x) if not np.isnan(x).all() else 0.0
            if not spread > 0 or np.isnan(x[inside]).all():
                continue
            here, all_ = np.nanmedian(x[inside]), np.nanmedian(x)
            text = f"{_short(name)} about {_number(column, here)} (class {_number(column, all_)})"
            found.append((float(abs(here - all_) / spread), text))
    return [text for size, text in sorted(found, key=lambda pair: -pair[0])[:2] if size > 0]


def _number(column: Column, value: float) -> str:
    if column.kind == "numeric":
        return f"{value:.4g}"
    return _short(column.from_numbers(np.array([value])).iloc[0])


def _level_name(level: Level) -> str:
    return "missing" if level == MISSING else _short(level[1])


def _short(text: Any) -> str:
    text = str(text)
    return text if len(text) <= _MAX_TEXT else f"{text[: _MAX_TEXT - 1]}…"
