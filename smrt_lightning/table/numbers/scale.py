"""The scale of a column: its values ⇄ ticks, whole numbers wherever the column keeps a step.

A step may be a number (500, 0.05), a unit of time (a day, a quarter of an hour), a calendar month,
or a date or time of day written as a number (YYYYMMDD, YYYYMM, HHMM). A step is believed where
chance would hardly give it: m values share a divisor s by chance with probability s^−(m−1).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from smrt_lightning.table.columns import is_time
from smrt_lightning.table.numbers.dates import (
    DAY,
    Calendar,
    by_month,
    from_yyyymmdd,
    month_start,
    months,
    to_yyyymmdd,
)
from smrt_lightning.table.numbers.native import Native
from smrt_lightning.table.numbers.steps import (
    CHANCE,
    FEW_STEPS,
    decimals_of,
    float_step,
    whole_step,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Written = Literal["number", "time", "yyyymmdd", "yyyymm", "hhmm"]

_TIME_UNITS = (DAY, 3_600 * 10**9, 60 * 10**9, 10**9, 10**6, 10**3, 1)
_FEW_DATES, _FEW_MONTHS, _FEW_TIMES = 6, 8, 30
_EXACT = 2**53
_ROUNDING = 1e-3


@dataclass(frozen=True)
class Scale:
    """The scale on which the values of a column are counted.

    A whole value v (of int64, or k of a float k / 10^decimals) has the tick (v − origin) / unit; a
    float without decimals has the tick (x − start) / step.

    Attributes
    ----------
    written : {"number", "time", "yyyymmdd", "yyyymm", "hhmm"}
        What the values stand for.
    calendar : {"none", "month", "month_end"}
        Whether times are counted in calendar months, from the first or the last instant of one.
    offset : int
        Nanoseconds into the month (or before its end) at which all times stand.
    origin, unit : int
        See above; for times in nanoseconds or months, for HHMM in minutes.
    decimals : int or None
        Of floats; None where eight do not write them.
    start, step : float
        See above; a step of 0 is none: ticks are then the values, made smaller by ``shrink``.
    shrink : float
        A power of two that keeps differences of the largest doubles finite.
    """

    written: Written = "number"
    calendar: Calendar = "none"
    offset: int = 0
    origin: int = 0
    unit: int = 1
    decimals: int | None = 0
    start: float = 0.0
    step: float = 0.0
    shrink: float = 1.0

    @classmethod
    def learn(cls, values: Native, dtype: Any, *, free: bool = False) -> Self:
        """Learn the scale of distinct, sorted values.

        Parameters
        ----------
        values : ndarray of int64 or float64, shape (n_values,)
            Distinct and increasing; may be empty.
        dtype : dtype
            Of the column that they stand in.
        free : bool
            Whether no step is to be looked for beyond what the dtype imposes.
        """
        if len(values) == 0:
            return cls()
        if values.dtype == np.float64:
            name = str(dtype).lower()
            single = np.dtype(name if name in ("float16", "float32") else "float64")
            return cls._of_floats(np.asarray(values, dtype=np.float64), single, free)
        whole = np.asarray(values, dtype=np.int64)
        if is_time(dtype):
            return cls._of_times(whole, not free, dtype.kind == "M")
        if free:
            return cls(origin=int(whole[0]))
        return cls._of_dates(whole) or cls(origin=int(whole[0]), unit=whole_step(whole))

    @classmethod
    def _of_floats(cls, x: Floats, single: Any, free: bool) -> Self:
        largest = float(np.abs(x[[0, -1]]).max())
        shrink = 2.0**-64 if largest > 2.0**900 else 1.0
        decimals = None if free else decimals_of(x, single)
        precise = 0.25 / float(np.finfo(single).eps)
        if decimals is not None and largest * 10**decimals < (precise if decimals else _EXACT):
            k = np.rint(x * 10**decimals).astype(np.int64)
            dated = cls._of_dates(k) if decimals == 0 else None
            return dated or cls(origin=int(k[0]), unit=whole_step(k), decimals=decimals)
        step = 0.0 if free or shrink < 1 else float_step(x, single)
        if step:
            return cls(decimals=None, start=float(x[0]), step=step)
        return cls(decimals=None, shrink=shrink)

    @classmethod
    def _of_times(cls, stamps: Ints, steps: bool, months_too: bool) -> Self:
        if steps and months_too:
            for calendar, count, offsets in by_month(stamps):
                if len(count) >= 4 and np.ptp(offsets) == 0 and np.ptp(count) >= 3:
                    offset, origin = int(offsets[0]), int(count[0])
                    return cls("time", calendar, offset, origin, whole_step(count))
        origin = int(stamps[0])
        unit = next(u for u in _TIME_UNITS if np.all(stamps % u == origin % u))
        whole = stamps // unit - origin // unit
        return cls("time", origin=origin, unit=unit * (whole_step(whole) if steps else 1))

    @classmethod
    def _of_dates(cls, values: Ints) -> Self | None:
        """Recognise dates and times of day that are written as numbers."""
        least, largest, n = int(values[0]), int(values[-1]), len(values)
        if least >= 18_000_101 and largest <= 22_001_231 and n >= _FEW_DATES:
            stamps = from_yyyymmdd(values)
            if np.array_equal(to_yyyymmdd(stamps), values):
                timed = cls._of_times(stamps, True, True)
                return cls("yyyymmdd", timed.calendar, timed.offset, timed.origin, timed.unit)
        if least >= 180_001 and largest <= 220_012 and n >= _FEW_MONTHS:
            month = values % 100
            if ((month >= 1) & (month <= 12)).all() and np.ptp(values // 100) > 0:
                count = values // 100 * 12 + month - 1
                return cls("yyyymm", origin=int(count[0]), unit=whole_step(count))
        late = 1000 <= largest < 2400 and least >= 0 and n >= _FEW_TIMES
        if late and (values % 100 < 60).all():
            minutes = values // 100 * 60 + values % 100
            return cls("hhmm", origin=int(minutes[0]), unit=whole_step(minutes))
        return None

    @property
    def stepped(self) -> bool:
        """Tell whether only whole ticks are values."""
        return self.decimals is not None or self.step > 0

    def starting_at(self, value: Native) -> Self:
        """Return the same scale counted from a value on it, given as an array of one."""
        if self.decimals is None:
            return replace(self, start=float(value[0])) if self.step else self
        whole: Any = value
        if value.dtype == np.float64:
            whole = np.rint(value * 10.0**self.decimals).astype(np.int64)
        counted, _ = self._counted(whole)
        return replace(self, origin=int(counted[0]))

    def coarser_than(self, other: Self, n_values: int) -> bool:
        """Tell whether this scale of so many values has a larger step, and not by chance."""
        if (self.written, self.calendar) != (other.written, other.calendar):
            return self.calendar != "none" and other.calendar == "none"
        mine, theirs = self._size(), other._size()
        if not mine > theirs * 1.001:
            return False
        if theirs == 0:
            return n_values >= FEW_STEPS
        return bool((n_values - 1) * np.log(mine / theirs) >= np.log(CHANCE))

    def _size(self) -> float:
        if self.decimals is None:
            return self.step
        return float(self.unit / 10**self.decimals)

    def describe(self) -> str:
        """Say the step in words; nothing for whole numbers, decimals, days, hours and the like."""
        form = {"yyyymmdd": "dates YYYYMMDD", "yyyymm": "months YYYYMM", "hhmm": "times HHMM"}
        said = form.get(self.written, "")
        if self.calendar != "none" or self.written == "yyyymm":
            end = "ends of months" if self.calendar == "month_end" else "one day of the month"
            steps = f"every {self.unit} months" if self.unit > 1 else ""
            return ", ".join(filter(None, [said or end, steps]))
        if self.step:
            return f"steps of {self.step:g} from {self.start:g}"
        if self.written == "number" and self.unit > 1:
            return f"steps of {self.unit / 10 ** (self.decimals or 0):g}"
        if self.written == "hhmm":
            return f"{said}, every {self.unit} minutes"
        if self.written == "time" and self.unit not in _TIME_UNITS:
            return f"steps of {_length(self.unit)}"
        return said

    def to_ticks(self, values: Native) -> Floats:
        """Return the tick of each value, shape (n_values,); also of values off the step."""
        if values.dtype == np.float64 and self.decimals is None:
            if self.step:
                return np.asarray((values - self.start) / self.step)
            return np.asarray(values * self.shrink)
        whole: Any = values
        rest: Any = 0.0
        if values.dtype == np.float64:
            scaled = np.clip(values * 10.0 ** (self.decimals or 0), -_EXACT, _EXACT)
            whole = np.rint(scaled).astype(np.int64)
            rest = np.where(np.abs(scaled - whole) > _ROUNDING, scaled - whole, 0.0) / self.unit
        counted, inside = self._counted(whole)
        return np.asarray(_difference(counted, self.origin) / self.unit + rest + inside)

    def from_ticks(self, ticks: Floats, like: Native) -> Native:
        """Return the value of each tick, in the dtype of ``like``; ticks are whole if stepped."""
        if self.decimals is None:
            if self.step:
                return np.asarray(self.start + np.round(ticks) * self.step)
            return np.asarray(ticks / self.shrink)
        rounded = np.round(ticks)
        # Products and sums of int64 wrap round, and wrap back: the result is exact.
        with np.errstate(over="ignore"):
            farthest = np.nextafter(2.0**64 / self.unit, 0.0)
            away = np.minimum(np.abs(rounded), farthest).astype(np.uint64) * np.uint64(self.unit)
            signed = np.where(rounded < 0, -away.view(np.int64), away.view(np.int64))
            counted = signed + np.int64(self.origin)
        whole = self._uncounted(counted)
        if like.dtype == np.float64:
            return np.asarray(whole / 10.0**self.decimals)
        return whole

    def keeps(self, values: Native, ticks: Floats) -> NDArray[np.bool_]:
        """Tell which values, with these ticks, are on the step; exactly for whole numbers."""
        if not self.stepped:
            return np.ones(len(values), dtype=bool)
        if values.dtype == np.float64 or self.written not in ("number", "time"):
            return np.asarray(np.abs(ticks - np.round(ticks)) < _ROUNDING**2)
        counted, rest = self._counted(np.asarray(values, dtype=np.int64))
        start = np.int64(self.origin)
        ahead = counted.view(np.uint64) - start.view(np.uint64)
        behind = start.view(np.uint64) - counted.view(np.uint64)
        away = np.where(counted >= start, ahead, behind)
        return np.asarray((away % np.uint64(self.unit) == 0) & (np.abs(rest) < _ROUNDING))

    def _counted(self, whole: Ints) -> tuple[Ints, Floats | float]:
        """Return what the unit counts, and the part of a tick that it does not."""
        if self.written == "number":
            return whole, 0.0
        if self.written == "hhmm":
            return whole // 100 * 60 + np.minimum(whole % 100, 59), 0.0
        if self.written == "yyyymm":
            return whole // 100 * 12 + np.clip(whole % 100, 1, 12) - 1, 0.0
        stamps = from_yyyymmdd(whole) if self.written == "yyyymmdd" else whole
        if self.calendar == "none":
            return stamps, 0.0
        count, since = months(stamps)
        if self.calendar == "month_end":
            return count, 0.0
        return count, np.asarray((since - self.offset) / (31.0 * DAY) / self.unit)

    def _uncounted(self, counted: Ints) -> Ints:
        if self.written == "number":
            return counted
        if self.written == "hhmm":
            return counted // 60 * 100 + counted % 60
        if self.written == "yyyymm":
            return counted // 12 * 100 + counted % 12 + 1
        stamps = counted
        if self.calendar == "month":
            stamps = month_start(counted) + self.offset
        elif self.calendar == "month_end":
            stamps = month_start(counted + 1) - self.offset
        return to_yyyymmdd(stamps) if self.written == "yyyymmdd" else stamps


def _length(nanoseconds: int) -> str:
    """Return a length of time in the largest unit that counts it."""
    names = ("days", "hours", "minutes", "seconds", "milliseconds", "microseconds", "nanoseconds")
    at = next(i for i, unit in enumerate(_TIME_UNITS) if nanoseconds % unit == 0)
    return f"{nanoseconds // _TIME_UNITS[at]} {names[at]}"


def _difference(counted: Ints, origin: int) -> Floats:
    """Return counted − origin as floats, without wrapping round."""
    start = np.int64(origin)
    above = (counted.view(np.uint64) - start.view(np.uint64)).astype(np.float64)
    below = (start.view(np.uint64) - counted.view(np.uint64)).astype(np.float64)
    return np.asarray(np.where(counted >= start, above, -below))
