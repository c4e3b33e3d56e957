"""What stands in for the autoencoder when a class is too small to train one.

Both work on the class's coded rows, so that the support holds here as well.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.codec import TableCodec


def interpolate(codec: TableCodec, table: pd.DataFrame, n: int, seed: int) -> pd.DataFrame:
    """Draw n rows on the segments between rows and their neighbours.

    The numbers follow SMOTE (Chawla et al. 2002, https://doi.org/10.1613/jair.953), a category
    comes from either end with the chance of its nearness.

    Parameters
    ----------
    codec : TableCodec
        Fitted on ``table``.
    table : DataFrame of shape (n_rows, n_columns)
        At least two rows of one class.
    n : int
        Rows to draw.
    seed : int
        Seed of this draw alone.
    """
    rng = np.random.default_rng(seed)
    rows = codec.encode(table).astype(np.float64)
    distance = ((rows[:, None] - rows[None]) ** 2).sum(axis=2)
    np.fill_diagonal(distance, np.inf)
    nearest = np.argsort(distance, axis=1, kind="stable")[:, : min(5, len(rows) - 1)]
    start = rng.integers(len(rows), size=n)
    stop = nearest[start, rng.integers(nearest.shape[1], size=n)]
    step = rng.random((n, 1))
    layout = codec.layout
    numeric = rows[start] + step * (rows[stop] - rows[start])
    places = np.empty((n, len(layout.blocks)), dtype=np.int64)
    for block, (first, last) in enumerate(layout.blocks):
        from_stop = rng.random(n) < step[:, 0]
        chosen = np.where(from_stop[:, None], rows[stop, first:last], rows[start, first:last])
        places[:, block] = chosen.argmax(axis=1)
    return codec.decode(numeric[:, : layout.n_numeric], places, rng)


def repeat(table: pd.DataFrame, n: int, seed: int) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Draw n rows of ``table`` with replacement, and say which."""
    anchors = np.random.default_rng(seed).integers(len(table), size=n)
    return table.iloc[anchors].reset_index(drop=True), anchors
