"""Scores of one set of predictions: macro-averaged over classes and for each class.

A metric that is 0/0 is undefined and comes back as None with the reason, never as 0.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from smrt_lightning.errors import ParameterError
from smrt_lightning.evaluation.scores.ranking import Curve
from smrt_lightning.evaluation.scores.thresholds import mean_cost

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]


@dataclass(frozen=True)
class Metric:
    """A metric: its name, range and direction.

    Attributes
    ----------
    title : str
        For people.
    needs : {"ranking", "decision", "probability", "tuned"}
        What it looks at: the order of the scores, the predicted labels, the probabilities, or
        labels at the threshold that was best on held-out training rows.
    higher_is_better : bool
    per_class : bool
        Whether it is also given for each class when there are more than two.
    worst, best : float
        The ends of its range: no skill at all, and perfection. ∞ where there is no end.
    """

    title: str
    needs: str
    higher_is_better: bool = True
    per_class: bool = True
    worst: float = 0.0
    best: float = 1.0


METRICS: dict[str, Metric] = {
    "average_precision": Metric("average precision", "ranking"),
    "roc_auc": Metric("ROC AUC", "ranking", worst=0.5),
    "recall_at_precision": Metric("recall at chosen precision", "ranking"),
    "f1": Metric("F1", "decision"),
    "precision": Metric("precision", "decision"),
    "recall": Metric("recall", "decision"),
    "mcc": Metric("Matthews correlation", "decision", per_class=False),
    "balanced_accuracy": Metric("balanced accuracy", "decision", per_class=False),
    "g_mean": Metric("G-mean", "decision", per_class=False),
    "accuracy": Metric("accuracy", "decision", per_class=False),
    "kappa": Metric("Cohen's kappa", "decision", per_class=False),
    "brier": Metric("Brier score", "probability", higher_is_better=False, worst=1.0, best=0.0),
    "ece": Metric(
        "expected calibration error", "probability", higher_is_better=False, worst=1.0, best=0.0
    ),
    "f1_tuned": Metric("F1 at tuned threshold", "tuned"),
    "precision_tuned": Metric("precision at tuned threshold", "tuned"),
    "recall_tuned": Metric("recall at tuned threshold", "tuned"),
    "cost": Metric(
        "cost per 1,000 rows",
        "tuned",
        higher_is_better=False,
        per_class=False,
        worst=float("inf"),
        best=0.0,
    ),
    "precision_at_capacity": Metric("precision at capacity", "ranking"),
    "recall_at_capacity": Metric("recall at capacity", "ranking"),
}

WITH_COSTS, WITH_CAPACITY = ("cost",), ("precision_at_capacity", "recall_at_capacity")
"""Metrics that are computed only when costs, or a capacity, are given."""
ECE_BINS = 10

# Reasons why a metric is undefined.
CLASS_ABSENT = "class_absent_from_test"
ONLY_CLASS = "only_this_class_in_test"
NEVER_PREDICTED = "never_predicted"
ONE_CLASS_PREDICTED = "only_one_class_predicted"
NO_PROBABILITIES = "classifier_gives_no_probabilities"


_TUNED = ("f1_tuned", "precision_tuned", "recall_tuned")
_PLAIN = [name for name in METRICS if name not in (*_TUNED, *WITH_COSTS, *WITH_CAPACITY)]


class Score(NamedTuple):
    """One value; ``code`` is None for the macro average, ``reason`` is set when value is None."""

    metric: str
    code: int | None
    value: float | None
    reason: str | None = None


def require_metric(name: str) -> Metric:
    """Return what is known about a metric, or say which names there are."""
    if name not in METRICS:
        raise ParameterError(f"Unknown metric {name!r}; allowed are {', '.join(METRICS)}.")
    return METRICS[name]


def score(
    truth: Codes,
    scores: Floats,
    predicted: Codes,
    *,
    precision_level: float,
    probable: bool = True,
    alerts: float | None = None,
) -> list[Score]:
    """Compute every metric that needs no tuned decision.

    Parameters
    ----------
    truth : int array, shape (n,)
        Class codes.
    scores : float array, shape (n, k)
        Probability of each class, or any score that ranks when ``probable`` is false.
    predicted : int array, shape (n,)
        Class codes after the decision.
    precision_level : float
        The precision at which the largest recall is looked up.
    probable : bool
        Whether ``scores`` are probabilities.
    alerts : float, optional
        Rows that can be looked at: adds precision and recall among as many of the highest scores.

    Returns
    -------
    list of Score
        The macro average of a metric runs over the classes present in ``truth``; MCC, accuracy and
        kappa are the multi-class forms, G-mean is the geometric mean of the recalls, Brier is the
        sum over classes (Brier 1950, range 0–2) and expected calibration error the mean over
        classes ("classwise", Kull et al. 2019). A class's own metrics are one-against-the-rest;
        those that are not about one class are left out when there are more than two.
    """
    k = scores.shape[1]
    confusion = np.bincount(truth * k + predicted, minlength=k * k).reshape(k, k)
    present = np.flatnonzero(confusion.sum(axis=1))
    found: list[Score] = []
    for code in range(k):
        found += _of_class(code, truth, scores[:, code], confusion, precision_level, probable)
        if alerts is not None:
            found += _at_capacity(code, truth == code, scores[:, code], alerts)
    averaged = ("average_precision", "roc_auc", "recall_at_precision", "f1", "precision")
    for name in (*averaged, *(WITH_CAPACITY if alerts is not None else ())):
        found.append(_mean(name, [s for s in found if s.metric == name and s.code in present]))
    found += _overall(confusion, present)
    if probable:
        hit = truth[:, None] == np.arange(k)
        found.append(Score("brier", None, float(((scores - hit) ** 2).sum(axis=1).mean())))
        found.append(_mean("ece", [s for s in found if s.metric == "ece" and s.code in present]))
    else:
        found += [Score(name, None, None, NO_PROBABILITIES) for name in ("brier", "ece")]
    if k > 2:
        found = [s for s in found if s.code is None or METRICS[s.metric].per_class]
    return found


def score_decisions(
    truth: Codes, tuned: Codes, cheapest: Codes, costs: Floats | None, k: int
) -> list[Score]:
    """Score decisions that were tuned on held-out training rows.

    Parameters
    ----------
    truth, tuned, cheapest : int array, shape (n,)
        Class codes; predicted with F1 in mind, and with costs in mind.
    costs : float array, shape (k,), optional
        Of a row of each class that is taken for another; without them there is no ``cost``.
    k : int
    """
    confusion = np.bincount(truth * k + tuned, minlength=k * k).reshape(k, k)
    rows, columns, right = confusion.sum(axis=1), confusion.sum(axis=0), np.diag(confusion)
    found: list[Score] = []
    for code in range(k):
        hits, met, called = float(right[code]), float(rows[code]), float(columns[code])
        if not met:
            found += [Score(name, code, None, CLASS_ABSENT) for name in _TUNED]
            continue
        precision = _ratio(hits, called)
        reason = NEVER_PREDICTED if precision is None else None
        found += [
            Score("f1_tuned", code, 2 * hits / (met + called)),
            Score("precision_tuned", code, precision, reason),
            Score("recall_tuned", code, hits / met),
        ]
    present = [s for s in found if s.code is not None and rows[s.code]]
    found += [_mean(name, [s for s in present if s.metric == name]) for name in _TUNED]
    if costs is not None:
        value = 1000.0 * mean_cost(truth, cheapest, costs)
        codes = [None, 0, 1] if k == 2 else [None]
        found += [Score("cost", code, value) for code in codes]
    return found


def _at_capacity(code: int, hit: NDArray[np.bool_], scores: Floats, alerts: float) -> list[Score]:
    if not hit.any():
        return [Score(name, code, None, CLASS_ABSENT) for name in WITH_CAPACITY]
    curve = Curve.of(hit, scores)
    looked_at = min(alerts, float(len(hit)))
    hits = curve.hits_among(looked_at)
    values = (hits / looked_at, hits / float(curve.hits[-1]))
    return [Score(name, code, value) for name, value in zip(WITH_CAPACITY, values, strict=True)]


def _mean(name: str, parts: list[Score]) -> Score:
    values = []
    for part in parts:
        if part.value is None:
            return Score(name, None, None, part.reason)
        values.append(part.value)
    return Score(name, None, float(np.mean(values)))


def _of_class(
    code: int,
    truth: Codes,
    scores: Floats,
    confusion: NDArray[np.intp],
    precision_level: float,
    probable: bool,
) -> list[Score]:
    hit = truth == code
    tp = float(confusion[code, code])
    fp, fn = float(confusion[:, code].sum()) - tp, float(confusion[code].sum()) - tp
    tn = float(confusion.sum()) - tp - fp - fn
    if tp + fn == 0:
        return [Score(name, code, None, CLASS_ABSENT) for name in _PLAIN]
    found: list[Score] = []

    def add(name: str, value: float | None, reason: str | None = None) -> None:
        found.append(Score(name, code, value, reason if value is None else None))

    curve = Curve.of(hit, scores)
    add("average_precision", curve.average_precision())
    add("roc_auc", curve.roc_auc(), ONLY_CLASS)
    add("recall_at_precision", curve.recall_at(precision_level))
    recall = tp / (tp + fn)
    specificity = _ratio(tn, tn + fp)
    add("f1", 2 * tp / (2 * tp + fp + fn))
    add("precision", _ratio(tp, tp + fp), NEVER_PREDICTED)
    add("recall", recall)
    add(
        "balanced_accuracy", None if specificity is None else (recall + specificity) / 2, ONLY_CLASS
    )
    add("g_mean", None if specificity is None else float(np.sqrt(recall * specificity)), ONLY_CLASS)
    binary = np.array([[tn, fp], [fn, tp]])
    for name, function in (("mcc", _mcc), ("kappa", _kappa)):
        add(name, function(binary), ONE_CLASS_PREDICTED)
    add("accuracy", (tp + tn) / (tp + tn + fp + fn))
    if probable:
        add("brier", float(((scores - hit) ** 2).mean()))
        add("ece", calibration_error(hit, scores))
    else:
        add("brier", None, NO_PROBABILITIES)
        add("ece", None, NO_PROBABILITIES)
    return found


def _overall(confusion: NDArray[np.intp], present: NDArray[np.intp]) -> list[Score]:
    table = confusion.astype(np.float64)
    recalls = np.diag(table)[present] / table[present].sum(axis=1)
    forms: dict[str, Callable[[Floats], float | None]] = {"mcc": _mcc, "kappa": _kappa}
    with_reason = []
    for name, function in forms.items():
        value = function(table)
        with_reason.append(Score(name, None, value, ONE_CLASS_PREDICTED if value is None else None))
    return [
        Score("recall", None, float(recalls.mean())),
        Score("balanced_accuracy", None, float(recalls.mean())),
        Score("g_mean", None, float(np.prod(recalls) ** (1 / len(recalls)))),
        Score("accuracy", None, float(np.trace(table) / table.sum())),
        *with_reason,
    ]


def _ratio(part: float, whole: float) -> float | None:
    return None if whole == 0 else part / whole


def _mcc(table: Floats) -> float | None:
    """R_K of Gorodkin 2004, which is the Matthews correlation for two classes."""
    n, rows, columns = table.sum(), table.sum(axis=1), table.sum(axis=0)
    spread = (n**2 - rows @ rows) * (n**2 - columns @ columns)
    if spread == 0:
        return None
    return float((np.trace(table) * n - rows @ columns) / np.sqrt(spread))


def _kappa(table: Floats) -> float | None:
    """Cohen's kappa; 0/0 when truth and prediction are one and the same class throughout."""
    n = table.sum()
    by_chance = float(table.sum(axis=1) @ table.sum(axis=0)) / n**2
    if by_chance == 1.0:
        return None
    return float((np.trace(table) / n - by_chance) / (1.0 - by_chance))


def calibration_error(hit: NDArray[np.bool_], probability: Floats) -> float:
    """Return the expected calibration error over ``ECE_BINS`` bins of equal width, 0 (best) to 1.

    References
    ----------
    M. P. Naeini, G. F. Cooper and M. Hauskrecht, "Obtaining well calibrated probabilities using
    Bayesian binning", AAAI 2015.
    """
    expected, observed, _ = reliability_sums(hit, probability)
    return float(np.abs(expected - observed).sum() / len(hit))


def reliability_sums(hit: NDArray[np.bool_], probability: Floats) -> tuple[Floats, Floats, Floats]:
    """Return per bin the sum of the probabilities, the number of hits, and the number of rows."""
    bins = np.minimum((probability * ECE_BINS).astype(np.intp), ECE_BINS - 1)
    sums = (
        np.bincount(bins, probability, ECE_BINS),
        np.bincount(bins, hit, ECE_BINS),
        np.bincount(bins, minlength=ECE_BINS),
    )
    expected, observed, rows = (np.asarray(part, dtype=np.float64) for part in sums)
    return expected, observed, rows
