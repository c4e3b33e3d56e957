"""Directions in words, and two distributions beside each other."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from components.drift import check, shift
from components.drift.portrait import by_how_much, in_words, portraits

RNG = np.random.default_rng(0)
NORMAL = RNG.normal(100, 10, 401)
NORMAL += 100 - np.median(NORMAL)


def of(old: Any, new: Any) -> tuple[shift.Shift, pd.DataFrame, pd.DataFrame]:
    frames = [pd.DataFrame({"x": values}) for values in (old, new)]
    (found,) = shift.judged([shift.value_shift("x", frames[0]["x"], frames[1]["x"], 0.1)], 0.05)
    return found, *frames


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (NORMAL, NORMAL + 20, "higher: median 100 → 120"),
        (NORMAL, NORMAL - 20, "lower: median 100 → 80"),
        (NORMAL, 100 + 3 * (NORMAL - 100),
         "wider around the same median, 100, standard deviation × 3"),
        (NORMAL, 100 + (NORMAL - 100) / 3,
         "narrower around the same median, 100, standard deviation × 0.33"),
        (["a"] * 80 + ["b"] * 20, ["a"] * 40 + ["b"] * 60,
         "more 'b' (20 % → 60 %); fewer 'a' (80 % → 40 %)"),
        (["a"] * 80 + ["b"] * 20, ["c"] * 100,
         "more 'c' (0 % → 100 %); fewer 'a' (80 % → 0 %); fewer 'b' (20 % → 0 %)"),
        (pd.date_range("2024-01-01", periods=90), pd.date_range("2024-06-01", periods=90),
         "later: median 2024-02-14 → 2024-07-15"),
    ],
)  # fmt: skip
def test_the_direction_is_said(old: Any, new: Any, words: str) -> None:
    found, *frames = of(old, new)
    assert found.drifted
    assert in_words(found, *frames).direction == words


def test_missing_cells_have_a_direction() -> None:
    old, new = (
        pd.DataFrame({"x": NORMAL}),
        pd.DataFrame({"x": np.where(NORMAL > 100, NORMAL, None)}),
    )
    found = shift.missing_shift("x", old["x"], new["x"], 0.1)
    share = new["x"].isna().mean()
    assert in_words(found, old, new).direction == f"missing in 0 % → {100 * share:.0f} %"


def test_the_largest_change_comes_first_and_is_drawn() -> None:
    old = pd.DataFrame({"a": NORMAL, "b": NORMAL, "c": NORMAL, "d": (["x", "y"] * 201)[:401]})
    new = pd.DataFrame({"a": NORMAL + 5, "b": NORMAL + 30, "c": NORMAL, "d": ["x"] * 401})
    shifts = shift.judged([shift.value_shift(n, old[n], new[n], 0.1) for n in old], 0.05)
    shifts = [in_words(s, old, new) if s.drifted else s for s in shifts]
    ordered = [s.name for s in by_how_much(shifts)]
    assert ordered.index("b") < ordered.index("a") < ordered.index("c")
    found = portraits(shifts, old, new)
    assert {entry["name"] for entry in found} == {"a", "b", "d"}
    drawn = {entry["name"]: entry for entry in found}
    assert sum(drawn["b"]["reference"]) == pytest.approx(1.0)
    assert sum(drawn["b"]["batch"]) == pytest.approx(1.0)
    assert len(drawn["b"]["edges"]) == len(drawn["b"]["batch"]) + 1
    assert [level for level, _, _ in drawn["d"]["levels"]] == ["x", "y"]
    assert drawn["d"]["levels"][0][2] == 1.0


@pytest.mark.parametrize("old", [[5.0] * 40, [1e17, 1e17 + 16] * 20, [1e150, -1e150] * 20])
def test_odd_numbers_are_drawn(old: list[float]) -> None:
    from components.page.figures import marginal

    new = [value + 1.0 if value == 5.0 else value / 2 for value in old]
    found, *frames = of(old, new)
    assert in_words(found, *frames).direction
    drifted = shift.replace(found, drifted=True)
    (entry,) = portraits([drifted], *frames)
    edges, parts = np.array(entry["edges"]), {0: np.array(entry["reference"])}
    assert marginal("drift-0", "t", parts, edges).svg.startswith("<svg")


def test_the_page_shows_the_pictures_and_escapes() -> None:
    old = pd.DataFrame({"<b>": NORMAL, "d": (["<i>x</i>", "y"] * 201)[:401]})
    new = pd.DataFrame({"<b>": NORMAL + 30, "d": ["<i>x</i>"] * 401})
    shifts = shift.judged([shift.value_shift(n, old[n], new[n], 0.1) for n in old], 0.05)
    shifts = [in_words(s, old, new) for s in shifts]
    page = check.page(
        {
            "drift": True,
            "alarms": ["100% of the columns drifted"],
            "drifted_columns": 1.0,
            "shifts": [s.to_dict() for s in by_how_much(shifts)],
            "portraits": portraits(shifts, old, new),
            "schema_breaks": [],
            "invalid_rows": {"rows": 0, "reasons": []},
            "new_levels": {},
            "known_rows": 0,
            "notes": [],
            "batch": {"name": "may.csv", "sha256": "0" * 64, "rows": 400},
            "reference": {"version": "quiet-owl", "rows": 400, "validated_sha256": "0" * 64},
            "settings": {"max_drifted_columns": 0.25, "alpha": 0.05},
        }
    )
    assert page.count('class="chart"') == 1
    assert "<b>" not in page
    assert "<i>" not in page
    assert "higher: median" in page
