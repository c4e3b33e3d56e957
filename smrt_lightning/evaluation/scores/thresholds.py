"""Decisions other than the most probable class, and probabilities put right after resampling."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

_STEPS = np.linspace(0.0, 1.5, 31)
COST_RATIOS = (1, 2, 5, 10, 20, 50, 100, 200)
"""What a missed row of the rare class may cost, in false alarms."""


def decide(scores: Floats, weights: Floats | None = None) -> Codes:
    """Return the class with the highest weighted score; of equals the first."""
    weighed = scores if weights is None else scores * weights
    return np.asarray(weighed.argmax(axis=1), dtype=np.intp)


def tune_weights(truth: Codes, probability: Floats, priors: Floats, rare: int) -> Floats:
    """Choose the weights of :func:`decide` that give the best F1 on held-out predictions.

    Two classes: every threshold between two distinct probabilities of the rarer one is tried, and
    the F1 of that class counts. More classes: probabilities are divided by the class prior to the
    power τ, one number from 0 to 1.5, and macro F1 counts. Ties go to the least change.

    Parameters
    ----------
    truth : int array, shape (n,)
    probability : float array, shape (n, k)
    priors : float array, shape (k,)
        Class shares in the training part.
    rare : int
        Code of the rarer class.

    References
    ----------
    A. K. Menon et al., "Long-tail learning via logit adjustment", ICLR 2021.
    """
    k = probability.shape[1]
    if k == 2:
        candidates = [_two_class_weights(t, rare) for t in _thresholds(probability[:, rare])]
        wanted = [rare]
    else:
        candidates = [(priors / priors.max()) ** -step for step in _STEPS]
        wanted = list(range(k))
    best, best_score = candidates[0], -1.0
    for weights in candidates:
        found = _f1(truth, decide(probability, weights), k)[wanted].mean()
        if found > best_score + 1e-12:
            best, best_score = weights, found
    return best


def _thresholds(probability: Floats) -> list[float]:
    """Midpoints between distinct probabilities, those nearest to one half first."""
    distinct = np.unique(np.append(probability, 0.5))
    if len(distinct) > 400:
        distinct = np.quantile(distinct, np.linspace(0, 1, 400))
    middles = np.append((distinct[1:] + distinct[:-1]) / 2, 0.5)
    return sorted(middles.tolist(), key=lambda t: (abs(t - 0.5), t))


def _two_class_weights(threshold: float, rare: int) -> Floats:
    weights = np.full(2, threshold)
    weights[rare] = 1.0 - threshold
    return weights


def _f1(truth: Codes, predicted: Codes, k: int) -> Floats:
    table = np.bincount(truth * k + predicted, minlength=k * k).reshape(k, k)
    whole = table.sum(axis=0) + table.sum(axis=1)
    return np.asarray(2 * np.diag(table) / np.maximum(whole, 1), dtype=np.float64)


def cost_weights(
    truth: Codes, probability: Floats, priors: Floats, rare: int, costs: Floats
) -> Floats:
    """Choose the weights of :func:`decide` that cost least on held-out predictions.

    Two classes: every threshold is tried. More classes: probabilities are multiplied by the cost of
    missing the class and divided by its prior to the power τ, one number from 0 to 1.5.

    Parameters
    ----------
    truth : int array, shape (n,)
    probability : float array, shape (n, k)
    priors : float array, shape (k,)
        Class shares in the training part.
    rare : int
        Code of the rarer class.
    costs : float array, shape (k,)
        Of a row of each class that is taken for another.
    """
    if len(costs) == 2:
        ratio = costs[rare] / costs[1 - rare]
        return _two_class_weights(_cheapest(truth == rare, probability[:, rare], ratio), rare)
    best = [costs * (priors / priors.max()) ** -step for step in _STEPS]
    return min(best, key=lambda weights: mean_cost(truth, decide(probability, weights), costs))


def mean_cost(truth: Codes, predicted: Codes, costs: Floats) -> float:
    """Return the mean cost of a row."""
    return float((costs[truth] * (truth != predicted)).mean())


def _cheapest(hit: NDArray[np.bool_], probability: Floats, ratio: float) -> float:
    """Return the threshold of least cost; of equals the one nearest to that of true probabilities.

    Parameters
    ----------
    hit : bool array, shape (n,)
        Whether a row is of the class.
    probability : float array, shape (n,)
    ratio : float
        Cost of a miss over that of a false alarm.
    """
    distinct = np.unique(probability)
    candidates = np.concatenate([[0.0], (distinct[1:] + distinct[:-1]) / 2, [1.0]])
    misses, alarms = _errors(hit, probability, candidates)
    cost = ratio * misses + alarms
    ideal = 1.0 / (1.0 + ratio)
    equal = candidates[cost <= cost.min() + 1e-9 * (1.0 + ratio)]
    return float(equal[np.abs(equal - ideal).argmin()])


def _errors(
    hit: NDArray[np.bool_], probability: Floats, thresholds: Floats
) -> tuple[Floats, Floats]:
    """Return misses and false alarms when all above a threshold is called, at each threshold."""
    rare, common = np.sort(probability[hit]), np.sort(probability[~hit])
    misses = np.searchsorted(rare, thresholds, side="right")
    alarms = len(common) - np.searchsorted(common, thresholds, side="right")
    return misses.astype(np.float64), alarms.astype(np.float64)


def trade_off(
    seen: NDArray[np.bool_],
    probability: Floats,
    met: NDArray[np.bool_],
    tested: Floats,
    ratios: Sequence[float] = COST_RATIOS,
) -> Floats:
    """Return the shares of rows missed and of false alarms, shape (len(ratios), 2).

    For each cost ratio the threshold is the cheapest on the rows that were held out (``seen``,
    their ``probability``); the shares are those of the tested rows (``met``, ``tested``).
    """
    chosen = np.array([_cheapest(seen, probability, ratio) for ratio in ratios])
    return np.column_stack(_errors(met, tested, chosen)) / len(met)


def correct_priors(probability: Floats, real: Floats, trained: Floats) -> Floats:
    """Undo the shift that resampling or weighing gave to probabilities.

    p′(k) ∝ p(k) · real(k) / trained(k): exact when rows of a class are distributed alike before and
    after, and free, since nothing is fitted again.

    Parameters
    ----------
    probability : float array, shape (n, k)
    real, trained : float array, shape (k,)
        Class shares among the real training rows and among the rows that were trained on.

    References
    ----------
    C. Elkan, "The foundations of cost-sensitive learning", IJCAI 2001; M. Saerens, P. Latinne and
    C. Decaestecker, "Adjusting the outputs of a classifier to new a priori probabilities", Neural
    Computation 14(1), 2002.
    """
    ratio = np.divide(real, trained, out=np.zeros_like(real), where=trained > 0)
    moved = probability * ratio
    total = moved.sum(axis=1, keepdims=True)
    return np.where(total > 0, moved / np.where(total > 0, total, 1.0), probability)
