"""Rows that are pictures: a column a pixel."""

from __future__ import annotations

import numpy as np
import pandas as pd

from smrt_lightning.table.columns import Column

_WIDE = 64
_OFTEN = 0.05
_SHADES = 8


def pictures(table: pd.DataFrame) -> bool:
    """Tell whether rows look like pictures: many columns of numbers on one scale, often black.

    Black, the least value of all, is then no mass to be drawn column by column, which would speckle
    a picture, but the end of what a pixel's quantile can be. Flags have no shades, and of counts,
    such as those of words, most columns stay far below the largest of all: neither are pictures.
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
    known = varies[~np.isnan(varies)]
    if len(np.unique(known)) < _SHADES:
        return False
    least, largest = known.min(), known.max()
    brightest = np.median(np.fmax.reduce(varies, axis=0, initial=least))
    often_black = np.median((varies == least).mean(axis=0)) >= _OFTEN
    return bool(often_black and brightest >= (least + largest) / 2)
