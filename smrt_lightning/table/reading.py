"""Any table and any labels, brought into the one shape that the evaluation works on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.errors import TableError
from smrt_lightning.table.columns import refuse_far_dates


def as_frame(X: Any) -> pd.DataFrame:
    """Return ``X`` as a frame with a plain row index and distinct string column names.

    Parameters
    ----------
    X : array-like or DataFrame, shape (n, d)
        Columns of any kind.

    Raises
    ------
    TableError
        When ``X`` is not two-dimensional, is empty, two column names read alike, or a date lies
        too far off.
    """
    if isinstance(X, pd.DataFrame):
        frame = X.reset_index(drop=True)
        frame.columns = pd.Index([str(name) for name in X.columns])
    else:
        array = np.asarray(X)
        if array.ndim != 2:
            raise TableError(
                f"X has {array.ndim} dimension(s); a table of shape (rows, columns) is needed."
            )
        frame = pd.DataFrame(array, columns=[f"x{i}" for i in range(array.shape[1])])
        if array.dtype == object:
            frame = frame.infer_objects()
    if frame.empty:
        raise TableError(f"X is empty: its shape is {frame.shape}.")
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise TableError(f"Two columns are named {twice!r}; rename one of them.")
    refuse_far_dates(frame)
    return frame


@dataclass(frozen=True)
class Labels:
    """Class labels as codes.

    Attributes
    ----------
    codes : int array, shape (n,)
        Position of each row's label in ``values``.
    values : tuple
        The distinct labels in sorted order.
    names : tuple of str
        The same labels as text, distinct.
    """

    codes: NDArray[np.intp]
    values: tuple[Any, ...]
    names: tuple[str, ...]

    @property
    def rarest(self) -> int:
        """Code of the rarest class; of two equally rare, the later in sorted order."""
        counts = np.bincount(self.codes, minlength=len(self.values))
        return int(len(counts) - 1 - np.argmin(counts[::-1]))


def as_labels(y: Any, *, known: Sequence[Any] | None = None) -> Labels:
    """Encode labels of any hashable kind.

    Parameters
    ----------
    y : array-like, shape (n,)
    known : sequence, optional
        Labels that are allowed, in order; by default those of ``y``, sorted.

    Raises
    ------
    TableError
        When labels are missing, unknown, alike as text, or fewer than two.
    """
    series = pd.Series(y).reset_index(drop=True).astype(object)
    if series.isna().any():
        raise TableError(f"{int(series.isna().sum())} label(s) are missing; drop those rows first.")
    present = list(pd.unique(series))
    if known is None:
        try:
            values = sorted(present)
        except TypeError:
            values = sorted(present, key=lambda label: (type(label).__name__, str(label)))
    else:
        values = list(known)
        strange = [label for label in present if label not in values]
        if strange:
            raise TableError(f"Unknown label {strange[0]!r}; the table's labels are {values!r}.")
    names = tuple(str(label) for label in values)
    if len(values) < 2:
        raise TableError(f"Two classes or more are needed; the labels are {values!r}.")
    if len(set(names)) < len(names):
        raise TableError(f"Two labels read alike as text among {values!r}; rename one.")
    position = {label: code for code, label in enumerate(values)}
    codes = np.fromiter((position[label] for label in series), dtype=np.intp, count=len(series))
    return Labels(codes, tuple(values), names)
