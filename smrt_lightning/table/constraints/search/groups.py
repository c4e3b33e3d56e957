"""Groups of 0/1 columns of which one is set, and columns that are missing together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.table.columns import Column
from smrt_lightning.table.constraints.missing import MissingTogether
from smrt_lightning.table.constraints.one_hot import OneHot
from smrt_lightning.table.constraints.search.evidence import EVIDENCE, SAMPLE

Floats = NDArray[np.float64]


def one_hot_groups(table: pd.DataFrame) -> list[OneHot]:
    """Find groups of 0/1 columns of which each row sets exactly one, or at most one.

    Columns that stand side by side, or whose names share a beginning, are tried first; "at most
    one" is found for columns that share the beginning of their names alone.
    """
    names = [name for name in table.columns if is_binary(table[name])]
    if len(names) < 2:
        return []
    bits = np.stack([table[n].eq(1).fillna(False).to_numpy(dtype=np.float32) for n in names], 1)
    lost = np.stack([table[name].isna().to_numpy() for name in names], 1)
    together = bits.T @ bits
    counts: Floats = np.diag(together).astype(np.float64)
    apart = together == 0
    n = len(table)
    patterns = [np.packbits(lost[:, j]).tobytes() for j in range(len(names))]
    alike = np.array([patterns.index(pattern) for pattern in patterns])
    groups: list[OneHot] = []
    free = (counts > 0) & (counts < n)
    by_size = np.argsort(-counts, kind="stable")
    for start in range(len(names)):
        there = n - int(lost[:, start].sum())
        for order in (np.arange(len(names)), by_size):
            if not free[start]:
                break
            chosen = [start]
            ok = free & apart[start] & (alike == alike[start])
            while counts[chosen].sum() < there and ok.any():
                chosen.append(int(order[ok[order]][0]))
                ok &= apart[chosen[-1]]
                ok[chosen[-1]] = False
            whole = len(chosen) > 1 and counts[chosen].sum() == there
            if whole and _clash(counts[chosen], n) >= EVIDENCE:
                groups.append(OneHot(tuple(names[j] for j in sorted(chosen))))
                free[chosen] = False
    by_stem: dict[str, list[int]] = {}
    for j in np.flatnonzero(free).tolist():
        stem = _stem(names[j])
        if stem:
            by_stem.setdefault(stem, []).append(j)
    for members in by_stem.values():
        exclusive = all(apart[i, j] for i in members for j in members if i != j)
        one_pattern = len(set(alike[members].tolist())) == 1
        if (
            len(members) > 1
            and exclusive
            and one_pattern
            and _clash(counts[members], n) >= EVIDENCE
        ):
            groups.append(OneHot(tuple(names[j] for j in members), at_most=True))
    return groups


def _clash(counts: Floats, n: int) -> float:
    """Return in how many rows independent columns of these counts would set two at once."""
    shares = counts / n
    none = np.prod(1 - shares)
    one = none * np.sum(shares / np.maximum(1 - shares, 1e-12))
    return float(n * max(0.0, 1 - none - one))


def _stem(name: Any) -> str:
    """Return the beginning that a name shares with those of its group: "colour" of "colour_red"."""
    text = str(name)
    at = max(text.rfind(mark) for mark in "_=.:[ ")
    return text[:at] if at > 0 else ""


def is_binary(values: pd.Series) -> bool:
    """Tell whether a column holds nothing but 0 and 1, or false and true."""
    column = Column.of(values)
    if not (column.boolean or column.kind == "numeric"):
        return False
    head = values.iloc[:SAMPLE].dropna().unique()
    if len(head) > 2:
        return False
    return bool(values.dropna().isin([0, 1]).all())


def missing_together(table: pd.DataFrame) -> list[MissingTogether]:
    """Find columns that are missing in the same rows, some of which are and some are not."""
    by_rows: dict[bytes, list[Any]] = {}
    for name in table.columns:
        lost = table[name].isna().to_numpy()
        share = float(lost.mean())
        if len(table) * share * (1 - share) >= EVIDENCE:
            by_rows.setdefault(np.packbits(lost).tobytes(), []).append(name)
    return [MissingTogether(tuple(names)) for names in by_rows.values() if len(names) > 1]
