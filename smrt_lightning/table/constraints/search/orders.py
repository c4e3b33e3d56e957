"""Columns of which one is never above another."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.table.columns import to_float
from smrt_lightning.table.constraints.ladder import fits
from smrt_lightning.table.constraints.order import Inequality, above, unit_of
from smrt_lightning.table.constraints.search.evidence import EVIDENCE, MIN_ROWS, SAMPLE
from smrt_lightning.table.constraints.search.groups import is_binary
from smrt_lightning.table.constraints.total import Total

Floats = NDArray[np.float64]
_MAX_PARENTS = 3
_SHARE = 0.05


def inequalities(table: pd.DataFrame, sums: list[Total] | None = None) -> list[Inequality]:
    """Find columns of one unit of which one is never above the other.

    What follows from others is left out: of a ≤ b, b ≤ c and a ≤ c the last.
    """
    found: list[Inequality] = []
    known = {(part, one.total) for one in sums or [] for part in one.parts}
    for unit in ("number", "M", "m"):
        names = [n for n in table.columns if unit_of(table[n]) == unit]
        names = [n for n in names if not is_binary(table[n]) and fits(table[n])]
        names = [n for n in names if table[n].notna().sum() >= MIN_ROWS]
        if len(names) < 2:
            continue
        values = np.stack([to_float(table[name]) for name in names])
        pairs = _never_above(values, [_words(name) for name in names])
        edges = {(a, b) for a, b in pairs if not above(table[names[a]], table[names[b]]).any()}
        equal = {(a, b) for a, b in edges if (b, a) in edges}
        edges -= equal
        edges = _without_implied(edges)
        above_of: dict[int, list[int]] = {}
        for a, b in sorted(edges):
            above_of.setdefault(b, []).append(a)
        for b, lows in above_of.items():
            # Many columns below one are a scale that all share rather than rules of the table.
            if len(lows) > _MAX_PARENTS:
                continue
            for a in lows:
                low, high = names[a], names[b]
                if (low, high) in known:
                    continue
                strict = not above(table[low], table[high], equal_too=True).any()
                found.append(Inequality(low, high, strict))
    return found


def _words(name: Any) -> frozenset[str]:
    """Return the words of a column's name, of three letters and more."""
    return frozenset(re.findall(r"[a-z]{3,}", str(name).lower()))


def _never_above(values: Floats, words: list[frozenset[str]]) -> list[tuple[int, int]]:
    """Return pairs (a, b) that a sample keeps in order and independent columns would not.

    Of columns whose names have no word in common, independent ones would break the order in a
    twentieth of the rows: neighbouring pixels and the like keep an order now and then.
    """
    d, n = values.shape
    sample = np.linspace(0, n - 1, min(n, SAMPLE)).astype(int)
    kept = np.ones((d, d), dtype=bool)
    for row in values[:, sample].T:
        kept &= ~(row[:, None] > row[None, :])
    np.fill_diagonal(kept, False)
    pairs = []
    ranked = [np.sort(column[np.isfinite(column)]) for column in values]
    for a, b in np.argwhere(kept):
        both = np.isfinite(values[a]) & np.isfinite(values[b])
        n_both = int(both.sum())
        if n_both < MIN_ROWS or ranked[a][-1] <= ranked[b][0]:
            continue
        below = np.searchsorted(ranked[b], ranked[a], side="left").sum()
        expected = n_both * below / (len(ranked[a]) * len(ranked[b]))
        plain = EVIDENCE + math.log(d * d)
        if expected >= (plain if words[a] & words[b] else max(plain, _SHARE * n_both)):
            pairs.append((int(a), int(b)))
    return pairs


def _without_implied(edges: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return the edges of an order that do not follow from two others."""
    ups: dict[int, set[int]] = {}
    for a, b in edges:
        ups.setdefault(a, set()).add(b)
    return {(a, b) for a, b in edges if not any(b in ups.get(c, set()) for c in ups[a] if c != b)}
