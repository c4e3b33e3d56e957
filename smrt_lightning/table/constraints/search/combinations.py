"""Columns of which one says what the other is."""

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


def fixed_combinations(table: pd.DataFrame) -> list[FixedCombinations]:
    """Find columns of which one says what the other is: a city its state, a code its name.

    Numbers take part only beside a column that is none. Columns linked by such pairs become one.
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
    sizes = {name: int(codes[name].max()) + 1 for name in names}
    for i, a in enumerate(names):
        for b in names[i + 1 :]:
            if not {a, b} & level:
                continue
            fine, coarse = (a, b) if sizes[a] >= sizes[b] else (b, a)
            head = slice(0, 4 * SAMPLE)
            if _n_pairs(codes[fine][head], codes[coarse][head], sizes) > len(
                np.unique(codes[fine][head])
            ):
                continue
            if _n_pairs(codes[fine], codes[coarse], sizes) > sizes[fine]:
                continue
            # Each row beyond the first of its level could have had another partner.
            shares = np.bincount(codes[coarse]) / len(table)
            repeats = len(table) - sizes[fine]
            if repeats * (1 - float(np.sum(shares**2))) < EVIDENCE:
                continue
            hit = [group for group in linked if {a, b} & group]
            merged = {a, b}.union(*hit)
            linked = [group for group in linked if group not in hit] + [merged]
    groups = []
    for group in linked:
        ordered = tuple(name for name in names if name in group)
        stacked = np.stack([codes[name] for name in ordered], axis=1)
        if len(np.unique(stacked, axis=0)) <= min(_MAX_COMBINATIONS, len(table) // 5):
            groups.append(FixedCombinations(ordered))
    return sorted(groups, key=lambda one: str(one.columns))


def _n_pairs(fine: Any, coarse: Any, sizes: Any) -> int:
    del sizes
    return len(np.unique(fine * (int(coarse.max()) + 1) + coarse))
