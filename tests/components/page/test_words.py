"""Any value of a table as text of the page."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from components.page.words import cell


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA, pd.NaT, np.datetime64("NaT")])
def test_what_is_missing_is_a_dash(missing: Any) -> None:
    assert cell(missing) == "–"


@pytest.mark.parametrize(("value", "text"), [(1.23456, "1.235"), (3, "3"), ("<b>", "<b>")])
def test_values_are_short(value: Any, text: str) -> None:
    assert cell(value) == text
