"""Rows that are pictures: a column a pixel."""

from __future__ import annotations

import numpy as np
import pandas as pd

from smrt_lightning.table.columns import Column

_WIDE = 64
_OFTEN = 0.05


def pictures(table: pd.DataFrame) -> bool:
    """Tell whether rows look like pictures: many columns of numbers, most of them often black.

    Black, the least value of all, is then no mass to be drawn column by column, which would speckle
    a picture, but the end of what a pixel's quantile can be.
    """
    if table.shape[1] < _WIDE:
        return False
    columns = [(Column.of(table[name]), table[name]) for name in table]
    numbers = [one.numbers(values) for one, values in columns if one.kind == "numeric"]
    if len(numbers) < _WIDE:
        return False
    values = np.stack(numbers, axis=1)
    varies = values[:, (values != values[:1]).any(axis=0)]
    if varies.shape[1] < _WIDE:
        return False
    black = (varies == np.nanmin(varies)).mean(axis=0)
    return bool(np.median(black) >= _OFTEN)
