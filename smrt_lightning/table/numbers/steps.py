"""The step of some numbers: what they all are whole multiples of."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CHANCE = 1e3
FEW_STEPS = 8
_MAX_DECIMALS = 8


def whole_step(whole: Ints) -> int:
    """Return the largest step that all values keep and that chance would hardly give, else 1."""
    if len(whole) < 2:
        return 1
    apart = (whole[1:].view(np.uint64) - whole[:-1].view(np.uint64)).astype(object)
    step = int(np.gcd.reduce(apart))
    believed = (len(whole) - 1) * np.log(max(step, 1)) >= np.log(CHANCE)
    return step if step > 1 and step < 2**62 and believed else 1


def decimals_of(values: Floats, single: Any) -> int | None:
    """Count the decimals that write every value exactly, or None if more than eight."""
    sample = values.astype(single)
    for decimals in range(_MAX_DECIMALS + 1):
        with np.errstate(over="ignore", invalid="ignore"):
            if np.array_equal(np.round(values, decimals).astype(single), sample):
                return decimals
    return None


def float_step(x: Floats, single: Any) -> float:
    """Return the step of floats that more than eight decimals write: thirds, standard scores."""
    if len(x) < FEW_STEPS:
        return 0.0
    shortest = float(np.diff(x).min())
    coarse = 64 * float(np.finfo(single).eps) * float(np.abs(x[[0, -1]]).max())
    for part in (1, 2, 3):
        step = shortest / part
        if not float(x[-1] - x[0]) <= 1e6 * step or coarse > step * 1e-2:
            return 0.0
        # The shortest distance carries the values' own rounding: measure the step over all.
        step = float(x[-1] - x[0]) / round(float(x[-1] - x[0]) / step)
        off = np.abs((x - x[0]) / step - np.round((x - x[0]) / step))
        if off.max() < max(1e-6, coarse / step):
            return step
    return 0.0
