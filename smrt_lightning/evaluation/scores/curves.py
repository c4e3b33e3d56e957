"""Compact curves of one set of predictions, in a form that adds up over splits."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smrt_lightning.evaluation.scores.metrics import reliability_sums
from smrt_lightning.evaluation.scores.ranking import Curve

RECALLS = np.linspace(0.05, 1.0, 20)
"""Not 0: the precision there is that of the single highest score, which says nothing."""


@dataclass(frozen=True, eq=False)
class Shape:
    """The curves that a report draws.

    Attributes
    ----------
    precision : float array, shape (20,)
        Precision at ``RECALLS``: of the rarer class when there are two, else the mean over the
        classes present.
    reliability : float array, shape (3, bins), or None
        Sums of probabilities, hits and rows per bin, over the same class or classes; None without
        probabilities.
    confusion : int array, shape (k, k)
        Rows are the truth, columns the decision.
    """

    precision: NDArray[np.float64]
    reliability: NDArray[np.float64] | None
    confusion: NDArray[np.intp]


def shape_of(
    truth: NDArray[np.intp],
    scores: NDArray[np.float64],
    predicted: NDArray[np.intp],
    probable: bool,
    rare: int,
) -> Shape:
    """Take the curves of one set of predictions."""
    k = scores.shape[1]
    classes = [rare] if k == 2 else list(range(k))
    hits = [(truth == c, scores[:, c]) for c in classes if (truth == c).any()]
    precision = [Curve.of(hit, values).precision_at(RECALLS) for hit, values in hits]
    sums = [np.array(reliability_sums(hit, values)) for hit, values in hits] if probable else []
    confusion = np.bincount(truth * k + predicted, minlength=k * k).reshape(k, k)
    return Shape(
        np.mean(precision, axis=0) if precision else np.full(len(RECALLS), np.nan),
        np.sum(sums, axis=0) if sums else None,
        confusion,
    )
