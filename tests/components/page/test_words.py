"""Any value of a table as text of the page."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from components.page.words import cell


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA, pd.NaT, np.datetime64("NaT")])
def test_what_is_missing_is_a_dash(missing: Any) -> None:
    assert cell(missing) == "–"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *((1.23456, "1.235"), (15850.12, "15850"), (-2e6, "-2000000"), (1e300, "1e+300")),
        *((0.00001234, "1.234e-05"), (3, "3"), ("<b>", "<b>")),
        (pd.Timestamp("2020-09-15"), "2020-09-15"),
        (pd.Timestamp("2020-09-15 10:30"), "2020-09-15 10:30:00"),
        ("2020-09-15 00:00:00", "2020-09-15 00:00:00"),
    ],
)
def test_values_are_short(value: Any, text: str) -> None:
    assert cell(value) == text
