"""The difference of a column between batch and reference: in words, and as two distributions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from components.drift.shift import Shift
from components.page.bins import even_edges
from components.project.errors import shorten
from smrt_lightning.table.columns import Column

SHOWN_COLUMNS = 12
SHOWN_LEVELS = 6
NAMED_LEVELS = 2
MOST_BINS = 20
_SAME_MEDIAN = 0.05  # standard deviations
_SAME_SHARE = 0.005


def by_how_much(shifts: list[Shift]) -> list[Shift]:
    """Sort the comparisons: what drifted first, then by effect over the smallest that matters."""

    def moved(shift: Shift) -> tuple[bool, float]:
        effect = -np.inf if shift.effect is None else shift.effect / (shift.smallest or 1.0)
        return shift.drifted, effect

    return sorted(shifts, key=moved, reverse=True)


def in_words(shift: Shift, reference: pd.DataFrame, batch: pd.DataFrame) -> Shift:
    """Say in which direction a column moved.

    Parameters
    ----------
    shift : Shift
        Of "values", "missing", "class shares" or "reconstruction".
    reference, batch : DataFrame
        Rows that hold its column.
    """
    if shift.subject == "reconstruction":
        return replace(shift, direction="larger errors under its model")
    old, new = reference[shift.name], batch[shift.name]
    if shift.subject == "missing":
        before, after = float(old.isna().mean()), float(new.isna().mean())
        return replace(shift, direction=f"missing in {_percent(before)} → {_percent(after)}")
    column = Column.of(old)
    if shift.subject == "values" and column.measured:
        return replace(shift, direction=_of_numbers(column, old, new))
    return replace(shift, direction=_of_levels(old.dropna(), new.dropna()))


def portraits(
    shifts: list[Shift], reference: pd.DataFrame, batch: pd.DataFrame
) -> list[dict[str, Any]]:
    """Return the two distributions of each drifted column, those that moved most first.

    Returns
    -------
    list of dict
        ``name``, ``direction``, and either ``edges``, ``reference`` and ``batch`` (shares in bins)
        or ``levels``: list of (level, share, share). At most 12 columns.
    """
    found = []
    for shift in by_how_much(shifts):
        if not shift.drifted or shift.subject not in ("values", "class shares"):
            continue
        old, new = reference[shift.name].dropna(), batch[shift.name].dropna()
        entry: dict[str, Any] = {"name": shift.name, "direction": shift.direction}
        column = Column.of(old)
        if shift.subject == "values" and column.measured:
            entry |= _bins(column.numbers(old), column.numbers(new))
            entry["dates"] = column.kind == "time"
        else:
            entry["levels"] = _levels(old, new)[:SHOWN_LEVELS]
        found.append(entry)
    return found[:SHOWN_COLUMNS]


def _bins(old: NDArray[np.float64], new: NDArray[np.float64]) -> dict[str, Any]:
    old, new = old[np.isfinite(old)], new[np.isfinite(new)]
    both = np.concatenate([old, new])
    # A few far values would press all others into one bin.
    low, high = np.quantile(both, [0.005, 0.995])
    if low == high:
        low, high = both.min(), both.max()
    bins = min(MOST_BINS, 2 + int(2 * np.sqrt(min(len(old), len(new)))))
    edges = even_edges(np.array([low, high]), bins)
    shares = [
        np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0] / max(len(values), 1)
        for values in (old, new)
    ]
    return {
        "edges": edges.tolist(),
        "reference": shares[0].tolist(),
        "batch": shares[1].tolist(),
    }


def _of_numbers(column: Column, old: pd.Series[Any], new: pd.Series[Any]) -> str:
    a, b = (values[np.isfinite(values)] for values in (column.numbers(old), column.numbers(new)))
    if not (len(a) and len(b)):
        return "no values to compare"
    before, after = float(np.median(a)), float(np.median(b))
    spreads = float(a.std()), float(b.std())
    texts = [_value(column, value) for value in (before, after)]
    unit = spreads[0] or abs(before) or 1.0
    if abs(after - before) > _SAME_MEDIAN * unit:
        ways = ("later", "earlier") if column.kind == "time" else ("higher", "lower")
        return f"{ways[after < before]}: median {texts[0]} → {texts[1]}"
    ratio = spreads[1] / spreads[0] if spreads[0] else np.inf
    if 0.9 < ratio < 1.1:
        return f"another shape around the same median, {texts[0]}"
    words = "wider" if ratio > 1 else "narrower"
    times = f", standard deviation × {ratio:.2g}" if np.isfinite(ratio) else ""
    return f"{words} around the same median, {texts[0]}{times}"


def _value(column: Column, number: float) -> str:
    if column.kind != "time":
        return f"{number:.4g}"
    value = column.from_numbers(np.array([number])).iloc[0]
    return str(value)[:10] if isinstance(value, pd.Timestamp) else str(value)


def _levels(old: pd.Series[Any], new: pd.Series[Any]) -> list[tuple[str, float, float]]:
    """Return the levels and their shares, the largest changes first."""
    shares = [values.astype("str").value_counts(normalize=True) for values in (old, new)]
    rows = [
        (str(level), float(shares[0].get(level, 0.0)), float(shares[1].get(level, 0.0)))
        for level in shares[0].index.union(shares[1].index)
    ]
    return sorted(rows, key=lambda row: (-abs(row[2] - row[1]), row[0]))


def _of_levels(old: pd.Series[Any], new: pd.Series[Any]) -> str:
    rows = _levels(old, new)
    parts = []
    for words, sign in (("more", 1.0), ("fewer", -1.0)):
        moved = [row for row in rows if sign * (row[2] - row[1]) > _SAME_SHARE][:NAMED_LEVELS]
        parts += [f"{words} {shorten(n)} ({_percent(a)} → {_percent(b)})" for n, a, b in moved]
    return "; ".join(parts) or "many small changes"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share == 0 or share >= 0.01 else f"{100 * share:.1f} %"
