"""What only rises or falls from row to row."""

import numpy as np

from components.table.order import direction


def test_infinities_are_passed_over() -> None:
    rising = np.arange(40, dtype=float)
    rising[[3, 4]] = np.inf
    assert direction(rising) == 1
    assert direction(-rising) == -1
    assert direction(np.random.default_rng(0).normal(size=40)) == 0


def test_numbers_whose_difference_overflows() -> None:
    rising = np.linspace(-1.0, 1.0, 40) * 1.7e308
    assert direction(rising) == 1
    assert direction(rising[::-1]) == -1
    assert direction(np.where(np.arange(40) % 2, 1.7e308, -1.7e308)) == 0
