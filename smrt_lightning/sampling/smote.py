"""SMOTE in the original package's vocabulary, for columns of every kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils.validation import check_consistent_length

from smrt_lightning.errors import ParameterError, TableError
from smrt_lightning.model.original import refuse_unknown
from smrt_lightning.sampling.balance import balance_targets, parameter_names, rows_of, shuffled
from smrt_lightning.seeds import resolve_seed
from smrt_lightning.table.containers import Container
from smrt_lightning.table.frames import as_frame
from smrt_lightning.table.labels import Target
from smrt_lightning.table.space import Space

if TYPE_CHECKING:
    from sklearn.neighbors import NearestNeighbors

_SEARCH = ("algorithm", "leaf_size", "p", "metric", "metric_params", "n_jobs")


def smote_balance(
    X: Any,
    y: Any,
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

    SMOTENC stands in where there are columns of levels, SMOTEN where there are no others. Times
    are counted in days.

    Parameters
    ----------
    X, y, balance_ratio, shuffle, random_state
        As for :func:`smrt_balance`, without missing numbers.
    k_neighbors, n_neighbors : int, optional
        Neighbours to interpolate with, 5 by default; two names of one parameter. A class of no
        more rows than this uses those that it has, a class of one row repeats it.
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
        If the table cannot be used, or has missing numbers.
    TypeError
        For an unknown name, with the nearest.
    """
    refuse_unknown("smote_balance", search, {*_SEARCH, *parameter_names(smote_balance)})
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
    k_neighbors = next(k for k in (k_neighbors, n_neighbors, 5) if k is not None)
    (container, _), target = Container.of(X), Target(y)
    frame, labels = as_frame(None, X), np.asarray(target.values)
    check_consistent_length(frame, labels)
    targets = balance_targets(labels, balance_ratio)
    space = Space(frame, "raw")
    if space.level_names and return_estimators:
        raise ParameterError(
            "return_estimators is for tables of numbers, and these columns hold none: "
            f"{', '.join(map(str, space.level_names[:5]))}. Leave return_estimators out."
        )
    points = _points(space, frame)
    counts = dict(zip(*np.unique(labels, return_counts=True), strict=True))
    small = [label for label in targets if counts[label] <= k_neighbors]
    groups = [[label for label in targets if label not in small], *([label] for label in small)]
    made, of_made = [points[:0]], [labels[:0]]
    seed = resolve_seed(random_state)
    for group in filter(None, groups):
        k = min(k_neighbors, int(min(counts[label] for label in group)) - 1)
        wanted = {label: targets[label] for label in group}
        new, of_new = _smote(points, labels, wanted, space, k, search, seed)
        made.append(new)
        of_made.append(of_new)
    drawn, width = np.concatenate(made), len(space.number_names)
    rows = space.assemble(drawn[:, :width], drawn[:, width:].astype(np.int64))
    X_all, y_all = container.extended(X, rows), target.extended(np.concatenate(of_made))
    balanced = shuffled(X_all, y_all, seed if shuffle else None)
    if not return_estimators:
        return balanced
    return (*balanced, _neighbours(k_neighbors, search, X, labels, targets))


def _points(space: Space, frame: pd.DataFrame) -> NDArray[np.float64]:
    points = np.hstack([space.numbers(frame), space.codes(frame)])
    missing = np.isnan(points).any(axis=0)
    if missing.any():
        raise TableError(
            f"column {space.number_names[int(missing.argmax())]!r} has missing numbers, between "
            "which SMOTE cannot interpolate; fill them, or use smrt_balance, which takes them as "
            "they are."
        )
    return points


def _smote(
    points: NDArray[np.float64],
    labels: NDArray[Any],
    wanted: dict[Any, int],
    space: Space,
    k: int,
    search: dict[str, Any],
    seed: int,
) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """Return new points of the wanted classes, and their labels."""
    from imblearn.over_sampling import SMOTE, SMOTEN, SMOTENC
    from sklearn.neighbors import NearestNeighbors

    if k == 0:
        ((label, n),) = wanted.items()
        return points[labels == label].repeat(n - 1, axis=0), np.full(n - 1, label, labels.dtype)
    settings: dict[str, Any] = {
        "sampling_strategy": wanted,
        "k_neighbors": NearestNeighbors(n_neighbors=k + 1, **search),
        "random_state": seed,
    }
    if not space.level_names:
        sampler = SMOTE(**settings)
    elif not space.number_names:
        sampler = SMOTEN(**settings | {"k_neighbors": k})  # it measures in a way of its own
    else:
        levels = range(len(space.number_names), points.shape[1])
        sampler = SMOTENC(categorical_features=list(levels), **settings)
    drawn, of_drawn = sampler.fit_resample(points, labels)
    return np.asarray(drawn)[len(points) :], np.asarray(of_drawn)[len(points) :]


def _neighbours(
    k: int,
    search: dict[str, Any],
    X: Any,
    labels: NDArray[Any],
    targets: Mapping[Any, int],
) -> dict[Any, NearestNeighbors | None]:
    from sklearn.neighbors import NearestNeighbors

    return {
        label: NearestNeighbors(n_neighbors=k + 1, **search).fit(rows_of(X, labels == label))
        if label in targets
        else None
        for label in np.unique(labels).tolist()
    }
