"""Ordered columns as steps of a ladder: each is the highest below it, and a gap.

Sums and differences are taken in int64 where the columns are whole (times in nanoseconds), in
float64 else, where a difference keeps no more digits than the numbers have.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.table.columns import is_time, nanoseconds, to_float
from smrt_lightning.table.numbers.native import from_native
from smrt_lightning.table.numbers.support import NumberSupport

Flags = NDArray[np.bool_]
Values = NDArray[Any]
Parents = Mapping[Any, list[tuple[Any, bool]]]
_DIGITS = 13


def alone(name: Any) -> str:
    """Return the name of the column that holds the values that nothing below explains."""
    return f"smrt alone {name}"


def fits(column: pd.Series) -> bool:
    """Tell whether the differences of a column's values fit into 64 bits."""
    values, missing = _values(column)
    if values.dtype == np.float64:
        return bool(np.abs(values[~missing]).max(initial=0) < 2.0**1000)
    return bool(np.abs(values[~missing].astype(np.float64)).max(initial=0) < 2.0**61)


def forward(table: pd.DataFrame, parents: Parents) -> pd.DataFrame:
    """Put in the place of each column how far it is above the highest of those below it.

    Where none of those is there, the value itself goes to a column of its own.
    """
    changed: dict[Any, pd.Series] = {name: table[name] for name in table.columns}
    for high, below in parents.items():
        column: Any = table[high]
        values, missing = _values(column)
        floor, lost = _floor(table, [low for low, _ in below])
        gap, n_whole = _minus(values, floor)
        changed[high] = _gap_column(gap, missing | lost, column, n_whole)
        unexplained = lost & ~missing
        if unexplained.any():
            changed[alone(high)] = column.where(pd.Series(unexplained, index=table.index))
    return pd.DataFrame(changed, index=table.index)


def back(
    table: pd.DataFrame,
    parents: Parents,
    supports: Mapping[Any, NumberSupport],
    dtypes: Mapping[Any, Any],
) -> pd.DataFrame:
    """Undo :func:`forward`: build the columns up, each on its support and above those below it.

    Where a column cannot be as high as it ought to, since its class has no such values, those
    below it are lowered.
    """
    changed: dict[Any, pd.Series] = {name: table[name] for name in table.columns}
    for high, below in parents.items():
        if high not in supports:  # the class has no value in it
            changed.pop(alone(high), None)
            continue
        floor, lost = _floor(changed, [low for low, _ in below])
        gap, no_gap = _values(changed[high])
        rise = Rise(supports[high], dtypes[high])
        values = rise.settled(floor + gap if gap.dtype == floor.dtype else floor + 1.0 * gap)
        strict = any(strict for _, strict in below)
        short = values <= floor if strict else values < floor
        if short.any():
            least = _next(floor, 1) if strict else floor
            values = np.where(short, rise.settled(least, "up"), values)
        missing = no_gap | lost
        other = changed.pop(alone(high), None)
        if other is not None:
            own, no_own = _values(other)
            values = np.where(lost, own.astype(values.dtype), values)
            missing = np.where(lost, no_own, missing)
        changed[high] = rise.column(values, missing, table.index)
    for high, below in reversed(list(parents.items())):
        if high not in supports:
            continue
        top, no_top = _values(changed[high])
        for low, strict in below:
            if low not in supports:
                continue
            values, missing = _values(changed[low])
            over = (values >= top if strict else values > top) & ~missing & ~no_top
            if over.any():
                rise = Rise(supports[low], dtypes[low])
                lowered = rise.settled(_next(top, -1) if strict else top, "down")
                values = np.where(over, lowered.astype(values.dtype), values)
                changed[low] = rise.column(values, missing, table.index)
    return pd.DataFrame(changed, index=table.index)


class Rise:
    """The values of a column, for sums, and the way to its support.

    Parameters
    ----------
    support : NumberSupport
        What the column can hold.
    dtype : dtype
        Of the column.
    """

    def __init__(self, support: NumberSupport, dtype: Any) -> None:
        self.support, self.dtype = support, dtype
        ends = np.array([support.least, support.largest], dtype=support.masses.dtype)
        if support.n_masses:
            least, largest = min(ends[0], support.masses[0]), max(ends[1], support.masses[-1])
            ends = np.array([least, largest], dtype=support.masses.dtype)
        self.ends, _ = _values(support.write(ends, np.zeros(2, dtype=bool), dtype))

    def settled(self, values: Values, side: str = "nearest") -> Values:
        """Return the values that the column can hold nearest to these."""
        inside = np.clip(values, self.ends[0], self.ends[1])
        column = self.column(inside, np.zeros(len(inside), dtype=bool), None)
        native, missing = self.support.read(column)
        return _values(self.support.write(self.support.project(native, side), missing, self.dtype))[
            0
        ]

    def column(self, values: Values, missing: Flags, index: Any) -> pd.Series:
        """Return values as a column of the dtype, or one that can be missing if need be."""
        if is_time(self.dtype):
            column = from_native(np.where(missing, 0, values).astype(np.int64), missing, self.dtype)
        elif pd.api.types.is_integer_dtype(self.dtype):
            whole = pd.Series(np.where(missing, 0, values).astype(np.int64))
            if missing.any():
                column = whole.astype("Int64").mask(pd.Series(missing))
            else:
                column = whole.astype(self.dtype)
        else:
            column = pd.Series(np.where(missing, np.nan, values)).astype(self.dtype)
        if index is not None:
            column.index = index
        return column


def _values(column: pd.Series) -> tuple[Values, Flags]:
    """Return a column as int64 (whole numbers, nanoseconds) or float64, and where it is missing."""
    if is_time(column.dtype):
        stamps, missing = nanoseconds(column)
        return np.where(missing, 0, stamps), missing
    missing = column.isna().to_numpy()
    if pd.api.types.is_integer_dtype(column.dtype):
        return column.fillna(0).to_numpy(dtype=np.int64), missing
    return np.where(missing, 0.0, to_float(column)), missing


def _floor(table: Mapping[Any, pd.Series] | pd.DataFrame, lows: list[Any]) -> tuple[Values, Flags]:
    """Return the highest value below, where there is any, and where there is none."""
    read = [_values(table[low]) for low in lows]
    whole = all(values.dtype == np.int64 for values, _ in read)
    least: Any = np.iinfo(np.int64).min if whole else -np.inf
    stacked = np.stack([np.where(missing, least, values) for values, missing in read])
    lost = np.asarray(np.stack([missing for _, missing in read]).all(axis=0))
    return np.where(lost, 0, stacked.max(axis=0)), lost


def _minus(values: Values, floor: Values) -> tuple[Values, bool]:
    if values.dtype == np.int64 and floor.dtype == np.int64:
        return values - floor, True
    apart = values.astype(np.float64) - floor
    largest = np.maximum(np.abs(values), np.abs(floor)).astype(np.float64)
    digits = _DIGITS - np.ceil(np.log10(np.where(largest > 0, largest, 1.0))).astype(int)
    for n in np.unique(digits):
        at = digits == n
        if abs(n) < 300:
            apart[at] = np.round(apart[at], n)
    return apart, False


def _gap_column(gap: Values, missing: Flags, like: pd.Series, whole: bool) -> pd.Series:
    if is_time(like.dtype):
        stamps = gap.astype("timedelta64[ns]")
        stamps[missing] = "NaT"
        return pd.Series(stamps, index=like.index)
    if whole:
        column = pd.Series(gap, index=like.index)
        if missing.any():
            return column.astype("Int64").mask(pd.Series(missing, index=like.index))
        return column
    return pd.Series(np.where(missing, np.nan, gap), index=like.index)


def _next(values: Values, way: int) -> Values:
    """Return the next larger (1) or smaller (−1) values."""
    if values.dtype == np.int64:
        return values + way
    return np.asarray(np.nextafter(values, way * np.inf))
