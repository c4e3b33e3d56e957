"""Train and test parts that nothing leaks between.

Rows that must stay together form an *atom*: rows of one group, rows whose features are identical,
and whatever these two chain together. A split deals whole atoms, so neither a group nor a duplicate
ever stands on both sides.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from smrt_lightning.errors import SplitError
from smrt_lightning.seeds import numpy_generator
from smrt_lightning.table.columns import Column
from smrt_lightning.table.frames import named_frame
from smrt_lightning.table.labels import Labels, as_labels

_ATTEMPTS = 20


@dataclass(frozen=True, eq=False)
class Split:
    """Positions of the training and the test rows of one repeat."""

    name: str
    train: NDArray[np.intp]
    test: NDArray[np.intp]


MOST_REPEATS, USUAL_REPEATS, FEWEST_REPEATS = 20, 10, 5
_SMALL, _LARGE = 20_000, 1_000_000


def auto_repeats(rows: int, columns: int) -> int:
    """Return how many splits a table of this size is worth.

    Ten; twenty up to 20,000 cells, where they cost a minute and few rows make each split jump; and
    fewer above a million cells, so that the work stays the same, but never fewer than five.

    Parameters
    ----------
    rows, columns : int
        Of the features.
    """
    cells = max(1, rows * columns)
    if cells <= _SMALL:
        return MOST_REPEATS
    return max(FEWEST_REPEATS, min(USUAL_REPEATS, USUAL_REPEATS * _LARGE // cells))


def make_splits(
    y: Any,
    *,
    repeats: int = 10,
    test_size: float = 0.3,
    random_state: int = 0,
    X: Any = None,
    groups: Any = None,
    time: Any = None,
) -> list[Split]:
    """Make repeated stratified splits, or splits that train on the past.

    Parameters
    ----------
    y : array-like, shape (n,)
        Class labels.
    repeats : int
        Number of splits. Without ``time``, split i depends on ``random_state`` and i alone, so
        that more repeats keep the earlier ones.
    test_size : float
        Share of the rows that are tested, between 0 and 1.
    random_state : int
    X : DataFrame or array, shape (n, d), optional
        When given, rows with identical features never straddle a split.
    groups : array-like, shape (n,), optional
        Rows of one group never straddle a split.
    time : array-like, shape (n,), optional
        Sortable. Each split trains on what is strictly older than the first tested row and tests
        the ``test_size`` of all rows that come next; the starts of the test parts lie evenly
        between ``max(0.3, 1 − 2·test_size)`` of the rows and the last possible start. Training rows
        that share a group or their features with a test row are left out.

    Returns
    -------
    list of Split
        Named ``split-00``, ``split-01`` …, positions sorted.

    Raises
    ------
    SplitError
        When the numbers make no sense or a class cannot be on the training side.
    """
    if repeats < 1 or not 0.0 < test_size < 1.0:
        raise SplitError(
            f"repeats={repeats}, test_size={test_size}: at least 1 repeat and a share strictly "
            "between 0 and 1 are needed."
        )
    labels = as_labels(y)
    atoms = _atoms(len(labels.codes), X, groups)
    splits = []
    for i in range(repeats):
        if time is None:
            rng = numpy_generator(random_state, "split", str(i))
            in_test = _stratified(labels, atoms, test_size, rng)
            train, test = np.flatnonzero(~in_test), np.flatnonzero(in_test)
        else:
            train, test = _past_and_future(time, atoms, test_size, i, repeats)
        _require_both_sides(labels, train, test, f"split-{i:02d}")
        splits.append(Split(f"split-{i:02d}", train, test))
    return splits


def _atoms(n: int, X: Any, groups: Any) -> NDArray[np.intp]:
    """Give the same number to rows that share a group or their features, chains included."""
    keys = []
    if X is not None:
        keys.append(_feature_codes(named_frame(X)))
    if groups is not None:
        keys.append(pd.factorize(pd.Series(groups), use_na_sentinel=False)[0])
    if not keys:
        return np.arange(n)
    for key in keys:
        if len(key) != n:
            raise SplitError(f"X, groups and y differ in length: {len(key)} against {n} rows.")
    if len(keys) == 1:
        return keys[0].astype(np.intp)
    rows = np.tile(np.arange(n), len(keys))
    offsets = np.cumsum([n] + [int(key.max()) + 1 for key in keys])
    nodes = np.concatenate([key + offset for key, offset in zip(keys, offsets, strict=False)])
    size = int(offsets[-1])
    graph = coo_array((np.ones(len(rows), dtype=np.int8), (rows, nodes)), shape=(size, size))
    found: NDArray[np.intp] = connected_components(graph, directed=False)[1][:n].astype(np.intp)
    return found


def _feature_codes(frame: pd.DataFrame) -> NDArray[np.intp]:
    # 0.0 and −0.0 are one value to every classifier but hash apart.
    frame = frame.copy(deep=False)
    for name in frame.columns:
        if Column.of(frame[name]).fractional:
            frame[name] = frame[name] + 0.0
    return pd.factorize(pd.util.hash_pandas_object(frame, index=False))[0].astype(np.intp)


def _stratified(
    labels: Labels, atoms: NDArray[np.intp], test_size: float, rng: np.random.Generator
) -> NDArray[np.bool_]:
    for _ in range(_ATTEMPTS):
        in_test = _deal(labels, atoms, test_size, rng)
        k = len(labels.values)
        present = [np.bincount(labels.codes[side], minlength=k) for side in (in_test, ~in_test)]
        if all((counts > 0).all() for counts in present):
            break
    return in_test


def _deal(
    labels: Labels, atoms: NDArray[np.intp], test_size: float, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Deal atoms in random order to the test part while that brings its class counts nearer."""
    counts = np.bincount(labels.codes)
    wanted = [min(max(round(test_size * int(c)), 1), int(c) - 1) or 1 for c in counts]
    pairs = np.unique(np.column_stack([atoms, labels.codes]), axis=0, return_counts=True)
    contents: list[list[tuple[int, int]]] = [[] for _ in range(int(atoms.max()) + 1)]
    for (atom, code), number in zip(pairs[0].tolist(), pairs[1].tolist(), strict=True):
        contents[atom].append((code, number))
    got = [0] * len(wanted)
    chosen = np.zeros(len(contents), dtype=bool)
    # One number an atom, in the order of the table: rows that are appended later change no order
    # among the earlier ones, so a class that gets none keeps its sides, and thereby its models.
    order = np.argsort(rng.random(len(contents)), kind="stable")
    for atom in order.tolist():
        change = sum(
            number * (2 * (got[code] - wanted[code]) + number) / wanted[code] ** 2
            for code, number in contents[atom]
        )
        if change < 0:
            chosen[atom] = True
            for code, number in contents[atom]:
                got[code] += number
    return chosen[atoms]


def _past_and_future(
    time: Any, atoms: NDArray[np.intp], test_size: float, i: int, repeats: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    moments = pd.Series(time).reset_index(drop=True)
    n = len(atoms)
    if len(moments) != n or moments.isna().any():
        raise SplitError(
            f"time has {len(moments)} values ({int(moments.isna().sum())} missing) for {n} rows; "
            "every row needs one."
        )
    order = np.argsort(moments.to_numpy(), kind="stable")
    last = 1.0 - test_size
    first = min(max(0.3, 1.0 - 2.0 * test_size), last)
    start = last if repeats == 1 else first + (last - first) * i / (repeats - 1)
    begin = min(max(round(start * n), 1), n - 1)
    test = order[begin : begin + max(1, round(test_size * n))]
    older = order[(moments.iloc[order] < moments.iloc[order[begin]]).to_numpy()]
    train = older[~np.isin(atoms[older], atoms[test])]
    return np.sort(train), np.sort(test)


def _require_both_sides(
    labels: Labels, train: NDArray[np.intp], test: NDArray[np.intp], name: str
) -> None:
    if not len(test):
        raise SplitError(
            f"{name}: no row is left to test, since rows that must stay together (one group, or "
            "identical features) make up too much of the table. Add rows or use finer groups."
        )
    counts = np.bincount(labels.codes[train], minlength=len(labels.values))
    if (counts == 0).any():
        missing = labels.names[int(np.argmin(counts))]
        raise SplitError(
            f"{name}: no row of class {missing!r} is left to train on. A class needs two rows or "
            "more that differ, in two groups or more, and some of them in the past; add rows, "
            "merge the class into another, or drop it."
        )
