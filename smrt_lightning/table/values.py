"""Single values and dtypes of a table ⇄ JSON, without pickle and without guessing."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd

from smrt_lightning.errors import UnsupportedValueError

_TEXTS: dict[str, tuple[type, Any, Any]] = {
    "date": (dt.date, dt.date.isoformat, dt.date.fromisoformat),
    "time": (dt.time, dt.time.isoformat, dt.time.fromisoformat),
    "datetime": (dt.datetime, dt.datetime.isoformat, dt.datetime.fromisoformat),
    "decimal": (Decimal, str, Decimal),
    "uuid": (UUID, str, UUID),
}
_MISSING = {"None": None, "nan": float("nan"), "NaT": pd.NaT, "NA": pd.NA}


def value_to_json(value: Any) -> Any:
    """Return a JSON-able form of a scalar that :func:`value_from_json` turns back.

    Raises
    ------
    UnsupportedValueError
        If the value is none of str, bool, int, float, bytes, decimal, date, time, duration,
        period, interval, UUID or missing, nor a tuple of such.
    """
    if isinstance(value, np.generic) and not isinstance(value, np.datetime64 | np.timedelta64):
        value = value.item()
    if isinstance(value, str | bool | int) and type(value) in (str, bool, int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return {"float": value.hex()}
    for name, missing in _MISSING.items():
        if value is missing or (name == "nan" and isinstance(value, float) and math.isnan(value)):
            return {"missing": name}
    if isinstance(value, float):
        return {"infinite": value > 0}
    if isinstance(value, pd.Timestamp):
        zone = None if value.tz is None else str(value.tz)
        return {"timestamp": value.isoformat(), "unit": value.unit, "zone": zone}
    if isinstance(value, pd.Timedelta):
        return {"duration": value.isoformat(), "unit": value.unit}
    if isinstance(value, pd.Period):
        return {"period": value.ordinal, "freq": value.freqstr}
    if isinstance(value, pd.Interval):
        ends = [value_to_json(value.left), value_to_json(value.right)]
        return {"interval": ends, "closed": value.closed}
    if isinstance(value, np.datetime64 | np.timedelta64):
        return {"numpy": [str(value.dtype), int(value.astype(np.int64))]}
    if isinstance(value, tuple):
        return {"tuple": [value_to_json(part) for part in value]}
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    for name, (kind, write, _) in _TEXTS.items():
        if type(value) is kind:
            return {name: write(value)}
    raise UnsupportedValueError(
        f"cannot save the value {str(value)[:60]!r} of type {type(value).__name__}; labels, "
        "column names and levels may be strings, numbers, booleans, dates, times, durations, "
        "periods, intervals or missing."
    )


def value_from_json(stored: Any) -> Any:
    """Return the scalar that :func:`value_to_json` wrote."""
    if not isinstance(stored, dict):
        return stored
    if "float" in stored:
        return float.fromhex(stored["float"])
    if "missing" in stored:
        return _MISSING[stored["missing"]]
    if "infinite" in stored:
        return math.inf if stored["infinite"] else -math.inf
    if "timestamp" in stored:
        moment = pd.Timestamp(stored["timestamp"]).as_unit(stored["unit"])
        return moment.tz_convert(stored["zone"]) if stored["zone"] else moment
    if "duration" in stored:
        return pd.Timedelta(stored["duration"]).as_unit(stored["unit"])
    if "period" in stored:
        return pd.Period(ordinal=stored["period"], freq=stored["freq"])
    if "interval" in stored:
        left, right = (value_from_json(end) for end in stored["interval"])
        return pd.Interval(left, right, closed=stored["closed"])
    if "numpy" in stored:
        dtype, number = stored["numpy"]
        return np.int64(number).astype(dtype)
    if "tuple" in stored:
        return tuple(value_from_json(part) for part in stored["tuple"])
    if "bytes" in stored:
        return bytes.fromhex(stored["bytes"])
    ((name, text),) = stored.items()
    return _TEXTS[name][2](text)


def dtype_to_json(dtype: Any) -> Any:
    """Return a JSON-able form of a pandas or numpy dtype."""
    if isinstance(dtype, pd.CategoricalDtype):
        categories = dtype.categories
        return {
            "categories": None if categories is None else [value_to_json(v) for v in categories],
            "dtype": None if categories is None else str(categories.dtype),
            "ordered": bool(dtype.ordered),
        }
    return str(dtype)


def dtype_from_json(stored: Any) -> Any:
    """Return the dtype that :func:`dtype_to_json` wrote; ValueError for one no column has."""
    if not isinstance(stored, dict):
        dtype = pd.api.types.pandas_dtype(stored)
        if isinstance(dtype, np.dtype) and dtype.kind in "VSU":  # whose cells may be of any size
            raise ValueError(f"{stored!r} is the dtype of no column")
        return dtype
    if stored["categories"] is None:
        return pd.CategoricalDtype(ordered=stored["ordered"])
    values = [value_from_json(v) for v in stored["categories"]]
    return pd.CategoricalDtype(pd.Index(values, dtype=stored["dtype"]), ordered=stored["ordered"])
