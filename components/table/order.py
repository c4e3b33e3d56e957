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
    finite = numbers[np.isfinite(numbers)]
    before, after = finite[:-1], finite[1:]  # compared, for their difference may overflow
    steps = (after > before).astype(int) - (after < before)
    moving = steps[steps != 0]
    if len(moving) < max(FEWEST_VALUES - 1, (1 - ties) * len(steps)):
        return 0
    return int(moving[0]) if (moving == moving[0]).all() else 0
