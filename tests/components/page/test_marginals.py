"""The columns that differ most, as the report draws them."""

import numpy as np
import pandas as pd

from components.page.marginals import MORE_COLUMNS, REAL, SHOWN_COLUMNS, SMRT, columns_that_differ


def test_large_numbers_that_hardly_differ_are_drawn() -> None:
    """Between 10**17 and 10**17 + 16 there is no other float, and so no twenty bins."""
    real, drawn = (pd.DataFrame({"id": np.array(ids) + 10**17}) for ids in ([0, 16] * 5, [16] * 10))
    (found,) = columns_that_differ("c", {REAL: real, SMRT: drawn})["most"]
    assert found["distance"] == 0.5
    assert found["chart"].svg.startswith("<svg")


def test_a_column_of_one_value_is_drawn() -> None:
    same = pd.DataFrame({"a": [3.0] * 5})
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
