"""Values and dtypes return from JSON as they were."""

import datetime as dt
import json
from decimal import Decimal
from uuid import UUID

import numpy as np
import pandas as pd
import pytest

from smrt_lightning.errors import UnsupportedValueError
from smrt_lightning.table.values import (
    dtype_from_json,
    dtype_to_json,
    value_from_json,
    value_to_json,
)


@pytest.mark.parametrize(
    "value",
    [
        "é", True, 2**63, 0.1, np.inf, None, pd.NaT, pd.NA, b"\x00\xff", (1, ("a", None)),
        dt.date(2024, 2, 29), dt.time(1, 2, 3, 4), dt.datetime(2024, 1, 1, tzinfo=dt.UTC),
        Decimal("1.10"), UUID(int=5), pd.Timestamp("2024-01-01 12:00", tz="Europe/Athens"),
        pd.Timedelta("1h"), pd.Period("2024-01", "M"), pd.Interval(0.5, 1.5, closed="left"),
        pd.Interval(pd.Timestamp("2024"), pd.Timestamp("2025")), np.datetime64("2024-01-01", "D"),
    ],
    ids=repr,
)  # fmt: skip
def test_a_value_returns(value):
    back = value_from_json(json.loads(json.dumps(value_to_json(value))))
    assert type(back) is type(value)
    assert repr(back) == repr(value)


@pytest.mark.parametrize("value", [object(), [1], {1}, 1j])
def test_another_value_is_refused(value):
    with pytest.raises(UnsupportedValueError, match="cannot save the value"):
        value_to_json(value)


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(pd.period_range("2024-01", periods=2, freq="M")),
        pd.Series(pd.cut([1.0, 2.0], 2)),
        pd.Series(pd.array(pd.interval_range(0, 2))),
        pd.Series([dt.date(2024, 1, 1)]).astype("category"),
        pd.Series(pd.date_range("2024", periods=2, tz="UTC")).astype(
            "timestamp[us, tz=UTC][pyarrow]"
        ),
    ],
    ids=lambda column: str(column.dtype)[:20],
)
def test_a_dtype_returns(column):
    assert dtype_from_json(json.loads(json.dumps(dtype_to_json(column.dtype)))) == column.dtype
