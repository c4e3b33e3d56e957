"""Comparisons of columns: quiet without change, loud with it, and never over a trifle."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.drift.shift import (
    Shift,
    error_shift,
    judged,
    level_shift,
    missing_shift,
    value_shift,
)
from smrt_lightning.table.columns import Column


def one(found: Shift) -> Shift:
    return judged([found], alpha=0.05)[0]


def test_the_same_values_do_not_drift(rng: np.random.Generator) -> None:
    old = pd.Series(rng.normal(size=2000))
    found = one(value_shift("x", old, pd.Series(rng.normal(size=500)), 0.1))
    assert not found.drifted
    assert found.effect is not None
    assert found.effect < 0.1


def test_a_move_by_half_a_deviation_is_found_and_measured(rng: np.random.Generator) -> None:
    old = pd.Series(rng.normal(10, 4, size=4000))
    found = one(value_shift("x", old, pd.Series(rng.normal(12, 4, size=4000)), 0.1))
    assert found.drifted
    assert found.effect == pytest.approx(0.5, abs=0.08)


def test_a_trifle_on_a_large_table_is_no_alarm(rng: np.random.Generator) -> None:
    old = pd.Series(rng.normal(size=200_000))
    found = one(value_shift("x", old, pd.Series(rng.normal(0.03, 1, size=200_000)), 0.1))
    assert found.p_adjusted is not None
    assert found.p_adjusted < 1e-6
    assert not found.drifted


def test_a_large_effect_by_chance_is_no_alarm() -> None:
    found = one(value_shift("x", pd.Series([1.0, 2.0, 3.0]), pd.Series([9.0]), 0.1))
    assert found.effect is not None
    assert found.effect > 1
    assert not found.drifted


def test_levels() -> None:
    old = pd.Series(["a"] * 60 + ["b"] * 40)
    same = one(level_shift("values", "c", old, pd.Series(["a"] * 31 + ["b"] * 19), 0.1))
    assert not same.drifted
    moved = one(level_shift("values", "c", old, pd.Series(["a"] * 10 + ["b"] * 90), 0.1))
    assert moved.drifted
    assert moved.effect == pytest.approx(0.5)
    new = one(level_shift("values", "c", old, pd.Series(["z"] * 50), 0.1))
    assert new.drifted
    assert new.effect == 1.0


def test_rare_levels_are_taken_together_and_one_level_says_nothing() -> None:
    old = pd.Series([f"id-{i}" for i in range(50)])
    found = one(level_shift("values", "id", old, pd.Series(["other"] * 2), 0.1))
    assert found.p is None
    assert found.reason == "all levels are too rare to compare"
    constant = one(level_shift("values", "c", pd.Series(["a"] * 50), pd.Series(["a"] * 9), 0.1))
    assert (constant.p, constant.effect, constant.drifted) == (None, 0.0, False)


def test_missing_cells_are_a_change_of_their_own() -> None:
    old = pd.Series([1.0] * 100)
    new = pd.Series([1.0] * 50 + [np.nan] * 50)
    assert not one(value_shift("x", old, new, 0.1)).drifted
    found = one(missing_shift("x", old, new, 0.1))
    assert found.drifted
    assert found.effect == pytest.approx(0.5)


def test_a_constant_that_moved(rng: np.random.Generator) -> None:
    found = one(value_shift("x", pd.Series([5.0] * 100), pd.Series([6.0] * 100), 0.1))
    assert found.drifted
    assert found.effect == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("column", "measured"),
    [
        (pd.Series([1, 2], dtype="Int64"), True),
        (pd.Series(pd.to_datetime(["2020-01-01", "2020-02-01"])), True),
        (pd.Series(pd.to_timedelta([1, 2], unit="h")), True),
        (pd.Series([True, False]), False),
        (pd.Series([True, None], dtype="boolean"), False),
        (pd.Series(["a", "b"], dtype="category"), False),
        (pd.Series(["a", "b"]), False),
    ],
)
def test_every_kind_of_column_compares_with_itself(column: "pd.Series", measured: bool) -> None:
    assert Column.of(column).measured is measured
    column = pd.concat([column] * 30, ignore_index=True)
    found = one(value_shift("x", column, column, 0.1))
    assert not found.drifted
    assert found.effect == 0.0
    assert one(value_shift("x", column, column.iloc[:0], 0.1)).reason == "no values to compare"


def test_errors_are_compared_by_ranks() -> None:
    old = np.arange(200.0)
    old[-1] = 1e300
    assert not one(error_shift("rare", old, old, 0.2)).drifted
    found = one(error_shift("rare", old, old + 150.0, 0.2))
    assert found.drifted
    assert found.effect == pytest.approx(0.75, abs=0.02)


def test_no_more_false_alarms_than_asked_for(rng: np.random.Generator) -> None:
    """Under no change, a batch of 20 columns is called drifted in about alpha of the cases."""
    alarms = 0
    for _ in range(200):
        shifts = [
            value_shift(
                str(k), pd.Series(rng.normal(size=300)), pd.Series(rng.normal(size=60)), 0.0
            )
            for k in range(20)
        ]
        alarms += any(found.drifted for found in judged(shifts, alpha=0.05))
    assert alarms <= 20  # of 200; 10 expected, and KS with ties or small samples errs on this side


@settings(max_examples=50, deadline=None)
@given(
    old=st.lists(st.sampled_from("abcd"), min_size=1, max_size=60),
    new=st.lists(st.sampled_from("bcde"), min_size=1, max_size=60),
)
def test_total_variation_is_a_distance(old: list[str], new: list[str]) -> None:
    a, b = pd.Series(old), pd.Series(new)
    there, back = level_shift("values", "x", a, b, 0.1), level_shift("values", "x", b, a, 0.1)
    assert there.effect is not None
    assert 0.0 <= there.effect <= 1.0 + 1e-12
    assert back.effect == pytest.approx(there.effect)
    assert level_shift("values", "x", a, a, 0.1).effect == 0.0
