"""What a column is, whatever its dtype, and its values as numbers and back."""

import numpy as np
import pandas as pd
import pytest

from smrt_lightning.table.columns import Column, numbers

DAY = pd.Timestamp("2024-02-28")


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2, 3], "numeric"),
        (np.array([1, 2], dtype=np.uint8), "numeric"),
        (np.array([1, 2], dtype=np.float16), "numeric"),
        (pd.array([1, None], dtype="Int64"), "numeric"),
        ([True, False], "level"),
        (pd.array([True, None], dtype="boolean"), "level"),
        (["a", None], "level"),
        (pd.Categorical([1, 2]), "level"),
        (pd.Categorical([True, False]), "level"),
        (np.array([1, "1", True, None], dtype=object), "level"),
        ([DAY], "time"),
        ([DAY.tz_localize("Europe/Athens")], "time"),
        ([pd.Timedelta("1h")], "time"),
        (pd.period_range("2024-01", periods=2, freq="M"), "level"),
        ([np.nan, np.nan], "numeric"),
    ],
)
def test_the_kind_of_every_dtype(values, kind):
    column = Column.of(pd.Series(values))
    assert column.kind == kind
    assert column.measured is (kind != "level")


@pytest.mark.parametrize(
    "values",
    [
        [1, -5, 7],
        np.array([0, 255], dtype=np.uint8),
        pd.array([1, 9], dtype="Int16"),
        np.array([0.5, 1.25], dtype=np.float32),
        [DAY, DAY + pd.Timedelta("1h")],
        [DAY.tz_localize("Europe/Athens")],
        [pd.Timedelta("3h"), pd.Timedelta("-2D")],
    ],
)
def test_numbers_turn_back_into_their_values(values):
    series = pd.Series(values)
    column = Column.of(series)
    pd.testing.assert_series_equal(column.from_numbers(column.numbers(series)), series)


@pytest.mark.parametrize(
    "dtypes", [["int64", "uint8", "float32"], ["float64"], ["bool", "int64"], ["Int64", "float64"]]
)
def test_a_frame_of_numbers_is_its_columns_side_by_side(dtypes):
    frame = pd.DataFrame({f"c{i}": pd.Series([0, 1, 1]).astype(d) for i, d in enumerate(dtypes)})
    if "float64" in dtypes:
        frame.iloc[1:, dtypes.index("float64")] = [np.inf, np.nan]
    found = numbers(frame)
    each = np.column_stack([Column.of(frame[name]).numbers(frame[name]) for name in frame])
    assert found.flags.c_contiguous
    assert found.tobytes() == each.tobytes()


@pytest.mark.parametrize("dtype", ["uint64", "int64", "UInt64", "int8"])
def test_numbers_beyond_a_dtype_stay_at_its_bounds(dtype):
    column = Column.of(pd.Series([1], dtype=dtype))
    low, high = column.from_numbers(np.array([-1e30, 1e30]))
    limits = np.iinfo(dtype.lower())
    assert low == limits.min
    assert limits.max * (1 - 1e-15) <= high <= limits.max


def test_true_one_and_the_text_of_one_are_levels_of_their_own():
    series = pd.Series([True, 1, "1", None, 1.0, 1], dtype=object)
    column = Column.of(series)
    counts = column.level_counts(series)
    assert [count for _, count in counts] == [2, 1, 1, 1, 1]
    levels = [level for level, _ in counts]
    codes = column.codes(series, levels)
    assert codes[1] == codes[5] == 0
    assert len(set(codes)) == 5
    assert column.codes(pd.Series(["never seen"]), levels).tolist() == [-1]
    back = column.from_codes(codes, levels)
    assert [type(value) for value in back] == [type(value) for value in series]


def test_levels_of_equal_frequency_have_one_order_whatever_the_rows_order():
    series = pd.Series(["b", "a", "c"])
    column = Column.of(series)
    assert column.level_counts(series) == column.level_counts(series[::-1])
