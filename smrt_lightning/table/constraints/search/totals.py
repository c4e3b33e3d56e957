"""Columns that are the sum of others, or add up to a constant."""

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
    """Find columns that are the sum of others, a copy of one, or add up to a constant.

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
    for last, others, constant in _relations(matrix[:, order], size[order]):
        parts = tuple(present[order[j]] for j in sorted(others))
        if constant is None:
            one = Total(parts, present[order[last]])
        else:
            one = Total((*parts, present[order[last]]), constant=constant)
        if not one.broken(table).any():
            found.append(one)
    return found


def _relations(matrix: Floats, size: Floats) -> list[tuple[int, list[int], float | None]]:
    """Return columns that follow from columns before them.

    Each as (column, those before it, None) where it is their sum, or (…, constant) where it is
    what they lack to a constant.
    """
    n, d = matrix.shape
    scaled = matrix / size
    basis = np.empty((n, d + 1))
    basis[:, 0] = 1 / np.sqrt(n)
    kept: list[int] = []
    relations: list[tuple[int, list[int], float | None]] = []
    for j in range(d):
        rest = scaled[:, j].copy()
        spread = float(np.linalg.norm(rest - rest.mean()))
        for _ in range(2):  # once more, against rounding
            rest -= basis[:, : len(kept) + 1] @ (basis[:, : len(kept) + 1].T @ rest)
        length = float(np.linalg.norm(rest))
        if length > max(1e-7 * spread, 1e-12 * float(np.linalg.norm(scaled[:, j]))):
            kept.append(j)
            basis[:, len(kept)] = rest / length
            continue
        known = np.column_stack([np.ones(n), scaled[:, kept]])
        weights = np.linalg.lstsq(known, scaled[:, j], rcond=None)[0] * size[j]
        plain = weights[1:] / size[kept]
        near = np.round(plain)
        if np.abs(plain - near).max(initial=0) > 1e-5:
            continue
        signs = set(near.tolist()) - {0.0}
        used = [kept[k] for k in np.flatnonzero(near)]
        if signs == {1.0} and abs(weights[0]) < 1e-5 * size[j]:
            relations.append((j, used, None))
        elif signs == {-1.0}:
            relations.append((j, used, float(f"{weights[0]:.9g}")))
    return relations
