"""The order of rows: columns that only rise or fall, as a time or a counter does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEWEST_VALUES = 20
MOST_TIES = 0.1


def direction(numbers: NDArray[np.float64], *, ties: float = MOST_TIES) -> int:
    """Tell whether numbers only rise (1) or only fall (−1) from row to row; 0 if neither.

    Parameters
    ----------
    numbers : ndarray of shape (n_rows,)
        In the order of the rows, none missing; infinities are passed over.
    ties : float
        The share of steps that may stay where they are.
    """
    steps = np.diff(numbers[np.isfinite(numbers)])
    moving = steps[steps != 0]
    if len(moving) < max(FEWEST_VALUES - 1, (1 - ties) * len(steps)):
        return 0
    return int(np.sign(moving[0])) if (np.sign(moving) == np.sign(moving[0])).all() else 0
