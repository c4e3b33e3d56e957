"""The coordinates in which rows are compared.

A number is standardised, so that no column outweighs another for its unit; a level is a corner of
a simplex, one apart from every other level.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from scipy.special import ndtri

from smrt_lightning.table.columns import Column, FloatArray, IntArray, Level
from smrt_lightning.table.numbers.curves import on_curve

_CORNER = 1.0 / np.sqrt(2.0)
Scale = Literal["standard", "quantile", "raw"]


@dataclass(frozen=True)
class Quantiles:
    """Numbers → standard scores of their Gaussian quantiles.

    A value x with mid-rank p among the fitted ones has the score (Φ⁻¹(p) − m) / s, with m and s
    the mean and standard deviation of Φ⁻¹(p); between two values the map is linear.

    Attributes
    ----------
    values, scores : ndarray of shape (n_values,)
        Distinct values, increasing, and their scores.
    """

    values: FloatArray
    scores: FloatArray

    @classmethod
    def fit(cls, x: FloatArray) -> Self:
        """Learn the scores of x, shape (n_rows,); missing values are left out."""
        values, counts = np.unique(x[~np.isnan(x)], return_counts=True)
        if len(values) == 0:
            return cls(np.zeros(1), np.zeros(1))
        z = ndtri((np.cumsum(counts) - 0.5 * counts) / counts.sum())
        center = np.average(z, weights=counts)
        spread = np.sqrt(np.average((z - center) ** 2, weights=counts)) or 1.0
        return cls(values, (z - center) / spread)

    def __call__(self, x: FloatArray) -> FloatArray:
        """Return the score of each number; a missing one stands at the mean, 0."""
        return np.nan_to_num(on_curve(x, self.values, self.scores))


@dataclass(frozen=True)
class Standard:
    """Numbers → standard scores within ±1e30; a missing one stands at the median.

    The moments are those of x · unit, a power of two that keeps squares within a double.
    """

    median: float
    center: float
    spread: float
    unit: float = 1.0

    @classmethod
    def fit(cls, x: FloatArray) -> Self:
        """Learn the centre and the spread of x, shape (n_rows,)."""
        largest = float(np.nanmax(np.abs(x))) if not np.isnan(x).all() else 0.0
        ordinary = largest == 0 or 1e-100 < largest < 1e100
        unit = 1.0 if ordinary else 2.0 ** -np.clip(np.frexp(largest)[1], -1000, 1000)
        x = x * unit
        median = float(np.nanmedian(x)) if not np.isnan(x).all() else 0.0
        filled = np.where(np.isnan(x), median, x)
        # Rounding leaves a constant a spread of some 1e-17, which would be blown up to 1.
        spread = float(filled.std()) if len(x) and np.ptp(filled) > 0 else 1.0
        return cls(median, float(filled.mean()) if len(x) else 0.0, spread or 1.0, unit)

    def __call__(self, x: FloatArray) -> FloatArray:
        """Return the score of each number."""
        with np.errstate(over="ignore"):
            filled = np.where(np.isnan(x), self.median, x * self.unit)
            # Forests hold scores in float32, and neighbours square them.
            return np.clip((filled - self.center) / self.spread, -1e30, 1e30)

    def inverse(self, scores: FloatArray) -> FloatArray:
        """Return the number of each score."""
        return np.asarray((scores * self.spread + self.center) / self.unit)


class Raw:
    """Numbers as they are, missing ones too."""

    @classmethod
    def fit(cls, x: FloatArray) -> Self:
        """Learn nothing."""
        return cls()

    def __call__(self, x: FloatArray) -> FloatArray:
        """Return the numbers."""
        return x

    def inverse(self, x: FloatArray) -> FloatArray:
        """Return the numbers."""
        return x


_SCALES: dict[Scale, Any] = {"standard": Standard, "quantile": Quantiles, "raw": Raw}


class Space:
    """Coordinates of the rows of a table, fitted on some of them.

    Parameters
    ----------
    frame : DataFrame, shape (n, d)
        Rows that give scales and levels.
    scale : {"standard", "quantile", "raw"}
        Standard scores of the numbers and times themselves, or of their Gaussian quantiles, which
        no tail decides; or the numbers as they are.
    max_levels : int, optional
        The most frequent levels of a column have a corner, all of them by default; the others
        stand in the middle. A missing level is a level of its own.
    kinds : mapping of column name to {"numeric", "categorical"}, optional
        Columns that are not what they look like.

    Attributes
    ----------
    number_names, level_names : list
        Columns with an order, and columns of levels. Numbers come first in the coordinates.
    """

    def __init__(
        self,
        frame: pd.DataFrame,
        scale: Scale = "standard",
        *,
        max_levels: int | None = None,
        kinds: Mapping[Any, str] | None = None,
    ) -> None:
        asked = kinds or {}
        self._columns = {name: Column.of(frame[name], asked.get(name)) for name in frame.columns}
        self.number_names = [name for name, column in self._columns.items() if column.measured]
        self.level_names = [name for name, column in self._columns.items() if not column.measured]
        fit = _SCALES[scale].fit
        self._scales = [fit(self._columns[n].numbers(frame[n])) for n in self.number_names]
        self._levels: list[list[Level]] = []
        for name in self.level_names:
            counts = self._columns[name].level_counts(frame[name])
            self._levels.append([level for level, _ in counts[:max_levels]])

    @property
    def level_counts(self) -> list[int]:
        """Number of levels of each column of levels."""
        return [len(levels) for levels in self._levels]

    @property
    def width(self) -> int:
        """The number of coordinates."""
        return len(self.number_names) + sum(self.level_counts)

    def numbers(self, frame: pd.DataFrame) -> FloatArray:
        """Return the scores of numbers and times, shape (n, d_numbers), without NaN."""
        found = np.empty((len(frame), len(self.number_names)))
        for at, (name, scale) in enumerate(zip(self.number_names, self._scales, strict=True)):
            found[:, at] = scale(self._columns[name].numbers(frame[name]))
        return found

    def codes(self, frame: pd.DataFrame) -> IntArray:
        """Return the level codes, shape (n, d_levels); −1 for a level without a corner."""
        found = np.empty((len(frame), len(self.level_names)), dtype=np.int64)
        for at, (name, levels) in enumerate(zip(self.level_names, self._levels, strict=True)):
            found[:, at] = self._columns[name].codes(frame[name], levels)
        return found

    def corners(self, codes: IntArray) -> FloatArray:
        """Return the one-hot form of level codes, scaled so that two levels are 1 apart."""
        blocks = np.zeros((len(codes), sum(self.level_counts)))
        starts = np.cumsum([0, *self.level_counts])
        for at, start in enumerate(starts[:-1]):
            hit = np.flatnonzero(codes[:, at] >= 0)
            blocks[hit, start + codes[hit, at]] = _CORNER
        return blocks

    def transform(self, frame: pd.DataFrame) -> FloatArray:
        """Return numbers and corners side by side, shape (n, width)."""
        return np.hstack([self.numbers(frame), self.corners(self.codes(frame))])

    def inverse(self, points: FloatArray) -> pd.DataFrame:
        """Return rows in original units: numbers rescaled, each level the nearest corner."""
        n_numbers = len(self.number_names)
        codes = np.empty((len(points), len(self.level_names)), dtype=np.int64)
        starts = n_numbers + np.cumsum([0, *self.level_counts])
        for at, start in enumerate(starts[:-1]):
            codes[:, at] = points[:, start : starts[at + 1]].argmax(axis=1)
        return self.assemble(points[:, :n_numbers], codes)

    def assemble(self, numbers: FloatArray, codes: IntArray) -> pd.DataFrame:
        """Return rows in original units and dtypes from standard scores and level codes."""
        columns: dict[Any, pd.Series] = {}
        for at, (name, scale) in enumerate(zip(self.number_names, self._scales, strict=True)):
            columns[name] = self._columns[name].from_numbers(scale.inverse(numbers[:, at]))
        for at, (name, levels) in enumerate(zip(self.level_names, self._levels, strict=True)):
            columns[name] = self._columns[name].from_codes(codes[:, at], levels)
        return pd.DataFrame({name: columns[name] for name in self._columns})
