"""The original package's two functions, in its vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from sklearn.utils import _safe_indexing

from smrt_lightning.errors import ParameterError
from smrt_lightning.model.variational import VariationalAutoEncoder
from smrt_lightning.seeds import numpy_generator, resolve_seed


def smrt_balance(
    X: Any,
    y: ArrayLike,
    *,
    balance_ratio: float = 0.2,
    prefit_estimators: Mapping[Any, VariationalAutoEncoder] | None = None,
    return_estimators: bool = False,
    gen_from_samples: bool = True,
    shuffle: bool = True,
    random_state: int | np.random.RandomState | None = None,
    **autoencoder: Any,
) -> tuple[Any, ...]:
    """Raise every rare class to a share of the largest one with SMRT.

    Parameters
    ----------
    X : DataFrame or array-like of shape (n_rows, n_columns)
        Columns of any kind, missing values allowed.
    y : array-like of shape (n_rows,)
        Labels.
    balance_ratio : float
        Rows of each class over rows of the largest class, at least, after balancing; in (0, 1].
    prefit_estimators : mapping of label to VariationalAutoEncoder, optional
        Fitted models to use; a class that is missing here is fitted.
    return_estimators : bool
        Whether to return the models as well.
    gen_from_samples : bool
        Draw near real rows (True) or from the prior N(0, I) (False).
    shuffle : bool
        Whether to shuffle the result; otherwise the real rows come first.
    random_state : int, RandomState or None
        Seed of everything.
    **autoencoder
        Parameters of :class:`VariationalAutoEncoder`, such as ``n_hidden`` or
        ``n_latent_factors``.

    Returns
    -------
    X_balanced, y_balanced : as X and y
        Real and synthetic rows.
    estimators : dict
        Label to model, only with ``return_estimators``.

    Raises
    ------
    ParameterError
        If the ratio is not in (0, 1].
    """
    from smrt_lightning.sampling.sampler import SMRT

    seed = resolve_seed(random_state)
    sampler = SMRT(
        balance_targets(y, balance_ratio),
        random_state=seed,
        estimator=VariationalAutoEncoder(**autoencoder),
        draw="auto" if gen_from_samples else "prior",
        prefit_estimators=prefit_estimators,
    )
    X_all, y_all = sampler.fit_resample(X, y)
    balanced = _shuffled(X_all, y_all, seed if shuffle else None)
    return (*balanced, sampler.models_) if return_estimators else balanced


def smote_balance(
    X: Any,
    y: ArrayLike,
    *,
    balance_ratio: float = 0.2,
    k_neighbors: int = 5,
    shuffle: bool = True,
    random_state: int | np.random.RandomState | None = None,
) -> tuple[Any, Any]:
    """Raise every rare class to a share of the largest one with imbalanced-learn's SMOTE.

    SMOTENC stands in where the data frame has categorical columns.

    Parameters
    ----------
    X, y, balance_ratio, shuffle, random_state
        As for :func:`smrt_balance`.
    k_neighbors : int
        Neighbours to interpolate with.

    Returns
    -------
    X_balanced, y_balanced : as X and y
        Real and synthetic rows.
    """
    from imblearn.over_sampling import SMOTE, SMOTENC

    seed = resolve_seed(random_state)
    common = {
        "sampling_strategy": balance_targets(y, balance_ratio),
        "k_neighbors": k_neighbors,
        "random_state": seed,
    }
    categorical: list[Any] = []
    if isinstance(X, pd.DataFrame):
        categorical = [c for c in X if not pd.api.types.is_numeric_dtype(X[c])]
    sampler = SMOTENC(categorical, **common) if categorical else SMOTE(**common)
    X_all, y_all = sampler.fit_resample(X, y)
    return _shuffled(X_all, y_all, seed if shuffle else None)


def balance_targets(y: ArrayLike, balance_ratio: float) -> dict[Any, int]:
    """Return the rows that each class below the ratio is to have."""
    if not 0 < balance_ratio <= 1:
        raise ParameterError(
            f"balance_ratio is {balance_ratio!r}; allowed is a number above 0 and up to 1: the "
            "rows of a rare class over the rows of the largest one."
        )
    labels, counts = np.unique(np.asarray(y), return_counts=True)
    wanted = round(balance_ratio * int(counts.max()))
    return {label: wanted for label, n in zip(labels.tolist(), counts, strict=True) if n < wanted}


def _shuffled(X: Any, y: Any, seed: int | None) -> tuple[Any, Any]:
    if seed is None:
        return X, y
    n_rows = X.shape[0] if sparse.issparse(X) else len(X)
    order: NDArray[np.int64] = numpy_generator(seed, "shuffle").permutation(n_rows)
    return _safe_indexing(X, order), _safe_indexing(y, order)
