"""Ranking metrics: how well a score ranks the rows of one class before all others.

The same numbers as scikit-learn's, from one sort for all of them: a comparison asks for them some
tens of thousands of times, and most of that time would go into checking the same arrays again.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Curve:
    """Hits and false alarms at every distinct threshold, from the highest down.

    Attributes
    ----------
    hits, alarms : float array, shape (m,)
        True and false positives when everything at or above the threshold is called positive.
    """

    hits: NDArray[np.float64]
    alarms: NDArray[np.float64]

    @classmethod
    def of(cls, hit: NDArray[np.bool_], scores: NDArray[np.float64]) -> "Curve":
        """Sort once; ties share one threshold. At least one row must be a hit."""
        order = np.argsort(-scores, kind="stable")
        ordered = scores[order]
        ends = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
        hits = np.cumsum(hit[order], dtype=np.float64)[ends]
        return cls(hits, ends + 1.0 - hits)

    @property
    def precision(self) -> NDArray[np.float64]:
        """Share of hits among the rows called positive, per threshold."""
        return self.hits / (self.hits + self.alarms)

    @property
    def recall(self) -> NDArray[np.float64]:
        """Share of the class that is called positive, per threshold."""
        return np.asarray(self.hits / self.hits[-1])

    def average_precision(self) -> float:
        """Precision averaged over the steps of recall, without interpolation."""
        return float(np.diff(self.recall, prepend=0.0) @ self.precision)

    def roc_auc(self) -> float | None:
        """Area under the ROC curve by trapezoids; None when every row is of the class."""
        if self.alarms[-1] == 0:
            return None
        x = np.append(0.0, self.alarms / self.alarms[-1])
        y = np.append(0.0, self.recall)
        return float(np.diff(x) @ (y[1:] + y[:-1]) / 2)

    def recall_at(self, precision: float) -> float:
        """Largest recall whose precision is no lower; 0 when no threshold reaches it."""
        enough = self.precision >= precision
        return float(self.recall[enough].max()) if enough.any() else 0.0

    def hits_among(self, rows: float) -> float:
        """Return the expected hits among the highest scores; rows that tie are taken at random."""
        called = np.append(0.0, self.hits + self.alarms)
        return float(np.interp(rows, called, np.append(0.0, self.hits)))

    def precision_at(self, recalls: NDArray[np.float64]) -> NDArray[np.float64]:
        """Precision at the highest threshold whose recall is no lower than each asked for."""
        return self.precision[np.searchsorted(self.recall, recalls - 1e-12)]
