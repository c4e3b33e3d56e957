"""Distances of synthetic rows to real ones: copies, closest records, and whose neighbours."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.table.neighbors import nearest
from smrt_lightning.table.space import Space

Points = NDArray[np.float64]

_MOST_ROWS = 2000
_SAME = 1e-9


class Closeness:
    """Distances in the standardised space of the real training rows.

    Parameters
    ----------
    frame : DataFrame, shape (n, d)
        Real training rows of all classes.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self._space = Space(frame)

    def points(self, frame: pd.DataFrame) -> Points:
        """Return rows as points."""
        return self._space.transform(frame)

    def report(self, own: Points, others: Points, made: Points, held: Points) -> dict[str, Any]:
        """Measure the synthetic rows of one class, and its held-out rows as the yardstick.

        Parameters
        ----------
        own, others : float array, shape (n, d)
            Real training rows of the class, and of all other classes.
        made, held : float array, shape (m, d)
            Synthetic and held-out rows of the class; the first 2,000 are looked at.
        """
        distance, foreign = _nearest(own, others, made[:_MOST_ROWS])
        held_distance, held_foreign = _nearest(own, others, held[:_MOST_ROWS])
        yardstick = float(np.median(held_distance)) if len(held) else 0.0
        return {
            "duplicates": 1.0 - len(np.unique(own, axis=0)) / len(own) if len(own) else 0.0,
            "copies": float((distance < _SAME).mean()),
            "held_out_copies": float((held_distance < _SAME).mean()) if len(held) else None,
            "closeness": float(np.median(distance)) / yardstick if yardstick > _SAME else None,
            "foreign": float(foreign.mean()),
            "held_out_foreign": float(held_foreign.mean()) if len(held) else None,
        }


def _nearest(own: Points, others: Points, rows: Points) -> tuple[Points, NDArray[np.bool_]]:
    """Return the distance to the closest own row, and whether another class's row is closer."""
    if not len(rows):
        return np.empty(0), np.empty(0, dtype=bool)
    to_own, to_others = _distances(own, rows), _distances(others, rows)
    return to_own, to_others < to_own


def _distances(real: Points, rows: Points) -> Points:
    return nearest(real, rows)[0][:, 0] if len(real) else np.full(len(rows), np.inf)
