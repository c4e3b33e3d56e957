"""Confusion tables of the report, small enough to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

SHOWN_CLASSES = 12


def confusion_tables(comparison: Mapping[str, Any], methods: Sequence[str]) -> dict[str, Any]:
    """Lay out each classifier's decisions, and join the largest of many classes.

    Returns
    -------
    dict
        ``labels``: of rows and columns, the rarest class first; ``joined``: how many classes the
        last of them stands for, 0 when it is one like the others; ``classifiers``: classifier →
        method → table. A table is a list of rows (truth) of (count, share of the row).
    """
    labels = list(comparison["labels"])
    found = comparison["confusion"]
    any_table = np.array(next(iter(found["none"].values())))
    order = np.argsort(any_table.sum(axis=1), kind="stable")
    joined = max(len(labels) - SHOWN_CLASSES + 1, 0) if len(labels) > SHOWN_CLASSES else 0
    kept = order[: len(order) - joined]
    place = np.full(len(labels), len(kept))
    place[kept] = np.arange(len(kept))

    def table(counts: Any) -> list[list[tuple[int, float]]]:
        small = np.zeros((len(kept) + bool(joined),) * 2, dtype=np.int64)
        np.add.at(small, (place[:, None], place[None, :]), np.array(counts))
        rows = np.maximum(small.sum(axis=1, keepdims=True), 1)
        return [
            [(int(count), float(share)) for count, share in zip(*pair, strict=True)]
            for pair in zip(small, small / rows, strict=True)
        ]

    names = list(found["none"])
    tables = {
        name: {
            method: table(found[method][name])
            for method in methods
            if name in found.get(method, {})
        }
        for name in names
    }
    return {"labels": [labels[code] for code in kept], "joined": joined, "classifiers": tables}
