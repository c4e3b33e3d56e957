"""A column of numbers or times ⇄ an exact array: int64 wherever values are whole, else float64.

Unsigned integers are shifted by 2⁶³ into int64, points in time are nanoseconds (UTC, or the wall
clock's where the column says so), durations nanoseconds. Nothing passes through a float on the
way that a float could not hold.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.table.columns import is_time, nanoseconds, to_float

Clock = Literal["utc", "wall"]
Native = NDArray[Any]
"""An array of int64 or of float64."""
Flags = NDArray[np.bool_]

_HALF = np.uint64(2**63)


def to_native(column: pd.Series, clock: Clock = "utc") -> tuple[Native, Flags]:
    """Return the values of a column, and where they are missing (0 stands there).

    Parameters
    ----------
    column : Series of numbers, times or durations
    clock : {"utc", "wall"}
        Which time a column with a time zone is read as.

    Returns
    -------
    values : ndarray of int64 or float64, shape (n_rows,)
    missing : ndarray of bool, shape (n_rows,)
    """
    if is_time(column.dtype):
        if clock == "wall" and getattr(column.dtype, "tz", None) is not None:
            column = column.dt.tz_localize(None)
        stamps, missing = nanoseconds(column)
        return np.where(missing, 0, stamps), missing
    missing = column.isna().to_numpy()
    if pd.api.types.is_unsigned_integer_dtype(column.dtype):
        whole = column.fillna(0).to_numpy(dtype=np.uint64)
        return (whole ^ _HALF).view(np.int64), missing
    if pd.api.types.is_integer_dtype(column.dtype):
        return column.fillna(0).to_numpy(dtype=np.int64), missing
    values = to_float(column)
    return np.where(missing, 0.0, values), missing


def from_native(values: Native, missing: Flags, dtype: Any, clock: Clock = "utc") -> pd.Series:
    """Return the column that :func:`to_native` read, in its dtype; the index is a new range."""
    if is_time(dtype):
        return _times(values.astype(np.int64), missing, dtype, clock)
    if pd.api.types.is_integer_dtype(dtype):
        whole: Any = values if values.dtype == np.int64 else _rounded(values)
        if pd.api.types.is_unsigned_integer_dtype(dtype):
            whole = whole.view(np.uint64) ^ _HALF
        if missing.any():  # only dtypes of pandas can be missing here
            return pd.Series(whole).astype(dtype).mask(pd.Series(missing))
        return pd.Series(whole).astype(dtype)
    column = pd.Series(values.astype(np.float64))
    return (column.mask(pd.Series(missing)) if missing.any() else column).astype(dtype)


def _rounded(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Round floats to int64 without wrapping round at its ends."""
    ends = np.iinfo(np.int64)
    inside = np.clip(np.round(values), float(ends.min), np.nextafter(float(ends.max), 0))
    return np.asarray(inside.astype(np.int64))


def _times(stamps: NDArray[np.int64], missing: Flags, dtype: Any, clock: Clock) -> pd.Series:
    typed = stamps.astype("timedelta64[ns]" if dtype.kind == "m" else "datetime64[ns]")
    typed[missing] = "NaT"
    column = pd.Series(typed)
    zone = getattr(dtype, "tz", None)
    if zone is not None and clock == "wall":
        twice = np.zeros(len(column), dtype=bool)  # an hour that comes twice: the later one
        column = column.dt.tz_localize(zone, ambiguous=twice, nonexistent="shift_forward")
    elif zone is not None:
        column = column.dt.tz_localize("UTC").dt.tz_convert(zone)
    return column.astype(dtype)
