import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smrt_lightning.errors import SplitError
from smrt_lightning.evaluation.splits import make_splits


@st.composite
def tables(draw):
    counts = draw(st.lists(st.integers(4, 40), min_size=2, max_size=4))
    y = np.repeat(np.arange(len(counts)), counts)
    return draw(st.permutations(list(y))), draw(st.integers(0, 10_000))


@given(tables(), st.floats(0.15, 0.5), st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_plain_splits_cover_all_rows_once_and_keep_class_shares(table, test_size, repeats):
    y, seed = np.array(table[0]), table[1]
    splits = make_splits(y, repeats=repeats, test_size=test_size, random_state=seed)
    assert [split.name for split in splits] == [f"split-{i:02d}" for i in range(repeats)]
    for split in splits:
        assert sorted([*split.train, *split.test]) == list(range(len(y)))
        for label in np.unique(y):
            tested = int((y[split.test] == label).sum())
            assert abs(tested - test_size * (y == label).sum()) <= 1
            assert (y[split.train] == label).any()


@given(tables(), st.integers(3, 8), st.integers(3, 15))
@settings(max_examples=40, deadline=None)
def test_neither_groups_nor_duplicates_straddle(table, n_values, n_groups):
    y, seed = np.array(table[0]), table[1]
    rng = np.random.default_rng(seed)
    # Few distinct rows: most of the table are duplicates of one another.
    X = pd.DataFrame({"a": rng.integers(0, n_values, len(y)), "b": rng.random(len(y)).round(1)})
    groups = rng.integers(0, n_groups, len(y)).astype(str)
    for given_groups in (None, groups):
        try:
            splits = make_splits(y, repeats=3, random_state=seed, X=X, groups=given_groups)
        except SplitError:
            continue
        for split in splits:
            both = pd.merge(X.iloc[split.train], X.iloc[split.test], how="inner")
            assert both.empty
            if given_groups is not None:
                assert not set(groups[split.train]) & set(groups[split.test])


def test_grouped_splits_stay_near_the_asked_share():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], [900, 100])
    groups = rng.integers(0, 60, 1000)
    for split in make_splits(y, repeats=5, test_size=0.3, groups=groups):
        assert 0.22 < len(split.test) / 1000 < 0.38
        assert 0.15 < (y[split.test] == 1).sum() / 100 < 0.45


def test_every_row_is_as_likely_tested_as_any_other():
    y = np.repeat([0, 1], [80, 20])
    times = np.zeros(100)
    for split in make_splits(y, repeats=300, test_size=0.3):
        times[split.test] += 1
    assert times.min() > 50
    assert times.max() < 130


def test_minus_zero_missing_values_and_levels_count_as_duplicates():
    X = pd.DataFrame({"a": [0.0, -0.0, np.nan, np.nan] * 5, "b": ["u", "u", None, None] * 5})
    y = np.array([0, 0, 1, 1] * 5)
    with pytest.raises(SplitError, match="identical features"):
        make_splits(y, X=X, repeats=1)


def test_no_column_name_gets_in_the_way():
    X = pd.DataFrame({"self": [0.5, 1.5] * 10, "index": [1.0, 2.0] * 10})
    with pytest.raises(SplitError, match="identical features"):
        make_splits([0, 1] * 10, X=X, repeats=1)


def test_more_repeats_keep_the_earlier_splits():
    y = np.repeat([0, 1], [30, 10])
    few, many = (make_splits(y, repeats=r, random_state=3) for r in (2, 5))
    for a, b in zip(few, many, strict=False):
        np.testing.assert_array_equal(a.test, b.test)
    assert not np.array_equal(many[0].test, many[1].test)


def test_time_splits_train_on_the_strict_past():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 200)
    time = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 60, 200), unit="D")
    starts = []
    for split in make_splits(y, repeats=4, test_size=0.2, time=time):
        assert time[split.train].max() < time[split.test].min()
        assert len(split.test) == 40
        starts.append(time[split.test].min())
    assert starts == sorted(starts)
    assert len(set(starts)) == 4


def test_time_splits_leave_out_training_rows_that_return_in_the_test_part():
    time = np.arange(100)
    y = np.tile([0, 1], 50)
    groups = np.where(time < 20, "early", np.where(time % 10 == 3, "always", time.astype(str)))
    for split in make_splits(y, repeats=3, groups=groups, time=time):
        assert "always" not in set(groups[split.train])
        assert "early" in set(groups[split.train])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"repeats": 0}, "at least 1 repeat"),
        ({"test_size": 1.0}, "strictly between"),
        ({"groups": ["a"] * 12}, "no row is left to test"),
        ({"groups": ["a"]}, "differ in length"),
        ({"time": [None] + [1] * 11}, "1 missing"),
        ({"time": [1] * 12}, "in the past"),
    ],
)
def test_mistakes_are_named(arguments, message):
    with pytest.raises(SplitError, match=message):
        make_splits([0] * 8 + [1] * 4, **arguments)


def test_a_class_of_one_row_cannot_be_split():
    with pytest.raises(SplitError, match="class '1'"):
        make_splits([0] * 8 + [1])


@given(tables(), st.integers(1, 30))
@settings(max_examples=40, deadline=None)
def test_rows_appended_to_one_class_leave_the_others_where_they_are(table, more):
    y, seed = np.array(table[0]), table[1]
    X = np.arange(len(y) + more)[:, None]
    longer = np.append(y, np.zeros(more, dtype=y.dtype))
    before = make_splits(y, repeats=3, random_state=seed, X=X[: len(y)])
    after = make_splits(longer, repeats=3, random_state=seed, X=X)
    others = np.flatnonzero(y != 0)
    for old, new in zip(before, after, strict=True):
        assert np.isin(others, old.test).tolist() == np.isin(others, new.test).tolist()
