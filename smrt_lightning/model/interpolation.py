"""Rows between a real row and one of its neighbours, on the class's support.

SMOTE (Chawla et al. 2002, https://doi.org/10.1613/jair.953) with the codec's help: neighbours are
sought among the Gaussian quantiles, so that no column's unit or tail decides; the numbers lie on
the straight line between two rows, the categories and point masses come from either end, all from
the same: drawn one by one they would be a combination that no row has, and the pixels of a picture
speckled.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.model.codec import TableCodec
from smrt_lightning.model.columns import NumericColumn
from smrt_lightning.seeds import numpy_generator
from smrt_lightning.table.neighbors import nearest

N_NEIGHBORS = 3


def interpolate(
    codec: TableCodec, rows: NDArray[np.float32], anchors: NDArray[np.int64], seed: int
) -> pd.DataFrame:
    """Draw one row for each anchor, between it and one of its three nearest rows.

    Parameters
    ----------
    codec : TableCodec
        Fitted on the class.
    rows : ndarray of shape (n_rows, width)
        The coded rows of the class, at least two.
    anchors : ndarray of shape (n,)
        Positions in ``rows``.
    seed : int
        Seed of this draw alone.

    Returns
    -------
    DataFrame of shape (n, n_columns)
        With the columns and dtypes that the codec was fitted on.
    """
    rng = numpy_generator(seed, "interpolation")
    used, asking = np.unique(anchors, return_inverse=True)
    _, near = nearest(rows.astype(np.float64), k=N_NEIGHBORS, asking=used)
    ends = near[asking, rng.integers(near.shape[1], size=len(anchors))]
    start, stop = rows[anchors].astype(np.float64), rows[ends].astype(np.float64)
    step = rng.random((len(anchors), 1))
    layout = codec.layout
    places = np.empty((len(anchors), len(layout.blocks)), dtype=np.int64)
    from_stop = rng.random((len(anchors), 1)) < step
    for block, (begin, end) in enumerate(layout.blocks):
        chosen = np.where(from_stop, stop[:, begin:end], start[:, begin:end])
        places[:, block] = chosen.argmax(axis=1)
    numeric = np.empty((len(anchors), layout.n_numeric))
    columns = (plan.codec for plan in codec.plans if isinstance(plan.codec, NumericColumn))
    presence = dict(layout.presence)
    for at, column in enumerate(columns):
        first, last = start[:, at], stop[:, at]
        if at in presence:  # between a number and a point mass there is only the number
            from_first, from_last = (row[:, presence[at]] > 0 for row in (start, stop))
            first, last = np.where(from_first, first, last), np.where(from_last, last, first)
        numeric[:, at] = column.between(first, last, step[:, 0])
    return codec.decode(numeric, places, rng)
