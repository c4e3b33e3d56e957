"""Confusion tables of the report, small enough to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

SHOWN_CLASSES = 12


def confusion_tables(comparison: Mapping[str, Any], methods: Sequence[str]) -> dict[str, Any]:
    """Sum each method's decisions over its classifiers, and join the largest of many classes.

    Returns
    -------
    dict
        ``labels``: of rows and columns, the rarest class first; ``joined``: how many classes the
        last of them stands for, 0 when it is one like the others; ``methods``: method → list of
        (classifier, table), the sum over all classifiers first, under the name None. A table is a
        list of rows (truth) of (count, share of the row).
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

    tables: dict[str, list[tuple[str | None, Any]]] = {}
    for method in methods:
        own = found.get(method, {})
        if own:
            total = np.sum([np.array(counts) for counts in own.values()], axis=0)
            tables[method] = [(None, table(total)), *((name, table(c)) for name, c in own.items())]
    return {"labels": [labels[code] for code in kept], "joined": joined, "methods": tables}
