"""The cells of one column as the type that schema.yaml asks for.

A CSV file has text only. Cells are turned into numbers, truth values or dates only where the
schema says so: a label ``1.0`` or ``NaN`` stays the label that somebody wrote, and a cell that does
not fit is known by its row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

MISSING_WORDS = frozenset({"", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "<NA>"})
"""Cells of a number, truth-value or date column that mean "missing"; in text, only the empty."""

_DATE = "a date between 1678 and 2261 (ISO 8601)"
_TRUTH = {"true": True, "false": False, "1": True, "0": False, "1.0": True, "0.0": False}


@dataclass(frozen=True)
class ParsedColumn:
    """A column in the type that the schema asks for.

    Attributes
    ----------
    values : Series
        With missing values where a cell does not fit, so possibly a nullable dtype.
    misfits : Series of bool
        The cells that do not fit.
    expected : str
        What a cell should have been, in words: "an integer".
    """

    values: pd.Series[Any]
    misfits: pd.Series[bool]
    expected: str


def parse_column(raw: pd.Series[Any], dtype: str | None, levels: list[Any] | None) -> ParsedColumn:
    """Parse the cells of one column.

    Parameters
    ----------
    raw : Series
        Text, or what a Parquet file held.
    dtype : str or None
        The schema's dtype as pandas spells it; None leaves the column as it is.
    levels : list or None
        The level set of a categorical column; None takes the levels seen, sorted.
    """
    parse, expected = _parser(dtype, levels)
    values = parse(raw)
    return ParsedColumn(values, (values.isna() & raw.notna() & ~_reads_missing(raw)), expected)


def _parser(
    dtype: str | None, levels: list[Any] | None
) -> tuple[Callable[[pd.Series[Any]], pd.Series[Any]], str]:
    if dtype is None:
        return (lambda raw: raw), "anything"
    if dtype == "category":
        return (lambda raw: _to_category(raw, levels)), "a level of the column"
    if dtype.startswith("str") or dtype == "object":
        return _to_text, "text"
    try:
        kind = pd.api.types.pandas_dtype(dtype)
    except TypeError:  # a type of pandera's own, which checks it by itself
        return (lambda raw: raw), "anything"
    if pd.api.types.is_bool_dtype(kind):
        return _to_bool, "true or false"
    if pd.api.types.is_unsigned_integer_dtype(kind):
        return (lambda raw: _to_integer(raw, "UInt64")), "an integer that is not negative"
    if pd.api.types.is_integer_dtype(kind):
        return (lambda raw: _to_integer(raw, "Int64")), "an integer"
    if pd.api.types.is_float_dtype(kind):
        return _to_float, "a finite number"
    if isinstance(kind, pd.DatetimeTZDtype):
        return _to_moment, _DATE
    if pd.api.types.is_datetime64_any_dtype(kind):
        return (lambda raw: _to_moment(raw).dt.tz_localize(None)), _DATE
    return (lambda raw: raw), "anything"


def _reads_missing(raw: pd.Series[Any]) -> pd.Series[bool]:
    if pd.api.types.is_string_dtype(raw.dtype) or raw.dtype == object:
        return raw.isin(MISSING_WORDS)
    return raw.isna()


def _to_text(raw: pd.Series[Any]) -> pd.Series[Any]:
    if isinstance(raw.dtype, pd.CategoricalDtype):
        raw = raw.astype(raw.cat.categories.dtype)
    if pd.api.types.is_string_dtype(raw.dtype) or raw.dtype == object:
        return raw.where(raw.map(lambda cell: isinstance(cell, str))).astype("str")
    return pd.Series(None, index=raw.index, name=raw.name, dtype="str")


def _to_category(raw: pd.Series[Any], levels: list[Any] | None) -> pd.Series[Any]:
    if isinstance(raw.dtype, pd.CategoricalDtype) and levels is None:
        return raw
    if levels is None:
        return raw.astype("category")
    by_text = {str(level): level for level in levels}
    known = raw.astype(object).map(lambda cell: by_text.get(str(cell)), na_action="ignore")
    return known.astype(pd.CategoricalDtype(levels))


def _to_number(raw: pd.Series[Any]) -> pd.Series[Any]:
    if pd.api.types.is_datetime64_any_dtype(raw.dtype):
        return pd.Series(pd.NA, index=raw.index, name=raw.name, dtype="Float64")
    if spans_of_time(raw):
        raw = seconds(raw)
    if pd.api.types.is_float_dtype(raw.dtype) and raw.dtype not in ("float32", "Float32"):
        raw = raw.astype("float64")  # numbers of 16 or 128 bits are unknown to pandas's functions
    numbers = pd.to_numeric(raw, errors="coerce", dtype_backend="numpy_nullable")
    return numbers.astype("Float64") if pd.api.types.is_bool_dtype(numbers.dtype) else numbers


def _to_integer(raw: pd.Series[Any], dtype: Literal["Int64", "UInt64"]) -> pd.Series[Any]:
    """Return whole numbers, exact also where another cell of the column is none."""
    low, high = (0, 2**64 - 1) if dtype == "UInt64" else (-(2**63), 2**63 - 1)
    if pd.api.types.is_integer_dtype(raw.dtype):
        fits = (raw >= low) & (raw <= high)
        integers: pd.Series[Any] = raw.where(fits, 0).astype(dtype).where(fits)
        return integers
    numbers = _to_number(raw)
    if numbers.dtype == dtype:
        return numbers
    if pd.api.types.is_string_dtype(raw.dtype) or raw.dtype == object:
        texts = raw.astype("str").str.strip()
        digits = texts.str.fullmatch(r"[+-]?[0-9]{1,20}").eq(True)
    else:
        digits = pd.Series(False, index=raw.index)
    numbers = _to_number(raw.mask(digits)).astype("Float64")
    whole = (numbers == numbers.round()) & (numbers.abs() < 2.0**53) & (numbers >= low)
    values: pd.Series[Any] = numbers.where(whole.fillna(False)).astype(dtype)
    if digits.any():
        exact = [n if low <= n <= high else pd.NA for n in map(int, texts[digits])]
        values = values.mask(digits, pd.Series(exact, index=raw.index[digits], dtype=dtype))
    return values


def _to_float(raw: pd.Series[Any]) -> pd.Series[Any]:
    numbers = _to_number(raw).astype("float64")
    finite: pd.Series[Any] = numbers.where(np.isfinite(numbers))
    return finite


def _to_bool(raw: pd.Series[Any]) -> pd.Series[Any]:
    if pd.api.types.is_bool_dtype(raw.dtype):
        return raw.astype("boolean")
    return raw.astype("str").str.strip().str.lower().map(_TRUTH).astype("boolean")


def _to_moment(raw: pd.Series[Any]) -> pd.Series[Any]:
    moments = pd.to_datetime(raw, errors="coerce", format="ISO8601", utc=True)
    return moments.where(not_far(moments.dt.tz_localize(None)))


def spans_of_time(raw: pd.Series[Any]) -> bool:
    """Tell whether a column of a Parquet file holds durations or times of day."""
    if pd.api.types.is_timedelta64_dtype(raw.dtype):
        return True
    present = list(raw.dropna()) if raw.dtype == object else []
    return len(present) > 0 and all(isinstance(cell, time | timedelta) for cell in present)


def seconds(raw: pd.Series[Any]) -> pd.Series[Any]:
    """Return durations, or times of day since midnight, in seconds."""
    if raw.dtype == object:
        midnight = datetime.min
        raw = raw.map(
            lambda at: datetime.combine(midnight, at) - midnight if isinstance(at, time) else at,
            na_action="ignore",
        )
    return pd.to_timedelta(raw).dt.total_seconds()


def not_far(dates: pd.Series[Any]) -> pd.Series[bool]:
    """Tell which dates nanoseconds can tell; year 9999, which often means "never", is not."""
    return dates.between(pd.Timestamp.min, pd.Timestamp.max)
