"""The columns in which a class's synthetic rows differ most from its real ones, for the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from components.page import figures
from components.page.bins import even_edges
from components.page.words import cell
from smrt_lightning.evaluation.fidelity.marginals import column_distances
from smrt_lightning.table.columns import Column

SHOWN_COLUMNS = 4
MORE_COLUMNS = 20
SHOWN_LEVELS = 6
MOST_BINS = 20
REAL, SMRT = 0, 2
"""Numbers of the series, as everywhere on the page."""


def columns_that_differ(name: str, samples: Mapping[int, pd.DataFrame]) -> dict[str, Any]:
    """Describe the columns by the distances between real and SMRT's rows, the largest first.

    Parameters
    ----------
    name : str
        Start of the charts' names.
    samples : mapping
        Number of the series → rows of the class; ``REAL`` and ``SMRT`` among them.

    Returns
    -------
    dict
        ``most`` and ``more``: lists of dict with ``column``, ``distance`` (0–1), and either
        ``chart`` or ``levels``, a list of (level, a share for each sample); ``others``: list of
        (column, distance) of all that are not drawn.
    """
    distances = column_distances(samples[REAL], samples[SMRT])
    ranked = sorted(
        ((distance, column) for column, distance in distances.items() if distance is not None),
        key=lambda pair: -pair[0],
    )
    found = []
    drawn = SHOWN_COLUMNS + MORE_COLUMNS
    for number, (distance, column) in enumerate(ranked[:drawn]):
        parts = {series: rows[column] for series, rows in samples.items()}
        entry = {"column": column, "distance": distance, "chart": None, "levels": None}
        holds = Column.of(samples[REAL][column])
        if holds.measured:
            entry["chart"] = _chart(f"{name}-{number}", parts, holds)
        else:
            entry["levels"] = _levels(parts)
        found.append(entry)
    return {
        "most": found[:SHOWN_COLUMNS],
        "more": found[SHOWN_COLUMNS:],
        "others": [(column, distance) for distance, column in ranked[drawn:]],
    }


def _levels(parts: Mapping[int, pd.Series[Any]]) -> list[tuple[str, list[float]]]:
    """Return the levels that are most frequent in the real rows, and the share of all others."""
    counts = [Counter(cell(value) for value in part.astype(object)) for part in parts.values()]
    every = {level for count in counts for level in count}
    order = sorted(every, key=lambda level: (-counts[0][level], level))

    def shares(levels: list[str]) -> list[float]:
        return [sum(count[level] for level in levels) / max(count.total(), 1) for count in counts]

    rows = [(level, shares([level])) for level in order[:SHOWN_LEVELS]]
    rest = order[SHOWN_LEVELS:]
    return (
        [*rows, (f"{len(rest)} other{'s' if len(rest) > 1 else ''}", shares(rest))]
        if rest
        else rows
    )


def _chart(name: str, parts: Mapping[int, pd.Series[Any]], holds: Column) -> Any:
    values = {series: _numbers(holds, part) for series, part in parts.items()}
    everything = np.concatenate(list(values.values()))
    bins = min(MOST_BINS, 2 + int(2 * np.sqrt(len(values[REAL]))))
    edges = even_edges(everything, bins)
    shares = {
        series: np.histogram(some, edges)[0] / max(len(some), 1) for series, some in values.items()
    }
    title = "Shares of values in bins: real rows filled, SMRT solid, SMOTE dashed"
    if holds.kind == "time":
        title += "; dates in days since 1970"
    return figures.marginal(name, title, shares, edges)


def _numbers(holds: Column, part: pd.Series[Any]) -> NDArray[np.float64]:
    values = holds.numbers(part)
    return values[np.isfinite(values)]
