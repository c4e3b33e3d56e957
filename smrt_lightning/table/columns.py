"""The kind of a column: a number, a point in time, a category, or a constant."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.errors import FarDatesError, UnsupportedColumnError

ColumnKind = Literal["numeric", "categorical", "constant"]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MAX_LEVELS = 100


def is_time(dtype: Any) -> bool:
    """Tell whether a dtype holds points in time or durations."""
    return bool(
        pd.api.types.is_datetime64_any_dtype(dtype) or pd.api.types.is_timedelta64_dtype(dtype)
    )


def refuse_far_dates(table: pd.DataFrame) -> None:
    """Refuse times that nanoseconds cannot tell: numpy would wrap year 9999 round to 1816.

    Raises
    ------
    FarDatesError
        Naming the first such column.
    """
    for name in table.columns:
        column = table[name]
        if not is_time(column.dtype):
            continue
        if getattr(column.dtype, "tz", None) is not None:
            column = column.dt.tz_convert("UTC").dt.tz_localize(None)
        kind = pd.Timestamp if column.dtype.kind == "M" else pd.Timedelta
        far = column.notna() & ~column.between(kind.min, kind.max)
        if far.any():
            raise FarDatesError.in_column(name, column[far].iloc[0])


def infer_kind(column: pd.Series) -> ColumnKind:
    """Infer how a column is modelled from its dtype and its values.

    Parameters
    ----------
    column : Series
        The column's values in the rows of one class.

    Returns
    -------
    {"numeric", "categorical", "constant"}
        ``constant`` when at most one distinct value is seen and none is missing, or all are
        missing; ``numeric`` for numbers with more than two values, dates and durations;
        ``categorical`` for everything else, two-valued numbers and booleans among them.
    """
    present = column.dropna()
    try:
        n_values = present.nunique()
    except TypeError as error:
        raise UnsupportedColumnError.unhashable(column.name) from error
    if n_values == 0 or (n_values == 1 and len(present) == len(column)):
        return "constant"
    if is_time(column.dtype):
        return "numeric"
    if pd.api.types.is_bool_dtype(column.dtype) or not pd.api.types.is_numeric_dtype(column.dtype):
        return "categorical"
    if pd.api.types.is_complex_dtype(column.dtype):
        raise UnsupportedColumnError.complex_numbers(column.name)
    two_valued = n_values <= 2 and len(present) > 4  # two rows have two values of anything
    return "categorical" if two_valued else "numeric"


def to_float(column: pd.Series) -> FloatArray:
    """Return a numeric or time column as float64, missing values as NaN.

    Points in time become nanoseconds since 1970-01-01 UTC, durations nanoseconds.
    """
    if is_time(column.dtype):
        whole, missing = nanoseconds(column)
        return np.where(missing, np.nan, whole.astype(np.float64))
    return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))


def nanoseconds(column: pd.Series) -> tuple[IntArray, NDArray[np.bool_]]:
    """Return a time column as whole nanoseconds (UTC) and where it is missing."""
    kind = "datetime64[ns]" if column.dtype.kind == "M" else "timedelta64[ns]"
    if getattr(column.dtype, "tz", None) is not None:
        column = column.dt.tz_convert("UTC").dt.tz_localize(None)
    stamps = column.to_numpy().astype(kind)
    return stamps.astype(np.int64), np.isnat(stamps)
