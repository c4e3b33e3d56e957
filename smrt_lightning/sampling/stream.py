"""Balance a table that is known by a sample, and draw its synthetic rows chunk by chunk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.sampling.one_class import ClassWork, begin
from smrt_lightning.table.containers import Container
from smrt_lightning.table.frames import as_frame

if TYPE_CHECKING:
    from smrt_lightning.sampling.sampler import SMRT


def begin_classes(
    sampler: SMRT,
    X: pd.DataFrame,
    y: NDArray[Any],
    wanted: Mapping[Any, int],
    counts: Mapping[Any, int],
) -> tuple[Container, list[ClassWork]]:
    """Learn a sample of a table, and begin the work on each class that is to have more rows.

    Where the sample is the whole table, the rows are those of :meth:`SMRT.fit_resample`.

    Parameters
    ----------
    sampler : SMRT
        It is fitted; its ``sampling_strategy`` is not used.
    X : DataFrame of shape (n_rows, n_columns)
        The rows of the sample.
    y : ndarray of shape (n_rows,)
        Their labels.
    wanted : mapping of label to int
        Synthetic rows of each class.
    counts : mapping of label to int
        Rows of each class in the table.

    Returns
    -------
    container : Container
        Gives drawn rows the dtypes of X.
    works : list of ClassWork
        In the order of the labels.
    """
    container, plain = Container.of(X)
    sampler._validate_params()
    sampler.sampling_strategy_ = {label: wanted[label] for label in sorted(wanted)}
    frame = as_frame(sampler, plain)
    total = sum(counts.values())
    return container, [
        begin(sampler, label, n, X, own, fitted, (counts[label], total - counts[label]))
        for label, n, X, own, fitted in sampler._learn(frame, np.asarray(y))
    ]
