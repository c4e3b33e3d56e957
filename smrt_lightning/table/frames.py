"""Any table as a data frame, checked before anything is trained on it.

One policy for all: missing values are allowed, infinite ones are not; column names differ; times
can be told in nanoseconds; a level is a value that compares with others and can be saved.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.utils import check_array
from sklearn.utils.validation import validate_data

from smrt_lightning.errors import TableError, UnsupportedValueError
from smrt_lightning.table.columns import Column, refuse_far_dates, to_float
from smrt_lightning.table.containers import Container
from smrt_lightning.table.values import value_to_json


def as_frame(estimator: BaseEstimator | None, X: Any, *, reset: bool = True) -> pd.DataFrame:
    """Check X as scikit-learn does and return it as a data frame.

    Parameters
    ----------
    estimator : BaseEstimator or None
        Remembers (``reset=True``) or is compared with the number and names of columns.
    X : DataFrame, array-like, tensor or sparse matrix of shape (n_rows, n_columns)
        Columns of any kind; missing values are allowed, infinite ones are not.
    reset : bool
        Whether this is the fit.

    Returns
    -------
    DataFrame of shape (n_rows, n_columns)
        Of numpy's and pandas' own dtypes, with a fresh RangeIndex; columns of arrays are named
        0, 1, ….

    Raises
    ------
    TableError
        If a column name is repeated, a value infinite or a date too far, X not two-dimensional or
        empty, or sparse and too large.
    UnsupportedValueError
        If a column holds complex numbers, lists, or objects that no model could save.
    """
    _, plain = Container.of(X)
    if isinstance(plain, pd.DataFrame):
        frame = _checked_frame(plain, estimator, reset)
    else:
        frame = _checked_array(plain, estimator, reset)
    for name in frame.columns:
        _check_values(Column.of(frame[name]), frame[name])
    refuse_far_dates(frame)
    return frame


def named_frame(X: Any) -> pd.DataFrame:
    """Return :func:`as_frame` with names that are distinct texts, x0, x1, … for an array.

    Raises
    ------
    TableError
        Also when two names read alike as text.
    """
    frame = as_frame(None, X)
    named = isinstance(Container.of(X)[1], pd.DataFrame)
    frame.columns = pd.Index([str(n) if named else f"x{n}" for n in frame.columns], dtype=object)
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise TableError(f"Two columns are named {twice!r} as text; rename one of them.")
    return frame


def _checked_frame(
    plain: pd.DataFrame, estimator: BaseEstimator | None, reset: bool
) -> pd.DataFrame:
    if plain.columns.has_duplicates:
        names = list(plain.columns[plain.columns.duplicated()])
        raise TableError(
            f"column names must differ, but these are repeated: {names!r}. Rename them."
        )
    if estimator is not None:
        validate_data(estimator, plain, reset=reset, skip_check_array=True)
    if len(plain) == 0 or plain.shape[1] == 0:
        _checked_array(plain.to_numpy(dtype=float), None, reset)
    return plain


def _checked_array(X: Any, estimator: BaseEstimator | None, reset: bool) -> pd.DataFrame:
    settings: dict[str, Any] = {
        "dtype": None,
        "accept_sparse": ["csr", "csc"],
        "ensure_all_finite": "allow-nan",
    }
    if estimator is not None:
        X = validate_data(estimator, X, reset=reset, **settings)
    else:
        try:
            X = check_array(X, **settings)
        except ValueError as error:
            raise TableError(f"X cannot be read as a table: {error}") from error
    dense = X.toarray() if sparse.issparse(X) else X
    if dense.dtype.kind in "OUS":
        return pd.DataFrame(dense).astype(object).infer_objects()
    _, frame = Container.of(pd.DataFrame(dense))  # numpy has floats that pandas cannot count
    return pd.DataFrame(frame)


def _check_values(column: Column, values: pd.Series) -> None:
    if column.kind == "numeric":
        if column.complex:
            raise UnsupportedValueError(  # in the words of scikit-learn
                f"Complex data not supported: column {column.name!r} holds complex numbers. Split "
                "it into a real and an imaginary column."
            )
        if not column.whole and np.isinf(to_float(values)).any():
            raise TableError(
                f"Input X contains infinity: column {column.name!r}. Missing values (NaN) are "
                "allowed, infinite ones are not; replace them by a bound or by NaN."
            )
    elif column.mixed:
        _check_levels(column, values)


def _check_levels(column: Column, values: pd.Series) -> None:
    try:
        levels = [level for (_, level), _ in column.level_counts(values)]
    except TypeError as error:
        raise UnsupportedValueError(
            f"column {column.name!r} holds values that cannot be compared (lists, dicts, …); "
            "allowed are numbers, booleans, strings, dates and missing values. Drop the column "
            "or turn its values into strings."
        ) from error
    seen = {type(level): level for level in levels}
    for level in seen.values():
        try:
            value_to_json(level)
        except UnsupportedValueError as error:
            raise UnsupportedValueError(
                f"column {column.name!r} holds {str(level)[:60]!r} of type "
                f"{type(level).__name__}, which no model could save; allowed are strings, numbers, "
                "booleans, dates, durations, periods, intervals and missing values. Turn the "
                "column's values into strings."
            ) from error
