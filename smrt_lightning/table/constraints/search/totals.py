"""Columns that are the sum of others."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.table.columns import to_float
from smrt_lightning.table.constraints.ladder import fits
from smrt_lightning.table.constraints.order import unit_of
from smrt_lightning.table.constraints.search.evidence import MIN_ROWS
from smrt_lightning.table.constraints.total import Total

Floats = NDArray[np.float64]


def totals(table: pd.DataFrame) -> list[Total]:
    """Find columns that are the sum of others, or a copy of one.

    Linear relations show in a sample of rows as columns that others, taken by their size, explain
    without a rest; of these relations, those with coefficients 1 are checked on all rows.
    """
    names = [name for name in table.columns if unit_of(table[name]) == "number"]
    names = [name for name in names if fits(table[name])]
    numbers = {name: to_float(table[name]) for name in names}
    present = [name for name in names if np.isfinite(numbers[name]).mean() > 0.5]
    if len(present) < 2:
        return []
    full = np.flatnonzero(np.all([np.isfinite(numbers[name]) for name in present], axis=0))
    if len(full) < max(MIN_ROWS, len(present) // 2):
        return []
    rows = full[np.linspace(0, len(full) - 1, min(len(full), 2 * len(present) + 200)).astype(int)]
    matrix = np.stack([numbers[name][rows] for name in present], axis=1)
    varied = np.ptp(matrix, axis=0) > 0
    present = [name for name, ok in zip(present, varied, strict=True) if ok]
    matrix = matrix[:, varied]
    if not present or len(rows) < len(present) + 20:
        return []
    size = np.abs(matrix).mean(axis=0)
    order = np.argsort(size, kind="stable")
    found = []
    for total, parts in _relations(matrix[:, order], size[order]):
        one = Total(tuple(present[order[j]] for j in sorted(parts)), present[order[total]])
        if not one.broken(table).any():
            found.append(one)
    return found


def _relations(matrix: Floats, size: Floats) -> list[tuple[int, list[int]]]:
    """Return columns that are sums of columns before them, as (column, those before it)."""
    scaled = matrix / size
    basis: list[Floats] = []
    kept: list[int] = []
    relations = []
    for j in range(scaled.shape[1]):
        rest = scaled[:, j].copy()
        for _ in range(2):  # once more, against rounding
            if basis:
                q = np.stack(basis, axis=1)
                rest -= q @ (q.T @ rest)
        if np.linalg.norm(rest) > 1e-9 * np.linalg.norm(scaled[:, j]):
            basis.append(rest / np.linalg.norm(rest))
            kept.append(j)
            continue
        weights, *_ = np.linalg.lstsq(scaled[:, kept], scaled[:, j], rcond=None)
        plain = weights * size[j] / size[kept]
        near = np.round(plain)
        used = [kept[k] for k in np.flatnonzero(near == 1)]
        if np.abs(plain - near).max() < 1e-5 and set(near.tolist()) <= {0.0, 1.0} and used:
            relations.append((j, used))
    return relations
