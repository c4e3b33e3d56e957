"""Tables in, tables out: arrays and data frames share one form inside the library."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from smrt_lightning.errors import TableError
from smrt_lightning.table.columns import refuse_far_dates

_MAX_DENSE_CELLS = 100_000_000


def as_frame(estimator: BaseEstimator, X: Any, *, reset: bool) -> pd.DataFrame:
    """Check X as scikit-learn does and return it as a data frame.

    Parameters
    ----------
    estimator : BaseEstimator
        Remembers (``reset=True``) or is compared with the number and names of columns.
    X : DataFrame, array-like or sparse matrix of shape (n_rows, n_columns)
        Columns of any kind; missing values are allowed, infinite ones are not.
    reset : bool
        Whether this is the fit.

    Returns
    -------
    DataFrame of shape (n_rows, n_columns)
        With a fresh RangeIndex; array columns are named 0, 1, ….

    Raises
    ------
    TableError
        See their messages.
    """
    if isinstance(X, pd.DataFrame):
        if X.columns.has_duplicates:
            names = list(X.columns[X.columns.duplicated()])
            raise TableError(
                f"column names must differ, but these are repeated: {names!r}. Rename them."
            )
        validate_data(estimator, X, reset=reset, skip_check_array=True)
        frame = X.reset_index(drop=True)
        if len(frame) == 0 or frame.shape[1] == 0:
            validate_data(estimator, frame.to_numpy(dtype=float), reset=reset)
    else:
        if sparse.issparse(X) and X.shape[0] * X.shape[1] > _MAX_DENSE_CELLS:
            raise TableError(
                f"X is sparse with {X.shape[0]:,} × {X.shape[1]:,} cells; SMRT learns dense rows "
                "and takes sparse matrices of up to 100 million cells. Reduce the columns first, "
                "for example with sklearn.decomposition.TruncatedSVD."
            )
        X = validate_data(
            estimator,
            X,
            reset=reset,
            dtype=None,
            accept_sparse=["csr", "csc"],
            ensure_all_finite="allow-nan",
        )
        dense = X.toarray() if sparse.issparse(X) else X
        frame = pd.DataFrame(dense)
        if (frame.dtypes == np.dtype(object)).any() or dense.dtype.kind in "OUS":
            frame = frame.astype(object).infer_objects()
    _refuse_infinite(frame)
    refuse_far_dates(frame)
    return frame


def like(frame: pd.DataFrame, X: Any) -> Any:
    """Return a data frame in the container, dtype and format of X."""
    if isinstance(X, pd.DataFrame):
        return frame
    if sparse.issparse(X):
        return sparse.csr_matrix(frame.to_numpy(dtype=X.dtype)).asformat(X.format)
    dtype = getattr(X, "dtype", None)
    array = frame.to_numpy(dtype=object if dtype is not None and dtype.kind in "OUS" else dtype)
    return array if dtype is None or dtype.kind not in "US" else array.astype(dtype)


def _refuse_infinite(frame: pd.DataFrame) -> None:
    for name in frame.columns:
        column = frame[name]
        if column.dtype.kind == "f" and np.isinf(column.to_numpy()).any():
            raise TableError(  # in the words of scikit-learn
                f"Input X contains infinity: column {name!r}. Missing values (NaN) are allowed, "
                "infinite ones are not; replace them by a bound or by NaN."
            )
