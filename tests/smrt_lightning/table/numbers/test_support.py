"""The support of a number: what is seen belongs to it, and nothing that the table leaves out."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smrt_lightning.table.numbers import spread
from smrt_lightning.table.numbers.support import NumberSupport

SOME = settings(max_examples=60, deadline=None)
N = 400


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def decoded(support: NumberSupport, dtype: object, seed: int = 0, n: int = 500) -> pd.Series:
    """Return values of wild ticks, far outside the range too."""
    low, high = support.stretches[0, 0], support.stretches[-1, 1]
    ticks = low + (high - low) * rng(seed).uniform(-0.5, 1.5, n)
    return support.write(support.settle(ticks), np.zeros(n, dtype=bool), dtype)


@st.composite
def whole_numbers(draw):
    """Whole numbers of any 64 bits on a step, in a dtype that holds them."""
    dtype = draw(st.sampled_from(["int64", "uint64", "Int64", "UInt64", "int32"]))
    bounds = np.iinfo(dtype.lower())
    step = draw(st.sampled_from([1, 2, 7, 500, 10**6]))
    origin = draw(st.integers(bounds.min, bounds.max - 100 * step))
    room = (bounds.max - origin) // step
    largest = draw(st.sampled_from([100, min(room, 10**4), room]))
    steps = draw(st.lists(st.integers(0, largest), min_size=2, max_size=60, unique=True))
    return pd.Series([origin + step * k for k in steps], dtype=dtype), step


@SOME
@given(whole_numbers(), st.integers(0, 9))
def test_whole_numbers_stay_exact_in_range_and_on_their_step(given_numbers, seed):
    column, step = given_numbers
    support = NumberSupport.learn(column)
    native, missing = support.read(column)
    same = support.write(support.project(native), missing, column.dtype)
    pd.testing.assert_series_equal(same, column)
    drawn = decoded(support, column.dtype, seed)
    assert drawn.dtype == column.dtype
    assert int(drawn.min()) >= int(column.min())
    assert int(drawn.max()) <= int(column.max())
    if support.scale.unit > 1:
        first = int(column.iloc[0])
        assert support.scale.unit % step == 0
        assert all((int(value) - first) % step == 0 for value in drawn)


@SOME
@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=60),
    st.integers(0, 9),
)
def test_any_floats_come_back_and_drawn_ones_are_finite_and_in_range(values, seed):
    column = pd.Series(values, dtype=float)
    support = NumberSupport.learn(column)
    native, missing = support.read(column)
    same = support.write(support.project(native), missing, column.dtype)
    np.testing.assert_allclose(same, column, rtol=1e-9, atol=1e-290)
    drawn = decoded(support, column.dtype, seed)
    assert np.isfinite(drawn).all()
    assert drawn.between(column.min(), column.max()).all()


@SOME
@given(st.integers(0, 10**6), st.sampled_from(["down", "up"]))
def test_the_neighbours_below_and_above_are_the_closest_that_the_column_can_hold(seed, side):
    source = rng(seed)
    column = pd.Series(np.r_[np.zeros(40), 500 * source.integers(6, 200, 160)])
    support = NumberSupport.learn(column)
    values = source.uniform(-1000, 110_000, 200)
    found = support.project(values, side)
    possible = np.r_[0, np.arange(column[column > 0].min(), column.max() + 1, 500)]
    for value, seen in zip(values, found, strict=True):
        ok = possible[possible <= value] if side == "down" else possible[possible >= value]
        end = possible[0] if side == "down" else possible[-1]
        assert seen == (ok[-1 if side == "down" else 0] if len(ok) else end)


def test_spikes_caps_and_sentinels_are_point_masses():
    x = np.round(rng().normal(50, 30, 2000), 2)
    capped = np.clip(x, 0, 100)
    capped[rng(1).random(2000) < 0.02] = -999.5
    support = NumberSupport.learn(pd.Series(capped))
    assert support.masses.tolist() == [-999.5, 0, 100]
    assert support.shares[1] == pytest.approx((capped == 0).mean())
    assert support.least > 0
    assert support.largest < 100


@pytest.mark.parametrize("draw", ["normal", "standard_cauchy", "exponential"])
def test_smooth_columns_have_neither_masses_nor_gaps_nor_steps(draw):
    for seed in range(20):
        support = NumberSupport.learn(pd.Series(getattr(rng(seed), draw)(size=300)))
        assert support.n_masses == 0
        assert len(support.stretches) == 1
        assert not support.scale.stepped
    counts = pd.Series(rng().negative_binomial(2, 0.02, 3000))
    assert NumberSupport.learn(counts).stretches.shape == (1, 2)
    assert NumberSupport.learn(counts).n_masses == 0


def test_nothing_falls_into_a_gap():
    low, high = rng().uniform(0, 1, N), rng(1).uniform(50, 60, N)
    column = pd.Series(np.r_[low, high])
    drawn = decoded(NumberSupport.learn(column), column.dtype)
    assert not drawn.between(low.max(), high.min(), inclusive="neither").any()
    assert drawn.between(0, 1).any()
    assert drawn.between(50, 60).any()


def _dates(values: pd.DatetimeIndex) -> pd.Series:
    return pd.Series(values)[rng().integers(0, len(values), N)].reset_index(drop=True)


MONTHS = pd.date_range("2010-01-01", periods=130, freq="MS")
DAYS = pd.date_range("2019-06-01", periods=1200)


def _off(values: pd.Series, step: float) -> pd.Series:
    """Return how far values are from whole multiples of a step, in steps."""
    return (values / step - (values / step).round()).abs()


QUARTERS = pd.Series(rng().integers(0, 96, N))
KEPT = {
    "first of month": (_dates(MONTHS), lambda d: d.dt.is_month_start),
    "end of month": (_dates(MONTHS + pd.offsets.MonthEnd(0)), lambda d: d.dt.is_month_end),
    "first of quarter": (_dates(MONTHS[::3]), lambda d: d.dt.is_quarter_start),
    "weekly": (_dates(DAYS[::7]), lambda d: d.dt.day_of_week == DAYS[0].day_of_week),
    "quarter hours": (
        _dates(pd.date_range("2024-01-01", periods=900, freq="15min")),
        lambda d: d.dt.minute % 15 == 0,
    ),
    "days in a time zone": (
        _dates(DAYS.tz_localize("Europe/Berlin")),
        lambda d: d.dt.normalize() == d,
    ),
    "YYYYMMDD": (
        _dates(DAYS).dt.strftime("%Y%m%d").astype(int),
        lambda n: pd.to_datetime(n.astype(str), format="%Y%m%d", errors="coerce").notna(),
    ),
    "YYYYMM": (
        _dates(DAYS).dt.strftime("%Y%m").astype(int),
        lambda n: (n % 100).between(1, 12),
    ),
    "HHMM": (QUARTERS // 4 * 100 + QUARTERS % 4 * 15, lambda n: n % 100 % 15 == 0),
    "0.05": (
        pd.Series(np.round(0.05 * rng().integers(1, 900, N), 2)),
        lambda x: _off(x, 0.05) < 1e-9,
    ),
    "thirds": (pd.Series(rng().integers(1, 900, N) / 3), lambda x: _off(x, 1 / 3) < 1e-6),
    "500 in float32": (
        pd.Series(500 * rng().integers(2, 100, N)).astype("float32"),
        lambda x: x % 500 == 0,
    ),
    "durations": (
        pd.Series(pd.to_timedelta(rng().integers(1, 90, N) * 15, "min")),
        lambda t: t % pd.Timedelta("15min") == pd.Timedelta(0),
    ),
}


@pytest.mark.parametrize(("column", "keeps"), KEPT.values(), ids=KEPT)
def test_steps_and_calendars_are_kept(column, keeps):
    assert keeps(column).all()
    support = NumberSupport.learn(column)
    native, missing = support.read(column)
    pd.testing.assert_series_equal(
        support.write(support.project(native), missing, column.dtype), column, check_names=False
    )
    drawn = decoded(support, column.dtype)
    assert keeps(drawn).all()
    assert drawn.nunique() > 20
    few = support.within(column.iloc[:5])
    assert keeps(decoded(few, column.dtype)).all()


def test_a_class_takes_masses_gaps_and_step_from_the_table_and_its_range_from_itself():
    source = rng()
    x = np.where(source.random(N) < 0.3, 0, 500 * source.integers(10, 200, N))
    column = pd.Series(x)
    table = NumberSupport.learn(column)
    rows = pd.Series([0, 20_000, 30_500, 41_000])
    own = table.within(rows)
    assert own.masses.tolist() == [0]
    assert own.shares == (0.25,)
    assert own.scale.unit == 500
    assert (own.least, own.largest) == (20_000, 41_000)
    assert table.within(rows[1:]).n_masses == 0
    # Rows of other classes that change none of these change nothing.
    more = NumberSupport.learn(pd.concat([column, pd.Series([500 * 300, 500 * 301])]))
    again = more.within(rows)
    assert again.scale == own.scale
    np.testing.assert_array_equal(again.stretches, own.stretches)


def test_free_columns_have_their_range_alone():
    column = pd.Series(np.where(rng().random(N) < 0.5, 0, 500 * rng().integers(10, 200, N)))
    support = NumberSupport.learn(column, free=True)
    assert support.n_masses == 0
    assert support.scale.unit == 1
    assert support.stretches.shape == (1, 2)
    assert support.describe(column.dtype) == ""


def test_what_was_recognised_is_said():
    column = pd.Series(np.where(rng().random(N) < 0.6, 0, 500 * rng().integers(10, 200, N)))
    said = NumberSupport.learn(column).describe(column.dtype)
    share = (column == 0).mean()
    assert f"{share:.0%} are 0" in said
    assert "steps of 500" in said


def test_stretches_have_no_holes_where_values_are_dense():
    ticks = np.sort(rng().uniform(0, 1, 1000))
    assert len(spread.segments(ticks, np.ones(1000, dtype=int))) == 1
