"""The original package's way to balance a table, in its vocabulary."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils import _safe_indexing

from smrt_lightning.errors import NotFoundError, ParameterError
from smrt_lightning.model.original import refuse_unknown
from smrt_lightning.model.variational import VariationalAutoEncoder
from smrt_lightning.seeds import class_seed, numpy_generator, resolve_seed
from smrt_lightning.table.labels import Target


def smrt_balance(
    X: Any,
    y: Any,
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
    y : array-like of shape (n_rows,), (n_rows, 1) or (n_rows, n_classes)
        Labels, or a one-hot matrix, whose classes are 0, 1, ….
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
        If the table or its labels cannot be used.
    TypeError
        For an unknown name, with the nearest; for a parameter of the original that has no meaning
        here, with what to use instead.
    """
    from smrt_lightning.sampling.sampler import SMRT

    refuse_unknown(
        "smrt_balance", autoencoder, parameter_names(VariationalAutoEncoder, smrt_balance)
    )
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
    balanced = shuffled(X_all, y_all, seed if shuffle else None)
    return (*balanced, sampler.models_) if return_estimators else balanced


def balance_targets(y: Any, balance_ratio: float) -> dict[Any, int]:
    """Return the rows that each class below the ratio is to have."""
    labels, counts = np.unique(Target(y).values, return_counts=True)
    return targets_of(dict(zip(labels.tolist(), counts.tolist(), strict=True)), balance_ratio)


def targets_of(counts: Mapping[Any, int], balance_ratio: float) -> dict[Any, int]:
    """Return the rows that each class below the ratio is to have, from those that it has."""
    if not 0 < balance_ratio <= 1:
        raise ParameterError(
            f"balance_ratio is {balance_ratio!r}; allowed is a number above 0 and up to 1: the "
            "rows of a rare class over the rows of the largest one."
        )
    wanted = round(balance_ratio * max(counts.values()))
    return {label: wanted for label, n in counts.items() if n < wanted}


def parameter_names(*of: Callable[..., Any]) -> set[str]:
    """List the parameters of functions and classes."""
    return {name for each in of for name in inspect.signature(each).parameters}


def _fitted(
    given: Mapping[Any, VariationalAutoEncoder | None],
    X: Any,
    y: Any,
    targets: Mapping[Any, int],
    seed: int,
) -> dict[Any, VariationalAutoEncoder]:
    """Return the models that were given, those of classes to raise fitted."""
    from sklearn.base import clone

    labels = Target(y).values
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
            model.fit(rows_of(X, labels == label))
        if model is not None:
            models[label] = model
    return models


def rows_of(X: Any, mask: NDArray[np.bool_]) -> Any:
    """Return some rows in the container of all."""
    return _safe_indexing(X, np.flatnonzero(mask))


def shuffled(X: Any, y: Any, seed: int | None) -> tuple[Any, Any]:
    """Return rows and labels in a random order of the seed, or as they are without one."""
    if seed is None:
        return X, y
    n_rows = X.shape[0] if sparse.issparse(X) else len(X)
    order: NDArray[np.int64] = numpy_generator(seed, "shuffle").permutation(n_rows)
    return _safe_indexing(X, order), _safe_indexing(y, order)
