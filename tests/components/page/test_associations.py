"""Differences in correlation between a class's real and its synthetic rows."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats.contingency import association

from components.page.associations import SHOWN_COLUMNS, association_gaps


def mixed(n: int, *, tied: bool) -> pd.DataFrame:
    rng = np.random.default_rng(n)
    a = rng.normal(size=n)
    b = a + 0.3 * rng.normal(size=n) if tied else rng.normal(size=n)
    level = np.where((a if tied else rng.normal(size=n)) > 0, "high", "low")
    other = np.where(rng.random(n) < 0.2, "high", level)
    return pd.DataFrame({"a": a, "b": b, "level": level, "other": other, "same": 1.0})


def test_correlations_that_were_lost_show_by_how_much() -> None:
    real, made = mixed(400, tied=True), mixed(300, tied=False)
    found = association_gaps(real, made)
    assert found is not None
    assert found["columns"] == ["a", "b", "level", "other"]  # what never varies has no correlation
    assert found["gaps"][0][0] == (None, None, None)
    gap, before, after = found["gaps"][0][1]
    assert before == pytest.approx(np.corrcoef(real["a"], real["b"])[0, 1])
    assert after == pytest.approx(np.corrcoef(made["a"], made["b"])[0, 1])
    assert gap == pytest.approx(after - before)
    assert found["gaps"][1][0] == found["gaps"][0][1]
    ratio = found["gaps"][0][2][1]
    of_two_levels = abs(np.corrcoef(real["a"], real["level"] == "high")[0, 1])
    assert ratio == pytest.approx(of_two_levels)  # η of two groups is the point-biserial |r|
    cramer = association(pd.crosstab(real["level"], real["other"]).to_numpy(), method="cramer")
    assert found["gaps"][2][3][1] == pytest.approx(cramer)


def test_the_same_rows_differ_by_nothing() -> None:
    rows = mixed(50, tied=True)
    found = association_gaps(rows, rows)
    assert found is not None
    assert found["mean"] == 0.0


def test_many_columns_show_those_that_differ_most() -> None:
    rng = np.random.default_rng(0)
    real = pd.DataFrame(rng.normal(size=(200, 30)), columns=[f"c{n}" for n in range(30)])
    made = real.copy()
    made["c17"] = made["c4"]
    found = association_gaps(real, made)
    assert found is not None
    assert len(found["columns"]) == SHOWN_COLUMNS
    assert {"c4", "c17"} <= set(found["columns"])
    assert found["more"] == 30 - SHOWN_COLUMNS


@pytest.mark.parametrize(
    ("real", "made"),
    [
        ({"a": [1.0, 2.0, 3.0], "b": [1e308, -1e308, 0.0]}, {"a": [1.0, 2.0], "b": [0.0, 1.0]}),
        ({"a": [1.0, 2.0, 3.0], "b": [0.0] * 3}, {"a": [1.0, 2.0, 3.0], "b": [0.0, 1.0, 2.0]}),
        ({"a": [1.0, None, 3.0], "b": [None] * 3}, {"a": [None] * 3, "b": [None] * 3}),
    ],
)
def test_what_cannot_be_compared_is_left_out(real: object, made: object) -> None:
    frames = [pd.DataFrame(part, dtype="float64") for part in (real, made)]
    assert association_gaps(*frames) is None


def test_huge_and_missing_numbers_are_no_trouble() -> None:
    rows = pd.DataFrame({"a": [1e308, -1e308, np.nan, 1.0], "b": [1.0, 2.0, np.nan, 4.0]})
    found = association_gaps(rows, rows)
    assert found is not None
    assert found["mean"] == 0.0
