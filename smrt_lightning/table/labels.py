"""Class labels in every form that people give them, as one column and given back as they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.errors import TableError
from smrt_lightning.table.containers import is_tensor, tensor_to_array


class Target:
    """The labels of a table.

    Parameters
    ----------
    y : array-like of shape (n,), (n, 1) or (n, n_classes)
        A list, array, series, tensor, or column of a frame; or a matrix with a single 1 in every
        row (one-hot), whose classes are 0, 1, … in the order of its columns.

    Attributes
    ----------
    values : ndarray of shape (n,)
        The labels.
    """

    def __init__(self, y: Any) -> None:
        self._given = y
        self._one_hot = self._column = False
        values: Any
        if is_tensor(y):
            values = tensor_to_array(y)
        elif isinstance(y, pd.DataFrame | pd.Series):
            values = y.to_numpy()
        elif y is None:
            values = None
        elif hasattr(y, "shape") and not isinstance(y, np.ndarray | np.generic):
            values = _others(y)
        else:
            values = np.asarray(y)
            if isinstance(y, list | tuple) and values.dtype.kind in "US":
                values = _of_list(y, values)
        if isinstance(values, np.ndarray) and values.ndim == 2:
            values = self._one_column(values)
        if getattr(values, "dtype", None) == np.dtype(object) and values.ndim == 1:
            values = pd.Series(values).infer_objects().to_numpy()
        self.values = values

    def _one_column(self, values: NDArray[Any]) -> NDArray[Any]:
        if values.shape[1] == 1:
            self._column = True
            return values[:, 0]
        kind = values.dtype.kind
        numbers = values if kind in "biuf" else pd.DataFrame(values).convert_dtypes().to_numpy()
        if not np.isin(numbers, (0, 1)).all():
            raise TableError(
                "Multilabel and multioutput targets are not supported: y has "
                f"{values.shape[1]} columns that are not 0 and 1. Give one label a row."
            )
        if (numbers.astype(np.int64).sum(axis=1) != 1).any():
            raise TableError(
                "Imbalanced-learn currently supports binary, multiclass and binarized encoded "
                "multiclasss targets. Multilabel and multioutput targets are not supported."
            )
        self._one_hot = True
        return np.asarray(numbers.astype(np.int64).argmax(axis=1))

    def extended(self, labels: NDArray[Any]) -> Any:
        """Return y, the very labels that were given, and behind them new ones."""
        y, made = self._given, np.asarray(labels)
        if self._one_hot:
            made = np.eye(y.shape[1], dtype=np.int64)[made.astype(np.int64)]
        elif self._column:
            made = made[:, None]
        if isinstance(y, pd.Series):
            new = pd.Series(made, dtype=y.dtype, name=y.name)
            return pd.concat([y, new], ignore_index=True) if len(new) else y.reset_index(drop=True)
        if isinstance(y, pd.DataFrame):
            rows = pd.DataFrame(made, columns=y.columns).astype(y.dtypes.to_dict())
            return (
                pd.concat([y, rows], ignore_index=True) if len(rows) else y.reset_index(drop=True)
            )
        if isinstance(y, list | tuple):
            return [*y, *made.tolist()]
        if is_tensor(y):
            import torch

            return torch.cat([y, torch.as_tensor(made, dtype=y.dtype, device=y.device)])
        if isinstance(y, np.ndarray):
            return np.concatenate([y, made.astype(y.dtype)])
        return _others_extended(y, made)


def _of_list(y: Any, values: NDArray[Any]) -> NDArray[Any]:
    """Return a list's own labels where numpy would turn numbers among texts into texts."""
    if all(isinstance(label, str | bytes) for label in y) or values.ndim > 1:
        return values
    own = np.empty(len(y), dtype=object)
    own[:] = y
    return own


def _others(y: Any) -> Any:
    """Return the values of another library's series or frame."""
    import narwhals as nw

    try:
        given = nw.from_native(y, allow_series=True, eager_only=True)
    except TypeError:
        return np.asarray(y)
    return given.to_numpy()


def _others_extended(y: Any, made: NDArray[Any]) -> Any:
    import narwhals as nw

    try:
        given: Any = nw.from_native(y, allow_series=True, eager_only=True)
    except TypeError:
        return np.concatenate([np.asarray(y), made])
    if isinstance(given, nw.DataFrame):
        columns = {name: made[:, at] for at, name in enumerate(given.columns)}
        new: Any = nw.from_dict(columns, backend=given.implementation)
        alike = new.select(nw.col(name).cast(kind) for name, kind in given.schema.items())
        return nw.concat([given, alike]).to_native()
    frame = given.alias("y").to_frame()
    new = nw.from_dict({"y": made.tolist()}, backend=given.implementation)
    both = nw.concat([frame, new.select(nw.col("y").cast(given.dtype))])
    return both["y"].alias(given.name).to_native()


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
    y : array-like
        As :class:`Target` takes them.
    known : sequence, optional
        Labels that are allowed, in order; by default those of ``y``, sorted.

    Raises
    ------
    TableError
        When labels are missing, unknown, alike as text, or fewer than two.
    """
    values = Target(y).values if not isinstance(y, pd.Series) else y
    series = pd.Series(values).reset_index(drop=True).astype(object)
    if series.isna().any():
        raise TableError(f"{int(series.isna().sum())} label(s) are missing; drop those rows first.")
    present = list(pd.unique(series))
    if known is None:
        try:
            ordered = sorted(present)
        except TypeError:
            ordered = sorted(present, key=lambda label: (type(label).__name__, str(label)))
    else:
        ordered = list(known)
        strange = [label for label in present if label not in ordered]
        if strange:
            raise TableError(f"Unknown label {strange[0]!r}; the table's labels are {ordered!r}.")
    names = tuple(str(label) for label in ordered)
    if len(ordered) < 2:
        raise TableError(f"Two classes or more are needed; the labels are {ordered!r}.")
    if len(set(names)) < len(names):
        raise TableError(f"Two labels read alike as text among {ordered!r}; rename one.")
    position = {label: code for code, label in enumerate(ordered)}
    codes = np.fromiter((position[label] for label in series), dtype=np.intp, count=len(series))
    return Labels(codes, tuple(ordered), names)
