"""One column of one class ⇄ numbers a network can learn.

A numeric column (also booleans' 0/1 twins, dates and durations) becomes Gaussian quantiles; a
categorical one becomes a block of level probabilities. Each codec remembers the *support* of the
column (its range, decimals, levels, dtype), so that a decoded value is one the column could hold.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from smrt_lightning.table.columns import (
    MAX_LEVELS,
    FloatArray,
    IntArray,
    is_time,
    nanoseconds,
    to_float,
)

MAX_KNOTS = 1000
FEW_VALUES = 20
_MAX_DECIMALS = 8
_TIME_UNITS = (86_400 * 10**9, 3_600 * 10**9, 60 * 10**9, 10**9, 10**6, 10**3, 1)


def _decimals(values: FloatArray, dtype: Any) -> int | None:
    """Count the decimals that write every value exactly, or None if more than eight."""
    if pd.api.types.is_integer_dtype(dtype):
        return 0
    name = str(dtype).lower()
    single = np.dtype(name if name in ("float16", "float32") else "float64")
    sample = values.astype(single)
    for decimals in range(_MAX_DECIMALS + 1):
        if np.array_equal(np.round(values, decimals).astype(single), sample):
            return decimals
    return None


def _ticks(column: pd.Series, origin: int, unit: int) -> FloatArray:
    """Return a time column as float64 units of so many nanoseconds since an origin."""
    stamps, missing = nanoseconds(column)
    # Not (stamps - origin) / unit: over 292 years the difference would overflow.
    whole = stamps // unit - origin // unit
    ticks = whole + (stamps % unit - origin % unit) / unit
    ticks[missing] = np.nan
    return np.asarray(ticks, dtype=np.float64)


def _time_grid(column: pd.Series) -> tuple[int, int]:
    """Return the earliest value and the coarsest unit in which all are whole, in nanoseconds."""
    stamps, missing = nanoseconds(column)
    seen = stamps[~missing]
    origin = int(seen.min())
    unit = next(u for u in _TIME_UNITS if np.all(seen % u == origin % u))
    return origin, unit


@dataclass(frozen=True)
class NumericColumn:
    """Numbers ⇄ standardised Gaussian quantiles of the class's own values.

    A value x with mid-rank p among the class's values is coded as (Φ⁻¹(p) − m) / s, where m and
    s are the mean and standard deviation of Φ⁻¹(p) over the rows; between knots the map is
    linear. Decoding inverts it and returns to the support: within the seen range, on the seen
    levels if they are few, rounded to the seen decimals.

    Attributes
    ----------
    values, quantiles : ndarray of shape (n_knots,)
        The knots of the map, both increasing.
    center, scale : float
        m and s above.
    decimals : int or None
        Decimals that write every seen value; None when they need more than eight.
    snap : bool
        Whether decoded values return to one of ``values``.
    origin, unit : int
        For times: the earliest, and the coarsest unit since it in which all seen ones are whole,
        in nanoseconds; ``values`` count such units. 0 for numbers.
    """

    values: FloatArray
    quantiles: FloatArray
    center: float
    scale: float
    decimals: int | None
    snap: bool
    origin: int = 0
    unit: int = 0

    @classmethod
    def fit(cls, column: pd.Series) -> Self:
        """Learn the quantiles and the support from the non-missing values of one class."""
        time = is_time(column.dtype)
        origin, unit = _time_grid(column) if time else (0, 0)
        x = _ticks(column, origin, unit) if time else to_float(column)
        x = x[~np.isnan(x)]
        values, counts = np.unique(x, return_counts=True)
        ranks = (np.cumsum(counts) - 0.5 * counts) / len(x)
        quantiles = ndtri(ranks)
        center = float(np.average(quantiles, weights=counts))
        scale = float(np.sqrt(np.average((quantiles - center) ** 2, weights=counts))) or 1.0
        decimals = 0 if time else _decimals(values, column.dtype)
        snap = not time and len(values) <= min(FEW_VALUES, len(x) // 2)
        if len(values) > MAX_KNOTS:
            keep = np.linspace(0, len(values) - 1, MAX_KNOTS).round().astype(np.int64)
            values, quantiles = values[keep], quantiles[keep]
        return cls(values, quantiles, center, scale, decimals, snap, origin, unit)

    def encode(self, column: pd.Series) -> FloatArray:
        """Return coded values, shape (n_rows,); missing values are coded as 0, the mean."""
        x = _ticks(column, self.origin, self.unit) if self.unit else to_float(column)
        return np.where(np.isnan(x), 0.0, self._to_codes(x))

    def decode(self, coded: FloatArray) -> FloatArray:
        """Return values (for times: units since the origin) on the support, shape (n_rows,)."""
        if self.snap:
            middle = (self.quantiles[1:] + self.quantiles[:-1]) / 2
            return self.values[np.searchsorted(middle, coded * self.scale + self.center)]
        x = self._to_values(coded)
        if self.decimals is not None:
            x = np.clip(np.round(x, self.decimals), self.values[0], self.values[-1])
        return np.asarray(x)

    def between(self, start: FloatArray, stop: FloatArray, step: FloatArray) -> FloatArray:
        """Return the codes of values on the straight line between the values of two codes."""
        first, last = self._to_values(start), self._to_values(stop)
        return self._to_codes(first + step * (last - first))

    def _to_codes(self, x: FloatArray) -> FloatArray:
        z = np.interp(x, self.values, self.quantiles)
        return np.asarray((z - self.center) / self.scale)

    def _to_values(self, coded: FloatArray) -> FloatArray:
        z = coded * self.scale + self.center
        return np.asarray(np.interp(z, self.quantiles, self.values))


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
