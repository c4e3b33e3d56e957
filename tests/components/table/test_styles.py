"""Numbers in somebody's style."""

import pandas as pd
import pytest

from components.table.styles import n_rounded


@pytest.mark.parametrize(
    ("text", "loses"),
    [
        ("1.2345678901234567890123", True),
        ("0.1000000000000000055511151231257827", False),  # 0.1, printed with too many digits
        ("9" * 400, False),  # infinite, and named elsewhere
        ("0." + "0" * 1300 + "1234567890123456789", True),
        ("1.2345678901234567890e" + "9" * 400, False),
        ("1.2345678901234567890e-" + "9" * 400, True),
    ],
)
def test_digits_that_64_bits_lose_are_counted(text: str, loses: bool) -> None:
    assert n_rounded(pd.Series([text, "1.5"])) == loses
