"""The codec: what is encoded comes back, and nothing outside the support ever does."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import tables

from smrt_lightning import SMRT, VariationalAutoEncoder, compare
from smrt_lightning.errors import TableError
from smrt_lightning.model.codec import TableCodec
from smrt_lightning.model.columns import CategoricalColumn, NumericColumn
from smrt_lightning.table.columns import Column

SOME = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def round_trip(codec: TableCodec, table: pd.DataFrame) -> pd.DataFrame:
    coded = codec.encode(table)
    layout = codec.layout
    places = [coded[:, start:stop].argmax(axis=1) for start, stop in layout.blocks]
    stacked = np.stack(places, axis=1) if places else np.empty((len(table), 0), dtype=int)
    numeric = coded[:, : layout.n_numeric].astype(np.float64)
    return codec.decode(numeric, stacked, np.random.default_rng(0))


@SOME
@given(tables())
def test_real_rows_survive_the_round_trip(table):
    X, _ = table
    X = X.reset_index(drop=True)
    decoded = round_trip(TableCodec().fit(X), X)
    pd.testing.assert_frame_equal(decoded, X, check_exact=False, rtol=1e-4, atol=1e-5)


@SOME
@given(tables(), st.integers(0, 2**16))
def test_wild_codes_decode_within_the_support(table, seed):
    X, _ = table
    codec = TableCodec().fit(X.reset_index(drop=True))
    rng = np.random.default_rng(seed)
    numeric = 50 * rng.normal(size=(30, codec.layout.n_numeric))
    sizes = [stop - start for start, stop in codec.layout.blocks]
    places = rng.integers(0, sizes or 1, size=(30, len(sizes)))
    decoded = codec.decode(numeric, places, rng)
    assert (decoded.dtypes == X.dtypes).all()
    for name in X:
        if X[name].dtype.kind in "if":
            assert decoded[name].min() >= X[name].min() or decoded[name].isna().all()
            assert decoded[name].max() <= X[name].max() or decoded[name].isna().all()


def test_heavy_tails_become_standard_normal():
    x = pd.Series(np.exp(3 * np.random.default_rng(0).normal(size=2000)))
    coded, _ = NumericColumn.fit(x).encode(x)
    assert coded.mean() == pytest.approx(0, abs=1e-3)
    assert coded.std() == pytest.approx(1, abs=1e-3)
    assert np.abs(coded).max() < 4


def test_values_beyond_the_class_are_not_stacked_on_its_ends():
    rng = np.random.default_rng(0)
    x = pd.Series(rng.normal(size=60))
    codec = NumericColumn.fit(x)
    decoded = codec.decode(2 * rng.normal(size=3000), np.zeros(3000, dtype=int))
    assert x.min() <= decoded.min() < decoded.max() <= x.max()
    assert np.unique(decoded, return_counts=True)[1].max() < 30


def test_an_end_that_many_rows_share_keeps_what_lies_beyond():
    x = pd.Series([1, 2, 3, 4, 5] * 20)
    decoded = NumericColumn.fit(x).decode(np.array([-9.0, 9.0]), np.zeros(2, dtype=int))
    np.testing.assert_array_equal(decoded, [1, 5])


def test_coded_values_are_monotone_in_the_values():
    x = pd.Series([3.0, 1.0, 2.0, 2.0, 9.0])
    coded, _ = NumericColumn.fit(x).encode(x)
    np.testing.assert_array_equal(np.argsort(coded, kind="stable"), np.argsort(x, kind="stable"))


def test_neighbours_without_a_number_between_them_have_no_edge() -> None:
    column = pd.Series(1e16 + np.repeat([0, 2, 4], [3, 1, 2]))
    codec = NumericColumn.fit(column, masses=False)
    assert (np.diff(codec.ticks) > 0).all()
    assert codec.decode(*codec.encode(column)).tolist() == column.tolist()


def test_the_order_of_rows_never_shows_in_the_codec():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": rng.normal(size=40), "c": rng.choice(list("abc"), 40)})
    coded = TableCodec().fit(X).encode(X)
    np.testing.assert_array_equal(
        coded, TableCodec().fit(X.sample(frac=1, random_state=1)).encode(X)
    )


def test_rare_levels_share_a_place_and_return_by_frequency():
    column = pd.Series(["a"] * 50 + ["b"] * 30 + ["c"] * 8 + ["d"] * 2)
    codec = CategoricalColumn.fit(column, max_levels=3)
    assert codec.levels == ["a", "b"]
    assert codec.rare == ["c", "d"]
    drawn = pd.Series(codec.decode(np.full(2000, 2), np.random.default_rng(0)))
    assert (drawn == "c").mean() == pytest.approx(0.8, abs=0.05)


def test_unseen_levels_and_values_are_coded_without_fail():
    seen = pd.DataFrame({"x": np.arange(10.0), "c": list("ababababab")})
    codec = TableCodec().fit(seen)
    coded = codec.encode(pd.DataFrame({"x": [1e9, np.nan], "c": ["z", None]}))
    assert np.isfinite(coded).all()
    assert coded[0, 1:].sum() == 0


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1.5, 2.5, 3.5, 4.5, 5.5], "numeric"),
        ([0, 1, 0, 1, 1, 0], "categorical"),
        ([0.5, 1.5], "numeric"),
        ([True, False, True], "categorical"),
        (["a", "b"], "categorical"),
        ([1, 1, 1], "constant"),
        ([np.nan, np.nan], "constant"),
        ([1, 1, np.nan], "numeric"),
        (pd.to_datetime(["2024-01-01", "2024-01-02"]), "numeric"),
        (pd.to_timedelta([1, 2], "h"), "numeric"),
    ],
)
def test_kinds_are_inferred(values, kind):
    assert Column.of(pd.Series(values)).modelled_as(pd.Series(values)) == kind


@pytest.mark.parametrize("dtype", ["int64", "uint64", "Int64", "UInt64"])
def test_integers_of_64_bits_stay_in_their_range(dtype):
    bounds = np.iinfo(dtype.lower())
    column = pd.Series(np.linspace(bounds.min, bounds.max, 50).tolist())
    column = pd.Series([min(int(x), bounds.max) for x in column], dtype=dtype)
    table = pd.DataFrame({"x": column})
    codec = TableCodec().fit(table)
    wild = np.linspace(-5, 5, 50)[:, None]
    decoded = codec.decode(wild, np.empty((50, 0), dtype=int), np.random.default_rng(0))["x"]
    assert decoded.dtype == dtype
    assert decoded[np.abs(wild[:, 0]) < 2].is_monotonic_increasing
    assert float(decoded.max()) == pytest.approx(float(bounds.max), rel=0.05)
    assert float(decoded.min()) == pytest.approx(float(bounds.min), rel=0.05, abs=float(2**60))


@pytest.mark.parametrize("freq", ["12D", "17h"])
def test_dates_of_more_than_292_years_return(freq):
    """Their differences do not fit into 64 bits of nanoseconds."""
    far = pd.Series(["1700-01-01", "2261-12-31"], dtype="datetime64[ns]")
    when = pd.concat([far, pd.Series(pd.date_range("2000-01-01", periods=30, freq=freq))])
    table = pd.DataFrame({"when": when.astype("datetime64[ns]").reset_index(drop=True)})
    decoded = round_trip(TableCodec().fit(table), table)["when"]
    assert (decoded - table["when"]).abs().max() < pd.Timedelta(1, "D")


@pytest.mark.parametrize(
    "far",
    [
        pd.Series(["2024-01-01", "9999-12-31"], dtype="datetime64[s]"),
        pd.Series(["2024-01-01", "9999-12-31"], dtype="datetime64[us]").dt.tz_localize("CET"),
        pd.Series([1, 10**12], dtype="timedelta64[s]"),
    ],
)
def test_dates_that_would_wrap_round_are_refused(far):
    table = pd.DataFrame({"a": [1.0, 2.0] * 5, "until": pd.concat([far] * 5, ignore_index=True)})
    with pytest.raises(TableError, match=r"'until' holds .* missing"):
        VariationalAutoEncoder().fit(table)
    with pytest.raises(TableError):
        compare(table, [0, 1] * 5)


@pytest.mark.parametrize("unit", ["D", "h", "min", "s", "ms"])
def test_dates_return_whole_in_their_unit(unit):
    stamps = pd.Timestamp("2024-02-27", tz="Europe/Berlin") + pd.to_timedelta(range(30), unit)
    table = pd.DataFrame({"when": stamps})
    codec = TableCodec().fit(table)
    numeric = np.random.default_rng(0).normal(size=(50, 1))
    drawn = codec.decode(numeric, np.empty((50, 0), dtype=int), np.random.default_rng(0))["when"]
    assert drawn.dtype == table["when"].dtype
    in_utc = drawn.dt.tz_convert("UTC") - pd.Timestamp("2024-02-26 23:00", tz="UTC")
    assert ((in_utc % pd.Timedelta(1, "h" if unit == "D" else unit)) == pd.Timedelta(0)).all()


def test_a_column_that_is_constant_in_its_class_keeps_what_holds_in_the_table() -> None:
    """The gap to a bound, or the parts of a total, may vary where the column itself does not."""
    rng = np.random.default_rng(1)
    rare = np.arange(400) >= 320
    low = rng.integers(0, 50, 400)
    high = np.where(rare, 200, low + rng.integers(1, 60, 400))
    one = np.round(rng.random(400) * 3, 2)
    other = np.where(rare, np.round(5 - one, 2), np.round(rng.random(400) * 10, 2))
    table = pd.DataFrame(
        {
            "low_a": low,
            "high_a": high,
            "part_p": one,
            "part_q": other,
            "part_total": np.round(one + other, 2),
        }
    )
    quick = VariationalAutoEncoder(min_steps=30, max_steps=30)
    sampler = SMRT(random_state=0, estimator=quick, draw="mixed")
    balanced, _ = sampler.fit_resample(table, rare)
    drawn = balanced[sampler.synthetic_mask_]
    assert "low_a < high_a" in sampler.report_[True].notes
    assert set(drawn.high_a) == {200}
    assert ((drawn.part_p + drawn.part_q - drawn.part_total).abs() < 1e-9).all()
