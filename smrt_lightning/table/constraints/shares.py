"""Parts that add up to a constant: drawn parts are brought to their sum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.table.columns import to_float
from smrt_lightning.table.constraints.ladder import Rise
from smrt_lightning.table.constraints.total import Total
from smrt_lightning.table.numbers.support import NumberSupport

Floats = NDArray[np.float64]


def shared_out(
    table: pd.DataFrame,
    one: Total,
    supports: Mapping[Any, NumberSupport],
    dtypes: Mapping[Any, Any],
) -> pd.DataFrame:
    """Return the table with the parts of each row brought to their sum.

    Parts that are too large shrink towards their least values, parts that are too small grow
    towards their largest ones, in proportion; on a step, those that lose most by rounding down are
    rounded up.
    """
    if not all(name in supports for name in one.parts):
        return table
    rise = [Rise(supports[name], dtypes[name]) for name in one.parts]
    low, high = np.array([r.ends for r in rise], dtype=np.float64).T
    values = np.stack([to_float(table[name]) for name in one.parts], axis=1)
    there = ~np.isnan(values).any(axis=1)
    wrong = there & one.broken(table)
    if not wrong.any():
        return table
    scales = [supports[name].scale for name in one.parts]
    decimals = [scale.decimals for scale in scales if scale.written == "number"]
    stepped = len(decimals) == len(scales) and None not in decimals
    finest = max((d for d in decimals if d is not None), default=0) if stepped else 0
    step = 1.0
    if stepped:
        units = [s.unit * 10 ** (finest - (s.decimals or 0)) for s in scales]
        step = float(np.gcd.reduce(np.array(units, dtype=object))) / 10**finest
    room = (high - low) / step
    total = (float(one.constant or 0) - low.sum()) / step
    parts = np.clip((values[wrong] - low) / step, 0, room)
    given = parts.sum(axis=1, keepdims=True)
    left = (room - parts).sum(axis=1, keepdims=True)
    shrunk = parts * (total / np.where(given > 0, given, 1.0))
    grown = room - (room - parts) * ((room.sum() - total) / np.where(left > 0, left, 1.0))
    parts = np.where(given > total, shrunk, grown)
    if stepped:
        parts = _whole(parts, round(total))
    fixed = values.copy()
    fixed[wrong] = low + parts * step
    if stepped:
        fixed[wrong] = np.round(fixed[wrong], finest)
    changed = {
        name: rise[j].column(
            fixed[:, j]
            if not pd.api.types.is_integer_dtype(dtypes[name])
            else np.nan_to_num(np.round(fixed[:, j])),
            np.isnan(values[:, j]),
            table.index,
        )
        for j, name in enumerate(one.parts)
    }
    settled = table.copy(deep=False)
    for name, column in changed.items():
        settled[name] = column
    return settled


def _whole(parts: Floats, total: int) -> Floats:
    """Round the parts of each row so that their sum is the total (largest remainders)."""
    down = np.floor(parts + 1e-9)
    short = total - down.sum(axis=1)
    order = np.argsort(-(parts - down), axis=1, kind="stable")
    rank = np.argsort(order, axis=1, kind="stable")
    return np.asarray(down + (rank < short[:, None]))
