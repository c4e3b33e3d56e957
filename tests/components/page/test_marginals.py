"""The columns that differ most, as the report draws them."""

import numpy as np
import pandas as pd
import pytest

from components.page.marginals import MORE_COLUMNS, REAL, SHOWN_COLUMNS, SMRT, columns_that_differ


def test_large_numbers_that_hardly_differ_are_drawn() -> None:
    """Between 10**17 and 10**17 + 16 there is no other float, and so no twenty bins."""
    real, drawn = (pd.DataFrame({"id": np.array(ids) + 10**17}) for ids in ([0, 16] * 5, [16] * 10))
    (found,) = columns_that_differ("c", {REAL: real, SMRT: drawn})["most"]
    assert found["distance"] == 0.5
    assert found["chart"].svg.startswith("<svg")


@pytest.mark.parametrize(
    ("low", "high", "unit"),
    [(-1.7e308, 1.7e308, "× 1e308"), (0.0, 1.7e308, "× 1e308"), (1e-320, 5e-320, "× 1e-320")],
)
def test_the_ends_of_a_double_are_drawn_with_their_unit(low: float, high: float, unit: str) -> None:
    """matplotlib's own axes overflow there, and round the smallest numbers to 0."""
    real = pd.DataFrame({"a": np.linspace(0, 1, 9) * high + np.linspace(1, 0, 9) * low})
    (found,) = columns_that_differ("c", {REAL: real, SMRT: real})["most"]
    assert unit in found["chart"].svg
    first, *_, last = found["chart"].csv.splitlines()[1:]
    assert float(first.split(",")[0]) == pytest.approx(low, rel=1e-5)
    assert float(last.split(",")[1]) == pytest.approx(high, rel=1e-5)


@pytest.mark.parametrize("value", [3.0, 0.0, 1e17, -1.7e308])
def test_a_column_of_one_value_is_drawn(value: float) -> None:
    same = pd.DataFrame({"a": [value] * 5})
    (found,) = columns_that_differ("c", {REAL: same, SMRT: same})["most"]
    assert found["distance"] == 0
    assert found["chart"].svg.startswith("<svg")


def test_every_column_is_drawn_or_named() -> None:
    rng = np.random.default_rng(0)
    wide = pd.DataFrame(rng.normal(size=(20, 30)), columns=[f"c{number}" for number in range(30)])
    found = columns_that_differ("c", {REAL: wide, SMRT: wide + np.arange(30) / 10})
    drawn = [entry["column"] for entry in found["most"] + found["more"]]
    assert (len(found["most"]), len(found["more"])) == (SHOWN_COLUMNS, MORE_COLUMNS)
    assert sorted(drawn + [name for name, _ in found["others"]]) == sorted(wide.columns)
    distances = [entry["distance"] for entry in found["most"] + found["more"]]
    assert distances == sorted(distances, reverse=True)
