"""The containers that tables come in: read as a plain data frame, given back as they were.

Inside the library a table is a data frame of numpy's and pandas' own dtypes. Real rows never make
that journey and back: new rows are put behind the very rows that were given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from scipy import sparse

from smrt_lightning.errors import TableError
from smrt_lightning.table.values import (
    dtype_from_json,
    dtype_to_json,
    value_from_json,
    value_to_json,
)

Kind = Literal["frame", "other frame", "array", "list", "sparse", "tensor"]
_MAX_DENSE_CELLS = 100_000_000


@dataclass(frozen=True)
class Foreign:
    """A dtype that is another inside the library.

    Attributes
    ----------
    dtype : dtype
        Of the column as it was given.
    holds : {"values", "dates", "decimals"}
        What a column of objects holds; "values" for all other dtypes.
    places : int
        Decimal places of decimals.
    """

    dtype: Any
    holds: Literal["values", "dates", "decimals"] = "values"
    places: int = 0

    def give(self, column: Any) -> Any:
        """Return a plain column in this dtype."""
        if self.holds == "dates":
            return column.dt.date.astype(object).where(column.notna(), None)
        if self.holds == "decimals":
            step = Decimal(1).scaleb(-self.places)
            made = [None if np.isnan(x) else Decimal(repr(float(x))).quantize(step) for x in column]
            return pd.Series(made, index=column.index, dtype=object)
        return column.astype(self.dtype)


@dataclass(frozen=True)
class Container:
    """The container that a table came in.

    Attributes
    ----------
    kind : {"frame", "other frame", "array", "list", "sparse", "tensor"}
        A frame of pandas, or of another library that narwhals knows (polars, pyarrow, modin, …);
        an array of numpy, a list of rows, a sparse matrix or array of scipy, a tensor of torch.
    dtype : str or None
        Of an array, a sparse matrix or a tensor.
    make : str or None
        The other frame's library, or the name of scipy's class.
    foreign : dict
        Column → dtype, where the one inside is another.
    """

    kind: Kind
    dtype: str | None = None
    make: str | None = None
    foreign: Mapping[Any, Foreign] = field(default_factory=dict)

    @classmethod
    def of(cls, X: Any) -> tuple[Self, Any]:
        """Describe what a table came in, and unpack it.

        Returns
        -------
        container : Container
        plain : DataFrame, ndarray or X
            A frame of plain dtypes for every kind of frame, an array for tensors and sparse
            matrices; anything else as it is.

        Raises
        ------
        TableError
            If a sparse matrix has more than 100 million cells.
        """
        if isinstance(X, pd.DataFrame):
            plain, foreign = _plain_frame(X)
            return cls("frame", foreign=foreign), plain
        if sparse.issparse(X):
            if X.shape[0] * X.shape[1] > _MAX_DENSE_CELLS:
                raise TableError(
                    f"X is sparse with {X.shape[0]:,} × {X.shape[1]:,} cells; SMRT learns dense "
                    "rows and takes sparse matrices of up to 100 million cells. Reduce the columns "
                    "first, for example with sklearn.decomposition.TruncatedSVD."
                )
            return cls("sparse", str(X.dtype), type(X).__name__), X
        if is_tensor(X):
            return cls("tensor", str(X.dtype).removeprefix("torch.")), tensor_to_array(X)
        if isinstance(X, np.ma.MaskedArray):  # numpy would forget the mask
            return cls("array", str(X.dtype)), pd.DataFrame(X)
        if isinstance(X, list | tuple):
            nested = len(X) and all(isinstance(row, list | tuple) for row in X)
            return cls("list"), _plain_frame(pd.DataFrame(list(X)))[0] if nested else X
        if not isinstance(X, np.ndarray) and (arrow := _arrow_table(X)) is not None:
            given = arrow[1].to_pandas(types_mapper=pd.ArrowDtype)
            plain, foreign = _plain_frame(given)
            return cls("other frame", make=arrow[0], foreign=foreign), plain
        return cls("array", str(getattr(X, "dtype", "float64"))), X

    def rows(self, frame: pd.DataFrame) -> Any:
        """Return rows of the library in this container.

        Parameters
        ----------
        frame : DataFrame of shape (n_rows, n_columns)
            Of the dtypes inside.
        """
        given = frame
        if self.foreign:
            given = frame.copy(deep=False)
            for name, foreign in self.foreign.items():
                given[name] = foreign.give(frame[name])
        if self.kind == "frame":
            return given
        if self.kind == "other frame":
            import narwhals as nw
            import pyarrow as pa

            table = pa.Table.from_pandas(given, preserve_index=False)
            library: Any = self.make
            return nw.from_arrow(table, backend=library).to_native()
        if self.kind == "list":
            return frame.to_numpy(dtype=object).tolist()
        array = frame.to_numpy(dtype=self._numpy_dtype())
        if self.kind == "tensor":
            import torch

            return torch.tensor(array).to(getattr(torch, self.dtype or "float32"))
        if self.kind == "sparse":
            return getattr(sparse, self.make or "csr_matrix")(array)
        kind = np.dtype(self.dtype).kind
        return array.astype(self.dtype) if kind in "US" and len(array) else array

    def extended(self, X: Any, frame: pd.DataFrame) -> Any:
        """Return X, the very rows that were given, and behind them rows of the library."""
        made = self.rows(frame)
        if self.kind == "frame":
            if frame.empty and len(frame.columns):
                return X.reset_index(drop=True)
            return pd.concat([X.reset_index(drop=True), made], ignore_index=True)
        if self.kind == "other frame":
            import narwhals as nw

            given, behind = nw.from_native(X, eager_only=True), nw.from_native(made)
            alike = behind.select(nw.col(name).cast(kind) for name, kind in given.schema.items())
            return nw.to_native(nw.concat([given, alike]))
        if self.kind == "list":
            return [*X, *made]
        if self.kind == "sparse":
            return type(X)(sparse.vstack([X, made], format=X.format, dtype=X.dtype))
        if self.kind == "tensor":
            import torch

            return torch.cat([X, made.to(X.device)])
        if not isinstance(X, np.ndarray):
            X = np.asarray(X)
        if made.dtype.kind in "US":
            made = made.astype(X.dtype)
        together = np.ma.concatenate if isinstance(X, np.ma.MaskedArray) else np.concatenate
        return together([X, made])

    def _numpy_dtype(self) -> Any:
        if self.kind == "tensor" and self.dtype == "bfloat16":
            return np.dtype("float32")
        dtype = np.dtype(self.dtype)
        return np.dtype(object) if dtype.kind in "OUS" else dtype

    def to_json(self) -> dict[str, Any]:
        """Return plain values; dtypes that no text names are left out."""
        foreign = []
        for name, column in self.foreign.items():
            try:
                dtype = dtype_to_json(column.dtype)
                dtype_from_json(dtype)
            except (TypeError, NotImplementedError):  # such as pyarrow's decimals and dictionaries
                continue
            foreign.append([value_to_json(name), dtype, column.holds, column.places])
        return {"kind": self.kind, "dtype": self.dtype, "make": self.make, "foreign": foreign}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Return the container that :meth:`to_json` wrote."""
        foreign = {
            value_from_json(name): Foreign(dtype_from_json(dtype), holds, places)
            for name, dtype, holds, places in stored["foreign"]
        }
        return cls(stored["kind"], stored["dtype"], stored["make"], foreign)


def is_tensor(X: Any) -> bool:
    """Tell whether X is a tensor of torch, without importing torch."""
    return type(X).__module__.split(".")[0] == "torch" and hasattr(X, "detach")


def tensor_to_array(X: Any) -> Any:
    """Return a tensor's values as an array; bfloat16, which numpy lacks, as float32."""
    X = X.detach().cpu()
    return (X.float() if str(X.dtype) == "torch.bfloat16" else X).numpy()


def _arrow_table(X: Any) -> tuple[str, Any] | None:
    """Return the library and the Arrow table of a frame that is not pandas', if it is one."""
    import narwhals as nw

    try:
        frame = nw.from_native(X, eager_only=True)
    except TypeError:
        return None
    return frame.implementation.value, frame.to_arrow()


def _plain_frame(frame: pd.DataFrame) -> tuple[pd.DataFrame, dict[Any, Foreign]]:
    """Return a frame of plain dtypes with a fresh index, and what its dtypes were."""
    plain = frame.reset_index(drop=True)
    if frame.columns.has_duplicates:
        return plain, {}
    foreign: dict[Any, Foreign] = {}
    changed: dict[Any, pd.Series] = {}
    for name in plain.columns:
        column = plain[name]
        if (found := _plain_column(column)) is not None:
            changed[name], foreign[name] = found
    return _replaced(plain, changed) if changed else plain, foreign


def _replaced(frame: pd.DataFrame, changed: Mapping[Any, pd.Series]) -> pd.DataFrame:
    names = frame.columns
    columns = [changed[name] if name in changed else frame[name] for name in names]
    replaced = pd.concat(columns, axis=1)
    replaced.columns = names
    return replaced


def _plain_column(column: Any) -> tuple[pd.Series, Foreign] | None:
    """Return a column in the dtype that it has inside, and its own; None where they are one."""
    dtype = column.dtype
    if isinstance(dtype, pd.SparseDtype):
        return column.sparse.to_dense(), Foreign(dtype)
    if isinstance(dtype, pd.ArrowDtype):
        return _from_arrow(column, dtype), Foreign(dtype)
    if dtype == np.float16:
        return column.astype(np.float32), Foreign(dtype)
    if dtype == np.longdouble and dtype != np.float64:
        return column.astype(np.float64), Foreign(dtype)
    if dtype == np.dtype(object):
        holds = pd.api.types.infer_dtype(column, skipna=True)
        if holds == "date":
            days = column.to_numpy(dtype=object).astype("datetime64[s]")
            return pd.Series(days, name=column.name), Foreign(dtype, "dates")
        if holds == "decimal":
            present = column.dropna()
            if all(value.is_finite() for value in present):
                places = max(max(0, -value.as_tuple().exponent) for value in present)
                return column.astype(np.float64), Foreign(dtype, "decimals", places)
    return None


def _from_arrow(column: Any, dtype: Any) -> Any:
    """Return a column of Arrow's in the dtype that it has inside, whole numbers exact."""
    import pyarrow as pa

    kinds, arrow, missing = pa.types, dtype.pyarrow_dtype, bool(column.isna().any())
    if kinds.is_decimal(arrow) or kinds.is_floating(arrow) or kinds.is_null(arrow):
        small = kinds.is_float32(arrow) or kinds.is_float16(arrow)
        values = column.to_numpy(dtype="float32" if small else "float64", na_value=np.nan)
        return pd.Series(values, name=column.name)
    if kinds.is_dictionary(arrow):
        return column.astype(object).astype("category")
    inside: Any = object
    if kinds.is_date(arrow):
        inside = "datetime64[s]"
    elif kinds.is_duration(arrow):
        inside = f"timedelta64[{arrow.unit}]"
    elif kinds.is_timestamp(arrow):
        inside = f"datetime64[{arrow.unit}{f', {arrow.tz}' if arrow.tz else ''}]"
    elif kinds.is_integer(arrow):
        inside = str(arrow)
        inside = inside.replace("int", "Int").replace("uI", "UI") if missing else inside
    elif kinds.is_boolean(arrow):
        inside = "boolean" if missing else "bool"
    elif kinds.is_string(arrow) or kinds.is_large_string(arrow):
        inside = "str"
    return column.astype(inside)
