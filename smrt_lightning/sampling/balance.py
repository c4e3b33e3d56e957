"""The original package's two functions, in its vocabulary."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from sklearn.utils import _safe_indexing

from smrt_lightning.errors import NotFoundError, ParameterError, TableError
from smrt_lightning.model.original import refuse_unknown
from smrt_lightning.model.variational import VariationalAutoEncoder
from smrt_lightning.seeds import class_seed, numpy_generator, resolve_seed

if TYPE_CHECKING:
    from sklearn.neighbors import NearestNeighbors

_SEARCH = ("algorithm", "leaf_size", "p", "metric", "metric_params", "n_jobs")


def smrt_balance(
    X: Any,
    y: ArrayLike,
    n_hidden: Any = "auto",
    n_latent_factors: Any = "auto",
    *,
    balance_ratio: float = 0.2,
    prefit_estimators: Mapping[Any, VariationalAutoEncoder | None] | None = None,
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
    n_hidden, n_latent_factors
        As for :class:`VariationalAutoEncoder`.
    balance_ratio : float
        Rows of each class over rows of the largest class, at least, after balancing; in (0, 1].
    prefit_estimators : mapping of label to VariationalAutoEncoder, optional
        Fitted models to use. Of one that is not fitted yet a clone is fitted to its class; a class
        that is missing here, or None, gets a model of the other parameters.
    return_estimators : bool
        Whether to return the models as well.
    gen_from_samples : bool
        Draw near real rows (True) or from the prior N(0, I) (False).
    shuffle : bool
        Whether to shuffle the result; otherwise the real rows come first.
    random_state : int, RandomState or None
        Seed of everything.
    **autoencoder
        Parameters of :class:`VariationalAutoEncoder`.

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
    NotFoundError
        If ``prefit_estimators`` names a label that is not in y.
    TableError
        If y is not one label a row.
    TypeError
        For an unknown name, with the nearest; for a parameter of the original that has no meaning
        here, with what to use instead.
    """
    from smrt_lightning.sampling.sampler import SMRT

    refuse_unknown("smrt_balance", autoencoder, _names(VariationalAutoEncoder, smrt_balance))
    targets = balance_targets(y, balance_ratio)
    seed = resolve_seed(random_state)
    sampler = SMRT(
        targets,
        random_state=seed,
        estimator=VariationalAutoEncoder(n_hidden, n_latent_factors, **autoencoder),
        draw="auto" if gen_from_samples else "prior",
        prefit_estimators=_fitted(prefit_estimators or {}, X, y, targets, seed),
    )
    X_all, y_all = sampler.fit_resample(X, y)
    balanced = _shuffled(X_all, y_all, seed if shuffle else None)
    return (*balanced, sampler.models_) if return_estimators else balanced


def smote_balance(
    X: Any,
    y: ArrayLike,
    *,
    balance_ratio: float = 0.2,
    k_neighbors: int | None = None,
    n_neighbors: int | None = None,
    strategy: str = "perturb",
    return_estimators: bool = False,
    shuffle: bool = True,
    random_state: int | np.random.RandomState | None = None,
    **search: Any,
) -> tuple[Any, ...]:
    """Raise every rare class to a share of the largest one with imbalanced-learn's SMOTE.

    SMOTENC stands in where the data frame has categorical columns.

    Parameters
    ----------
    X, y, balance_ratio, shuffle, random_state
        As for :func:`smrt_balance`.
    k_neighbors, n_neighbors : int, optional
        Neighbours to interpolate with, 5 by default; two names of one parameter.
    strategy : {"perturb"}
        A new row lies at a random place between a row and its neighbour.
    return_estimators : bool
        Whether to return the neighbours of each class as well; of tables of numbers only.
    **search
        ``algorithm``, ``leaf_size``, ``p``, ``metric``, ``metric_params`` and ``n_jobs`` of
        scikit-learn's NearestNeighbors.

    Returns
    -------
    X_balanced, y_balanced : as X and y
        Real and synthetic rows.
    estimators : dict
        Label to NearestNeighbors fitted on the class's rows, None where no rows were added; only
        with ``return_estimators``.

    Raises
    ------
    ParameterError
        If the ratio is not in (0, 1], both names of the neighbours are given, the strategy is
        another one, or the neighbours of categorical columns are asked for.
    TableError
        If y is not one label a row.
    TypeError
        For an unknown name, with the nearest.
    """
    from imblearn.over_sampling import SMOTE, SMOTENC
    from sklearn.neighbors import NearestNeighbors

    refuse_unknown("smote_balance", search, {*_SEARCH, *_names(smote_balance)})
    if k_neighbors is not None and n_neighbors is not None:
        raise ParameterError(
            f"k_neighbors={k_neighbors} and n_neighbors={n_neighbors} are two names of one "
            "parameter; give one of them."
        )
    if strategy != "perturb":
        raise ParameterError(
            f"strategy is {strategy!r}; allowed is 'perturb', a random place between a row and its "
            "neighbour. The original's 'interpolate' always took the middle: leave strategy out."
        )
    targets = balance_targets(y, balance_ratio)
    k = next(k for k in (k_neighbors, n_neighbors, 5) if k is not None)
    neighbours = NearestNeighbors(n_neighbors=k + 1, **search)
    seed = resolve_seed(random_state)
    common = {"sampling_strategy": targets, "k_neighbors": neighbours, "random_state": seed}
    categorical: list[Any] = []
    if isinstance(X, pd.DataFrame):
        categorical = [c for c in X if not pd.api.types.is_numeric_dtype(X[c])]
    if categorical and return_estimators:
        raise ParameterError(
            "return_estimators is for tables of numbers, and these columns hold none: "
            f"{', '.join(map(str, categorical[:5]))}. Leave return_estimators out."
        )
    sampler = SMOTENC(categorical, **common) if categorical else SMOTE(**common)
    X_all, y_all = sampler.fit_resample(X, y)
    balanced = _shuffled(X_all, y_all, seed if shuffle else None)
    return (*balanced, _neighbours(neighbours, X, y, targets)) if return_estimators else balanced


def balance_targets(y: ArrayLike, balance_ratio: float) -> dict[Any, int]:
    """Return the rows that each class below the ratio is to have."""
    if not 0 < balance_ratio <= 1:
        raise ParameterError(
            f"balance_ratio is {balance_ratio!r}; allowed is a number above 0 and up to 1: the "
            "rows of a rare class over the rows of the largest one."
        )
    labels, counts = np.unique(_one_label_a_row(y), return_counts=True)
    wanted = round(balance_ratio * int(counts.max()))
    return {label: wanted for label, n in zip(labels.tolist(), counts, strict=True) if n < wanted}


def _one_label_a_row(y: ArrayLike) -> NDArray[Any]:
    labels = np.asarray(y)
    if labels.ndim == 2 and labels.shape[1] > 1:
        one_hot = np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all()
        raise TableError(
            f"y has the shape {labels.shape}; it is one label a row"
            + (", and this is one-hot: give y.argmax(axis=1)." if one_hot else ".")
        )
    return labels.ravel()


def _names(*of: Callable[..., Any]) -> set[str]:
    """List the parameters of functions and classes."""
    return {name for each in of for name in inspect.signature(each).parameters}


def _fitted(
    given: Mapping[Any, VariationalAutoEncoder | None],
    X: Any,
    y: ArrayLike,
    targets: Mapping[Any, int],
    seed: int,
) -> dict[Any, VariationalAutoEncoder]:
    """Return the models that were given, those of classes to raise fitted."""
    from sklearn.base import clone

    labels = _one_label_a_row(y)
    known = np.unique(labels).tolist()
    models = {}
    for label, model in given.items():
        if label not in known:
            raise NotFoundError(
                f"prefit_estimators names the class {label!r}; the classes of y are "
                f"{', '.join(map(repr, known[:10]))}."
            )
        if model is not None and label in targets and not hasattr(model, "network_"):
            model = clone(model)
            if model.random_state is None:
                model.random_state = class_seed(seed, label)
            model.fit(_rows(X, labels == label))
        if model is not None:
            models[label] = model
    return models


def _neighbours(
    search: NearestNeighbors, X: Any, y: ArrayLike, targets: Mapping[Any, int]
) -> dict[Any, NearestNeighbors | None]:
    from sklearn.base import clone

    labels = _one_label_a_row(y)
    return {
        label: clone(search).fit(_rows(X, labels == label)) if label in targets else None
        for label in np.unique(labels).tolist()
    }


def _rows(X: Any, mask: NDArray[np.bool_]) -> Any:
    return _safe_indexing(X, np.flatnonzero(mask))


def _shuffled(X: Any, y: Any, seed: int | None) -> tuple[Any, Any]:
    if seed is None:
        return X, y
    n_rows = X.shape[0] if sparse.issparse(X) else len(X)
    order: NDArray[np.int64] = numpy_generator(seed, "shuffle").permutation(n_rows)
    return _safe_indexing(X, order), _safe_indexing(y, order)
