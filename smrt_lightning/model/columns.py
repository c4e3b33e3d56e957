"""One column of one class ⇄ numbers a network can learn.

A numeric column (also dates and durations) becomes Gaussian quantiles, and beside them a block that
says which point mass a value is, or none; a categorical column becomes a block of level
probabilities. Each codec knows the *support* of its column, so that a decoded value is one the
column could hold.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from smrt_lightning.table.columns import MAX_LEVELS, FloatArray, IntArray
from smrt_lightning.table.numbers.curves import on_curve
from smrt_lightning.table.numbers.native import Native
from smrt_lightning.table.numbers.support import NumberSupport

MAX_KNOTS = 1000


@dataclass(frozen=True)
class NumericColumn:
    """Numbers ⇄ which point mass, or a standardised Gaussian quantile of the class's own values.

    A value that is no mass and has the mid-rank p among those of the class is coded as
    (Φ⁻¹(p) − m) / s, where m and s are the mean and standard deviation of Φ⁻¹(p) over the rows;
    between knots the map is linear. Decoding inverts it and returns to the support.

    Attributes
    ----------
    support : NumberSupport
        The masses, stretches and step of the column in the class.
    ticks, quantiles : ndarray of shape (n_knots,)
        The knots of the map, both increasing; ticks are those of the support's scale. Where
        values repeat, knots also stand half-way between two values, at the share of the rows
        below: a value then comes back as often as it was seen.
    center, scale : float
        m and s above.
    """

    support: NumberSupport
    ticks: FloatArray
    quantiles: FloatArray
    center: float
    scale: float

    def __post_init__(self) -> None:
        """Refuse what no column leaves behind; a stored model can say anything.

        Raises
        ------
        ValueError
            If the arrays or numbers do not fit together.
        """
        knots, stretches = np.stack([self.ticks, self.quantiles]), self.support.stretches
        ends = stretches.ravel()
        if not (
            knots.shape[1] > 0
            and np.isfinite(knots).all()
            and (np.diff(knots) > 0).all()
            and stretches.shape == (len(stretches), 2)
            and len(stretches) > 0
            and np.isfinite(ends).all()
            and (np.diff(ends) >= 0).all()
            and np.isfinite([self.center, self.scale, *self._scale_numbers()]).all()
            and self.scale > 0
            and self.support.scale.shrink > 0
            and self.support.scale.unit > 0
            and self.support.least <= self.support.largest
            and np.isfinite(self.support.masses).all()
            and len(self.support.masses) == len(self.support.shares)
        ):
            raise ValueError("these are no knots of a numeric column")

    def _scale_numbers(self) -> tuple[float, ...]:
        scale, support = self.support.scale, self.support
        ends = float(support.least), float(support.largest)
        return scale.start, scale.step, scale.shrink, *ends

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays of the codec and its support by name."""
        return {
            "ticks": self.ticks,
            "quantiles": self.quantiles,
            "masses": self.support.masses,
            "stretches": self.support.stretches,
        }

    @classmethod
    def fit(
        cls,
        column: pd.Series,
        table: NumberSupport | None = None,
        *,
        free: bool = False,
        masses: bool = True,
    ) -> Self:
        """Learn the quantiles and the support from the values of one class, one at least.

        Parameters
        ----------
        column : Series
            The rows of the class.
        table : NumberSupport, optional
            What the whole table shows of the column; see :meth:`NumberSupport.within`.
        free : bool
            Whether any value in the class's range is taken for possible.
        masses : bool
            Whether point masses are told apart; else they are quantiles like other values.
        """
        if free or not masses or table is None:
            learned = NumberSupport.learn(column, free=free, masses=masses)
            assert learned is not None, "a column without values is constant"
            support = learned
        else:
            support = table.within(column)
        native, missing = support.read(column)
        rest = native[~missing & (support.mass_of(native) == 0)]
        ticks, counts = np.unique(support.scale.to_ticks(rest), return_counts=True)
        below = np.cumsum(counts) - counts
        quantiles = ndtri((below + 0.5 * counts) / len(rest))
        center = float(np.average(quantiles, weights=counts))
        scale = float(np.sqrt(np.average((quantiles - center) ** 2, weights=counts))) or 1.0
        if len(ticks) > MAX_KNOTS:
            keep = np.linspace(0, len(ticks) - 1, MAX_KNOTS).round().astype(np.int64)
            ticks, quantiles = ticks[keep], quantiles[keep]
        else:
            ticks, quantiles = _with_edges(ticks, quantiles, counts)
        return cls(support, ticks, quantiles, center, scale)

    @classmethod
    def constant(cls, column: pd.Series, table: NumberSupport | None = None) -> Self:
        """Learn the support of a column with one value, which sums with other columns need."""
        learned = NumberSupport.learn(column) if table is None else table.within(column)
        assert learned is not None, "a column without values has no support"
        native, missing = learned.read(column)
        ticks = learned.scale.to_ticks(native[~missing][:1])
        return cls(learned, ticks, np.zeros(1), 0.0, 1.0)

    def encode(self, column: pd.Series) -> tuple[FloatArray, IntArray]:
        """Return codes and places, both of shape (n_rows,).

        A place is 0 for a value that is no mass, the number of the mass from 1, −1 for a missing
        value; where it is not 0 the code is 0, the mean.
        """
        native, missing = self.support.read(column)
        places = np.where(missing, -1, self.support.mass_of(native))
        codes = self._to_codes(self.support.scale.to_ticks(native))
        return np.where(places == 0, codes, 0.0), places

    def decode(self, codes: FloatArray, places: IntArray) -> Native:
        """Return values of the support for codes and places (−1 as 0), shape (n_rows,).

        A code beyond the range of the class is reflected at its end: cut off, such values would
        all be the class's smallest or largest one.
        """
        values = self.support.settle(self._to_ticks(self._reflected(codes)))
        heavy = np.flatnonzero(places > 0)
        values[heavy] = self.support.masses[places[heavy] - 1]
        return values

    def between(self, start: FloatArray, stop: FloatArray, step: FloatArray) -> FloatArray:
        """Return the codes of values on the straight line between the values of two codes."""
        first, last = self._to_ticks(start), self._to_ticks(stop)
        return self._to_codes(first + step * (last - first))

    def _reflected(self, codes: FloatArray) -> FloatArray:
        """Return codes within the range; an end that several rows share keeps what lies beyond.

        Where one row alone has the largest value, its quantile has half a row above it and the
        next knot one row and a half; where several have it, the knot at its edge has twice.
        """
        if len(self.quantiles) < 3:
            return codes
        ends = (self.quantiles[[0, -1]] - self.center) / self.scale
        above = ndtr(np.stack([self.quantiles[:2], -self.quantiles[:-3:-1]]))  # outermost first
        alone = above[:, 1] > 2.5 * above[:, 0]
        if alone[0]:
            codes = np.where(codes < ends[0], np.minimum(2 * ends[0] - codes, ends[1]), codes)
        if alone[1]:
            codes = np.where(codes > ends[1], np.maximum(2 * ends[1] - codes, ends[0]), codes)
        return codes

    def _to_codes(self, ticks: FloatArray) -> FloatArray:
        z = on_curve(ticks, self.ticks, self.quantiles)
        return np.asarray((z - self.center) / self.scale)

    def _to_ticks(self, coded: FloatArray) -> FloatArray:
        z = coded * self.scale + self.center
        return on_curve(z, self.quantiles, self.ticks)


def _with_edges(
    ticks: FloatArray, quantiles: FloatArray, counts: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Add knots half-way between neighbours of which one was seen more than once."""
    repeated = np.maximum(counts[1:], counts[:-1]) > 1
    middle = ticks[:-1] + (ticks[1:] - ticks[:-1]) / 2
    between = (ticks[:-1] < middle) & (middle < ticks[1:])  # unless rounded to either
    at = np.flatnonzero(repeated & between) + 1
    edges = ndtri(np.cumsum(counts)[at - 1] / counts.sum())
    halves = middle[at - 1]
    return np.insert(ticks, at, halves), np.insert(quantiles, at, edges)


@dataclass(frozen=True)
class CategoricalColumn:
    """Levels ⇄ a block of probabilities.

    At most ``max_levels`` levels get a place of their own; the rarest share one place, and a
    drawn "one of the rare" is then drawn among them by their frequency in the class.

    Attributes
    ----------
    levels : list
        The levels with a place of their own, most frequent first.
    rare, rare_counts : list, list of int
        The levels that share the last place, and how often each was seen.
    """

    levels: list[Any]
    rare: list[Any] = field(default_factory=list)
    rare_counts: list[int] = field(default_factory=list)

    @classmethod
    def fit(cls, column: pd.Series, max_levels: int = MAX_LEVELS) -> Self:
        """Learn the levels of one class's non-missing values, most frequent first."""
        counts = column.dropna().value_counts(sort=False)
        counts = counts[counts > 0]
        ordered = sorted(counts.items(), key=lambda item: (-int(item[1]), _sort_key(item[0])))
        if len(ordered) <= max_levels:
            return cls([level for level, _ in ordered])
        head, tail = ordered[: max_levels - 1], ordered[max_levels - 1 :]
        return cls(
            [level for level, _ in head],
            [level for level, _ in tail],
            [int(count) for _, count in tail],
        )

    @property
    def size(self) -> int:
        """The number of places."""
        return len(self.levels) + bool(self.rare)

    def encode(self, column: pd.Series) -> IntArray:
        """Return the place of each value, shape (n_rows,); -1 for missing and unseen levels."""
        places = {level: place for place, level in enumerate(self.levels)}
        places |= dict.fromkeys(self.rare, len(self.levels))
        return np.fromiter(
            (-1 if pd.isna(v) else places.get(v, -1) for v in column.to_numpy(dtype=object)),
            dtype=np.int64,
            count=len(column),
        )

    def decode(self, places: IntArray, rng: np.random.Generator) -> NDArray[np.object_]:
        """Return a level for each place, shape (n_rows,) of objects."""
        table = np.empty(self.size, dtype=object)
        table[: len(self.levels)] = self.levels
        drawn = table[places]
        if self.rare:
            hit = np.flatnonzero(places == len(self.levels))
            weights = np.asarray(self.rare_counts, dtype=np.float64)
            chosen = rng.choice(len(self.rare), size=len(hit), p=weights / weights.sum())
            for row, level in zip(hit, chosen, strict=True):
                drawn[row] = self.rare[level]
        return drawn


def _sort_key(level: Any) -> tuple[str, str]:
    """Order levels of any types, so that the order of the rows never shows in the codec."""
    return type(level).__name__, str(level)
