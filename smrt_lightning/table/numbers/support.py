"""The support of a numeric column: point masses, the stretches between gaps, and a step.

A support is learned from a whole table, and then narrowed to one class: the class's own range,
those masses that its rows have, and its own step, few values and masses where its rows show them.
So a class's model takes from the rest of the table no more than this: which of its values are
masses, where inside its range there are gaps, and the step of its values.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.table.columns import is_time
from smrt_lightning.table.numbers import spread
from smrt_lightning.table.numbers.native import Clock, Native, from_native, to_native
from smrt_lightning.table.numbers.scale import Scale

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class NumberSupport:
    """The values that a column can hold.

    Attributes
    ----------
    scale : Scale
        Counts the values that are no masses.
    masses : ndarray of shape (n_masses,), int64 or float64
        Values that many rows share, as :func:`~.native.to_native` gives them.
    shares : tuple of float
        The share of the rows that each mass holds.
    stretches : ndarray of shape (n_stretches, 2)
        First and last tick of each stretch that the other values fill.
    least, largest : int or float
        The range of the other values, exactly.
    clock : {"utc", "wall"}
        See :mod:`~.native`.
    """

    scale: Scale
    masses: Native
    shares: tuple[float, ...]
    stretches: Floats
    least: int | float
    largest: int | float
    clock: Clock = "utc"

    @classmethod
    def learn(cls, column: pd.Series, *, free: bool = False, masses: bool = True) -> Self | None:
        """Learn the support of a column from its rows; None where no value is seen.

        Parameters
        ----------
        column : Series of numbers, times or durations
        free : bool
            Whether to take nothing but the range and what the dtype imposes.
        masses : bool
            Whether to look for point masses.
        """
        utc = cls._learn(column, "utc", free, masses)
        if utc is None or getattr(column.dtype, "tz", None) is None:
            return utc
        wall = cls._learn(column, "wall", free, masses)
        if wall is None or utc.scale.calendar != "none":
            return utc
        coarser = wall.scale.calendar != "none" or wall.scale.unit > utc.scale.unit
        return wall if coarser else utc

    @classmethod
    def _learn(cls, column: pd.Series, clock: Clock, free: bool, masses: bool) -> Self | None:
        native, missing = to_native(column, clock)
        values, counts = np.unique(native[~missing], return_counts=True)
        if len(values) == 0:
            return None
        heavy = np.zeros(len(values), dtype=bool)
        if masses and not free:
            heavy = spread.point_masses(counts)
        return cls._of(values, counts, heavy, column.dtype, clock, free)

    @classmethod
    def _of(
        cls, values: Native, counts: Ints, heavy: Any, dtype: Any, clock: Clock, free: bool
    ) -> Self:
        rest = values[~heavy]
        scale = Scale.learn(rest, dtype, free=free)
        stretches = spread.segments(scale.to_ticks(rest), counts[~heavy], gaps=not free)
        shares = tuple((counts[heavy] / counts.sum()).tolist())
        least, largest = rest[0].item(), rest[-1].item()
        return cls(scale, values[heavy], shares, stretches, least, largest, clock)

    def within(self, column: pd.Series) -> Self:
        """Narrow a table's support to the rows of one class, which must be of that table."""
        native, missing = to_native(column, self.clock)
        values, counts = np.unique(native[~missing], return_counts=True)
        heavy = spread.point_masses(counts) | np.isin(values, self.masses)
        if heavy.all():  # every value is a mass: the rarest stands for the rest
            heavy[np.argmin(counts)] = False
        own = self._of(values, counts, heavy, column.dtype, self.clock, False)
        rest = values[~heavy]
        coarser = own.scale.coarser_than(self.scale, len(rest))
        scale = own.scale if coarser else self.scale.starting_at(rest[:1])
        if (own.stretches[:, 0] == own.stretches[:, 1]).all() and len(rest) > 1:  # few values
            return replace(own, scale=scale, stretches=scale.to_ticks(rest)[:, None].repeat(2, 1))
        ends = scale.to_ticks(self.scale.from_ticks(self.stretches.ravel(), values)).reshape(-1, 2)
        if scale.stepped:
            ends = np.stack([np.ceil(ends[:, 0]), np.floor(ends[:, 1])], axis=1)
        low, high = scale.to_ticks(rest[[0, -1]])
        ends = np.stack([np.maximum(ends[:, 0], low), np.minimum(ends[:, 1], high)], axis=1)
        filled = ends[ends[:, 0] <= ends[:, 1]]
        if len(filled) == 0:  # the rarest mass that stands for the rest lies on no stretch
            filled = np.array([[low, high]])
        return replace(
            own, scale=scale, stretches=filled if len(filled) else np.array([[low, high]])
        )

    def to_dict(self) -> dict[str, Any]:
        """Return all of it in plain values."""
        ends = {"least": self.least, "largest": self.largest, "clock": self.clock}
        arrays = {"masses": self.masses.tolist(), "stretches": self.stretches.tolist()}
        return {**vars(self.scale), **ends, **arrays, "shares": list(self.shares)}

    @property
    def n_masses(self) -> int:
        """The number of point masses."""
        return len(self.masses)

    def read(self, column: pd.Series) -> tuple[Native, NDArray[np.bool_]]:
        """Return a column's values and where they are missing; see :func:`~.native.to_native`."""
        native, missing = to_native(column, self.clock)
        if native.dtype != self.masses.dtype:  # a whole column came as floats, or the other way
            native = native.astype(self.masses.dtype)
        return native, missing

    def write(self, values: Native, missing: NDArray[np.bool_], dtype: Any) -> pd.Series:
        """Return the column of some values; see :func:`~.native.from_native`."""
        return from_native(values, missing, dtype, self.clock)

    def mass_of(self, values: Native) -> Ints:
        """Return which mass each value is, from 1; 0 for none."""
        if not self.n_masses:
            return np.zeros(len(values), dtype=np.int64)
        at = np.minimum(np.searchsorted(self.masses, values), self.n_masses - 1)
        return np.where(self.masses[at] == values, at + 1, 0)

    def beyond(self, column: pd.Series) -> NDArray[np.bool_]:
        """Tell which values are outside the range of the values and masses."""
        native, missing = self.read(column)
        ends = [self.least, self.largest, *self.masses.tolist()]
        return np.asarray(~missing & ((native < min(ends)) | (native > max(ends))))

    def settle(self, ticks: Floats, side: str = "nearest") -> Native:
        """Return the nearest value that is no mass to each tick ("down", "up": on that side)."""
        if side == "nearest":
            whole = np.round(ticks) if self.scale.stepped else ticks
            on = spread.nearest(whole, self.stretches)
        elif side == "down":
            whole = np.floor(ticks + _SLACK) if self.scale.stepped else ticks
            on = spread.not_above(whole, self.stretches)
        else:
            whole = np.ceil(ticks - _SLACK) if self.scale.stepped else ticks
            on = spread.not_below(whole, self.stretches)
        on = np.clip(on, self.stretches[0, 0], self.stretches[-1, 1])
        values = self.scale.from_ticks(on, self.masses)
        return np.asarray(np.clip(values, self.least, self.largest))

    def project(self, values: Native, side: str = "nearest") -> Native:
        """Return the nearest value that the column can hold ("down", "up": on that side).

        Where there is none on that side, the last one on the other.
        """
        ticks = self.scale.to_ticks(values)
        settled = self.settle(ticks, side)
        if values.dtype == np.int64 or self.scale.decimals is None:
            # Ticks can be coarser than values: those that are right stay as they are.
            right = self.scale.keeps(values, ticks) & (values >= self.least)
            right &= (values <= self.largest) & (spread.nearest(ticks, self.stretches) == ticks)
            settled = np.where(right, values, settled)
        if not self.n_masses:
            return settled
        if side == "nearest":
            at = np.searchsorted(self.masses, values)
            near = [self.masses[np.clip(at + d, 0, self.n_masses - 1)] for d in (-1, 0)]
        else:
            last = np.searchsorted(self.masses, values, side="right" if side == "down" else "left")
            near = [self.masses[np.clip(last - (side == "down"), 0, self.n_masses - 1)]]
        best = settled
        for mass in near:
            best = np.where(_better(mass, best, values, side), mass, best)
        return np.asarray(best)

    def describe(self, dtype: Any) -> str:
        """Say in words what was recognised; nothing for numbers that are like any."""
        said = []
        if self.n_masses:
            order = np.argsort(self.shares)[::-1]
            shown = self._words(self.masses[order], dtype)
            said += [f"{self.shares[i]:.0%} are {v}" for i, v in zip(order, shown, strict=True)]
        step = self.scale.describe()
        if step:
            said.append(step)
        flat = self.stretches[:, 0] == self.stretches[:, 1]
        if flat.all() and len(flat) > 1:
            said.append(f"no values but the {len(flat)} seen")
        elif len(flat) > 1:
            ends = np.stack([self.stretches[:-1, 1], self.stretches[1:, 0]], axis=1)
            words = self._words(self.settle(ends.ravel()), dtype)
            gaps = [f"{a} and {b}" for a, b in zip(words[::2], words[1::2], strict=True)]
            more = f", and {len(gaps) - 3} more gaps" if len(gaps) > 3 else ""
            said.append(f"nothing between {', '.join(gaps[:3])}{more}")
        return "; ".join(said)

    def _words(self, values: Native, dtype: Any) -> list[str]:
        """Return values as a person writes them."""
        column = self.write(values, np.zeros(len(values), dtype=bool), dtype)
        if is_time(dtype):
            return [str(value) for value in column]
        return [f"{value:,}" if abs(value) < 1e15 else f"{value}" for value in column.tolist()]


_SLACK = 1e-6


def _better(one: Native, other: Native, values: Native, side: str) -> NDArray[np.bool_]:
    """Tell where one candidate is nearer to the values than another, and on the right side."""
    ours, theirs = one.astype(np.float64) / 4, other.astype(np.float64) / 4
    at = values.astype(np.float64) / 4  # differences of the largest doubles stay finite
    nearer = (np.abs(ours - at) < np.abs(theirs - at)) | ((one == values) & (other != values))
    if side == "nearest":
        return np.asarray(nearer)
    wrong = (one > values, other > values) if side == "down" else (one < values, other < values)
    return np.asarray(np.where(wrong[0] == wrong[1], nearer, wrong[1]))
