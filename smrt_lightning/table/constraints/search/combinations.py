"""Columns of which one says what the other is, or that occur in few combinations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.table.columns import Column
from smrt_lightning.table.constraints.combinations import FixedCombinations
from smrt_lightning.table.constraints.search.evidence import EVIDENCE, SAMPLE

Floats = NDArray[np.float64]
_MAX_LEVELS = 500
_MAX_COMBINATIONS = 2000
_OFTEN = 5


def fixed_combinations(table: pd.DataFrame) -> list[FixedCombinations]:
    """Find columns of which one says what the other is: a city its state, a code its name.

    Numbers take part only beside a column that is none. Two columns that are no numbers may also
    occur in a few combinations of which none is rare. Columns linked by such pairs become one.
    """
    codes: dict[Any, NDArray[np.int64]] = {}
    level: set[Any] = set()
    for name in table.columns:
        column = Column.of(table[name])
        if column.kind == "time" or column.boolean:
            continue
        if column.kind == "numeric" and table[name].iloc[:SAMPLE].nunique() > 0.9 * min(
            SAMPLE, len(table)
        ):
            continue
        found = column.level_counts(table[name])
        if 2 <= len(found) <= min(_MAX_LEVELS, len(table) // 5):
            codes[name] = column.codes(table[name], [one for one, _ in found])
            if column.kind == "level":
                level.add(name)
    names = list(codes)
    linked: list[set[Any]] = []
    for a, b in _candidates(codes, level):
        fine, coarse = (a, b) if codes[a].max() >= codes[b].max() else (b, a)
        determined = _n_pairs(codes[fine], codes[coarse]) == int(codes[fine].max()) + 1
        if determined:
            # Each row beyond the first of its level could have had another partner.
            shares = np.bincount(codes[coarse]) / len(table)
            repeats = len(table) - int(codes[fine].max()) - 1
            determined = repeats * (1 - float(np.sum(shares**2))) >= EVIDENCE
        if determined or ({a, b} <= level and _leaves_gaps(codes[a], codes[b])):
            linked = _merged(linked, a, b)
    groups = []
    for group in linked:
        ordered = tuple(name for name in names if name in group)
        stacked = np.stack([codes[name] for name in ordered], axis=1)
        if len(np.unique(stacked, axis=0)) <= min(_MAX_COMBINATIONS, len(table) // 5):
            groups.append(FixedCombinations(ordered))
    return sorted(groups, key=lambda one: str(one.columns))


def _merged(linked: list[set[Any]], a: Any, b: Any) -> list[set[Any]]:
    """Return the groups after two columns are found to be linked."""
    hit = [group for group in linked if {a, b} & group]
    return [*(group for group in linked if group not in hit), {a, b}.union(*hit)]


def _leaves_gaps(a: NDArray[np.int64], b: NDArray[np.int64]) -> bool:
    """Tell whether two columns occur in a few combinations, each often, and in no other.

    Independent columns would put a fifth of the rows into the others.
    """
    width = int(b.max()) + 1
    seen, counts = np.unique(a * width + b, return_counts=True)
    if counts.min() < _OFTEN:
        return False
    shares = np.outer(np.bincount(a), np.bincount(b)) / len(a) ** 2
    return bool(1 - shares.ravel()[seen].sum() >= 0.2)


def _candidates(codes: dict[Any, NDArray[np.int64]], level: set[Any]) -> list[tuple[Any, Any]]:
    """Return the pairs of columns that have few combinations in a sample of rows.

    No more than one of them has values, or, of two that are no numbers, nine in ten of those that
    they could have, each three times on average.
    """
    names = list(codes)
    if len(names) < 2:
        return []
    n = len(codes[names[0]])
    rows = np.linspace(0, n - 1, min(n, 2 * SAMPLE)).astype(int)
    sampled = np.stack([codes[name][rows] for name in names], axis=1)
    ordered = np.sort(sampled, axis=0)
    firsts = 1 + (np.diff(ordered, axis=0) != 0).sum(axis=0)
    is_level = np.array([name in level for name in names])
    pairs = []
    for j in np.flatnonzero(is_level):
        others = np.flatnonzero(~is_level | (np.arange(len(names)) > j))
        joint = np.sort(sampled[:, [j]] * (sampled.max() + 1) + sampled[:, others], axis=0)
        number = 1 + (np.diff(joint, axis=0) != 0).sum(axis=0)
        few = number <= np.minimum(0.9 * firsts[j] * firsts[others], len(rows) / 3)
        bound = (number <= np.maximum(firsts[j], firsts[others])) | (few & is_level[others])
        pairs += [(names[min(j, k)], names[max(j, k)]) for k in others[bound].tolist()]
    return pairs


def _n_pairs(fine: NDArray[np.int64], coarse: NDArray[np.int64]) -> int:
    return len(np.unique(fine * (int(coarse.max()) + 1) + coarse))
