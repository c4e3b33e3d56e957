"""The columns that differ most, as the report draws them."""

import numpy as np
import pandas as pd

from components.page.marginals import REAL, SMRT, columns_that_differ


def test_large_numbers_that_hardly_differ_are_drawn() -> None:
    """Between 10**17 and 10**17 + 16 there is no other float, and so no twenty bins."""
    real, drawn = (pd.DataFrame({"id": np.array(ids) + 10**17}) for ids in ([0, 16] * 5, [16] * 10))
    (found,) = columns_that_differ("c", {REAL: real, SMRT: drawn})
    assert found["distance"] == 0.5
    assert found["chart"].startswith("<svg")


def test_a_column_of_one_value_is_drawn() -> None:
    same = pd.DataFrame({"a": [3.0] * 5})
    (found,) = columns_that_differ("c", {REAL: same, SMRT: same})
    assert found["distance"] == 0
    assert found["chart"].startswith("<svg")
