"""The methods of the benchmark: what is done to the training part before a classifier sees it.

A baseline sampler works on a matrix of scaled numeric columns beside coded categorical
ones, and its rows are brought back to the table's own units and levels. Columns of integers
come back as integers, as imbalanced-learn does for an integer data frame. SMRT gets the table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.datasets import Table

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]
Resampled = tuple[pd.DataFrame, Labels, str]
Method = Callable[[Table, float, int], Resampled]
Sampler = Callable[[Matrix, Labels, int, float, int], tuple[Matrix, Labels]]


class MatrixCodec:
    """A table as a matrix and back: scaled numeric columns, then the categorical ones.

    Parameters
    ----------
    table : Table
        The training part.
    one_hot : bool
        Categorical columns as 0/1 columns (back by the largest) instead of level numbers.
    """

    def __init__(self, table: Table, *, one_hot: bool) -> None:
        from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

        X, categorical = table.X, table.categorical

        self._columns, self._dtypes = X.columns, X.dtypes
        self._categorical = categorical
        self._numeric = [c for c in X.columns if c not in categorical]
        self.n_numeric = len(self._numeric)
        self._scaler = table.scaler().fit(X[self._numeric].to_numpy(dtype=float))
        self._levels = OneHotEncoder(sparse_output=False) if one_hot else OrdinalEncoder()
        if categorical:
            self._levels.fit(X[categorical].to_numpy(dtype=object))

    def encode(self, X: pd.DataFrame) -> Matrix:
        """Return the matrix of `X`, float, of shape (n, columns or levels)."""
        Z: Matrix = self._scaler.transform(X[self._numeric].to_numpy(dtype=float))
        if self._categorical:
            levels = self._levels.transform(X[self._categorical].to_numpy(dtype=object))
            Z = np.hstack([Z, levels])
        return Z

    def decode(self, Z: Matrix) -> pd.DataFrame:
        """Return the table of the matrix `Z`, with the columns and dtypes of the training part."""
        numeric = self._scaler.inverse_transform(Z[:, : self.n_numeric])
        frame = pd.DataFrame(numeric, columns=self._numeric)
        for name in self._numeric:
            if pd.api.types.is_integer_dtype(self._dtypes[name]):
                kind = np.iinfo(self._dtypes[name])
                frame[name] = frame[name].round().clip(kind.min, kind.max)
        if self._categorical:
            levels = self._levels.inverse_transform(Z[:, self.n_numeric :])
            frame[self._categorical] = pd.DataFrame(levels, columns=self._categorical)
        return frame[self._columns].astype(self._dtypes)


def _baseline(sampler: Sampler, *, one_hot: bool = False, note: str = "") -> Method:
    def method(table: Table, ratio: float, seed: int) -> Resampled:
        codec = MatrixCodec(table, one_hot=one_hot)
        Z, y_out = sampler(codec.encode(table.X), table.y, codec.n_numeric, ratio, seed)
        return codec.decode(Z), y_out, note if table.categorical else ""

    return method


def _smote(Z: Matrix, y: Labels, n_numeric: int, ratio: float, seed: int) -> tuple[Matrix, Labels]:
    from imblearn.over_sampling import SMOTE, SMOTENC

    if n_numeric == Z.shape[1]:
        return SMOTE(sampling_strategy=ratio, random_state=seed).fit_resample(Z, y)  # type: ignore[no-any-return]
    levels = list(range(n_numeric, Z.shape[1]))
    sampler = SMOTENC(levels, sampling_strategy=ratio, random_state=seed)
    return sampler.fit_resample(Z, y)  # type: ignore[no-any-return]


def _imblearn(module: str, name: str) -> Sampler:
    def sample(
        Z: Matrix, y: Labels, n_numeric: int, ratio: float, seed: int
    ) -> tuple[Matrix, Labels]:
        from importlib import import_module

        kind: Any = getattr(import_module(f"imblearn.{module}"), name)
        return kind(sampling_strategy=ratio, random_state=seed).fit_resample(Z, y)  # type: ignore[no-any-return]

    return sample


def _gaussian(table: Table, ratio: float, seed: int) -> Resampled:
    """Return what the library's own method of this name does."""
    from smrt_lightning.evaluation.oversamplers import gaussian_rows

    wanted = {1: round(ratio * int((table.y == 0).sum()))}
    drawn = gaussian_rows(table.X, table.y.astype(np.intp), wanted, seed)
    note = "levels from resampled real rows" if table.categorical else ""
    return drawn.X, drawn.codes.astype(table.y.dtype), note


def _as_they_are(table: Table, ratio: float, seed: int) -> Resampled:
    return table.X, table.y, ""


def smrt_method(params: dict[str, Any]) -> Method:
    """Return the SMRT method with these constructor parameters."""

    def method(table: Table, ratio: float, seed: int) -> Resampled:
        from smrt_lightning import SMRT

        sampler = SMRT(**{"sampling_strategy": ratio, "random_state": seed, **params})
        X_out, y_out = sampler.fit_resample(table.X, table.y)
        report = sampler.report_[1]
        note = "" if report.method == "vae" else f"{report.method}: {report.reason}"
        return X_out, y_out, note

    return method


def _variant(name: str) -> Sampler:
    """Return one of SMOTE's published variants, of the package smote-variants (Kovács 2019)."""

    def sample(
        Z: Matrix, y: Labels, n_numeric: int, ratio: float, seed: int
    ) -> tuple[Matrix, Labels]:
        import logging
        from importlib import import_module

        package = import_module("smote_variants")
        logging.getLogger("smote_variants").setLevel(logging.ERROR)
        minority, majority = int((y == 1).sum()), int((y == 0).sum())
        gap = (ratio * majority - minority) / (majority - minority)  # of the way to 1:1
        kind: Any = getattr(package, name)
        return kind(proportion=gap, random_state=seed).sample(Z, y)  # type: ignore[no-any-return]

    return sample


VARIANTS = {
    "lee": "Lee",
    "polynom_fit_star": "polynom_fit_SMOTE_star",
    "prowsyn": "ProWSyn",
    "smote_ipf": "SMOTE_IPF",
}
"""The best of SMOTE's 85 published variants, and their names in smote-variants."""


def absent(method: str) -> str | None:
    """Say what a method lacks in this environment; None when it can be run."""
    from importlib.util import find_spec

    if method not in VARIANTS or find_spec("smote_variants"):
        return None
    return (
        "it needs the package smote-variants, best in an environment of its own: "
        "pip install --no-deps smote-variants seaborn metric-learn"
    )


_ONE_HOT = "categorical columns one-hot"
_over = "over_sampling"
METHODS: dict[str, Method] = {
    "none": _as_they_are,
    "class_weight": _as_they_are,  # the weights are the classifier's
    "random": _baseline(_imblearn(_over, "RandomOverSampler")),
    "smote": _baseline(_smote),
    "borderline": _baseline(_imblearn(_over, "BorderlineSMOTE"), one_hot=True, note=_ONE_HOT),
    "adasyn": _baseline(_imblearn(_over, "ADASYN"), one_hot=True, note=_ONE_HOT),
    "smote_enn": _baseline(_imblearn("combine", "SMOTEENN"), one_hot=True, note=_ONE_HOT),
    "gaussian": _gaussian,
    **{
        name: _baseline(_variant(theirs), one_hot=True, note=_ONE_HOT)
        for name, theirs in VARIANTS.items()
    },
    "smrt": smrt_method({}),
}
