"""Paired differences over repeated splits: the corrected test, and the odds of what is true."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Below this the differences are one and the same number, up to rounding.
_NO_ERROR = 1e-12


@dataclass(frozen=True)
class Difference:
    """Mean of paired differences over splits, with what the corrected test says of it.

    Attributes
    ----------
    mean : float or None
        None when no split has both values.
    low, high : float or None
        Confidence interval; None with fewer than two splits.
    p : float or None
        Two-sided p-value of "no difference".
    p_holm : float or None
        The same after Holm's adjustment for the comparisons made together; equal to ``p`` when it
        stands alone.
    splits : int
        Splits that have both values.
    """

    mean: float | None
    low: float | None
    high: float | None
    p: float | None
    p_holm: float | None
    splits: int

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def paired_difference(
    values: Floats, yardstick: Floats, *, test_share: float, alpha: float = 0.05
) -> Difference:
    """Corrected resampled t-test of ``values − yardstick``.

    The training parts of repeated splits overlap, so that differences are correlated and the plain
    paired t-test finds effects in noise. Nadeau and Bengio inflate the variance of their mean from
    s²/k to s²·(1/k + n_test/n_train), with k − 1 degrees of freedom.

    Parameters
    ----------
    values, yardstick : float array, shape (k,)
        One value a split, in the same order; NaN where undefined.
    test_share : float
        n_test / n_train.
    alpha : float
        The interval covers 1 − alpha.

    References
    ----------
    C. Nadeau and Y. Bengio, "Inference for the generalization error", Machine Learning 52, 2003,
    p. 239–281; R. R. Bouckaert and E. Frank, "Evaluating the replicability of significance tests
    for comparing learning algorithms", PAKDD 2004.
    """
    from scipy.stats import t as student

    differences = values - yardstick
    differences = differences[~np.isnan(differences)]
    k = len(differences)
    if k == 0:
        return Difference(None, None, None, None, None, 0)
    mean = float(differences.mean())
    if k == 1:
        return Difference(mean, None, None, None, None, 1)
    error = float(np.sqrt(differences.var(ddof=1) * (1.0 / k + test_share)))
    if error < _NO_ERROR:
        p = 1.0 if abs(mean) < _NO_ERROR else 0.0
        return Difference(mean, mean, mean, p, p, k)
    p = float(2.0 * student.sf(abs(mean) / error, k - 1))
    reach = float(student.ppf(1.0 - alpha / 2.0, k - 1)) * error
    return Difference(mean, mean - reach, mean + reach, p, p, k)


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjust p-values of comparisons made together; None stays None and does not count.

    References
    ----------
    S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
    Statistics 6, 1979.
    """
    known = sorted((p, i) for i, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    highest = 0.0
    for rank, (p, i) in enumerate(known):
        highest = max(highest, min(1.0, p * (len(known) - rank)))
        adjusted[i] = highest
    return adjusted


@dataclass(frozen=True)
class CommonVariance:
    """The prior of a variance that the differences of many methods share.

    Attributes
    ----------
    value : float
        The variance that they scatter around.
    weight : float
        How many degrees of freedom it is worth; 0 when nothing can be said.
    """

    value: float
    weight: float

    def moderate(self, variance: float, freedom: float) -> tuple[float, float]:
        """Return a variance drawn towards the common one, and its degrees of freedom."""
        total = self.weight + freedom
        return (self.weight * self.value + freedom * variance) / total, total


def common_variance(variances: Sequence[float], freedom: float) -> CommonVariance:
    """Estimate the scaled inverse χ² that sample variances scatter by.

    With ten splits a variance of one method is known to a factor of two; those of the other methods
    on the same splits tell what is usual. The weight is at most ``freedom``, since the methods
    share their yardstick and so their variances are not independent.

    Parameters
    ----------
    variances : sequence of float
        One a method; those of zero are left out.
    freedom : float
        Degrees of freedom of each.

    References
    ----------
    G. K. Smyth, "Linear models and empirical Bayes methods for assessing differential expression in
    microarray experiments", Statistical Applications in Genetics and Molecular Biology 3(1), 2004,
    section 6.2.
    """
    from scipy.special import digamma, polygamma

    known = np.array([variance for variance in variances if variance > _NO_ERROR**2])
    if len(known) < 3 or freedom < 1:
        return CommonVariance(0.0, 0.0)
    logs = np.log(known) - digamma(freedom / 2) + np.log(freedom / 2)
    excess = float(logs.var(ddof=1) - polygamma(1, freedom / 2))
    weight = float(freedom)
    if excess > 0:
        weight = min(weight, 2.0 * _inverse_trigamma(excess))
    level = float(logs.mean()) + float(digamma(weight / 2)) - np.log(weight / 2)
    return CommonVariance(float(np.exp(level)), weight)


def _inverse_trigamma(value: float) -> float:
    """Newton's steps of Smyth 2004, appendix; convergent from below for every positive value."""
    from scipy.special import polygamma

    if value > 1e7:
        return float(1.0 / np.sqrt(value))
    if value < 1e-6:
        return float(1.0 / value)
    x = 0.5 + 1.0 / value
    for _ in range(50):
        trigamma = float(polygamma(1, x))
        step = trigamma * (1.0 - trigamma / value) / float(polygamma(2, x))
        x += step
        if -step / x < 1e-8:
            break
    return float(x)


@dataclass(frozen=True)
class Prior:
    """The spread of true differences over tables, before one is looked at: a normal law.

    Attributes
    ----------
    mean, spread : float
        In units of the metric; a spread of ∞ says nothing.
    """

    mean: float = 0.0
    spread: float = float("inf")

    def scaled(self, unit: float) -> "Prior":
        """Return the prior in other units."""
        return Prior(self.mean * unit, self.spread * unit)


@dataclass(frozen=True)
class Belief:
    """The belief about a true difference after seeing the splits: a Student t.

    Attributes
    ----------
    mean, scale, freedom : float
        Location, scale and degrees of freedom; with a scale of 0 it is certain.
    """

    mean: float
    scale: float
    freedom: float

    def above(self, value: float) -> float:
        """Return the probability that the difference is larger than ``value``."""
        from scipy.stats import t as student

        if self.scale < _NO_ERROR:
            return float(self.mean > value)
        return float(student.sf((value - self.mean) / self.scale, self.freedom))

    def odds(self, margin: float) -> tuple[float, float, float]:
        """Return the probabilities of better, practically the same and worse; they add up to 1."""
        better = self.above(margin)
        worse = 1.0 - self.above(-margin)
        return better, max(0.0, 1.0 - better - worse), worse


def believe(
    differences: Floats,
    *,
    test_share: float,
    common: CommonVariance,
    prior: Prior,
    grain: float = 0.0,
) -> Belief | None:
    """Bayesian correlated t-test, its variance moderated and its mean drawn towards the usual.

    Without a prior the posterior of the mean difference is the corrected test read the other way
    round: a Student t around the mean with scale √(s²·(1/k + n_test/n_train)). What looks best
    among many methods on few rows mostly looks better than it is, so the mean is drawn towards what
    is usual, the more so the larger the error is beside the spread of true differences over tables.
    The product of a normal prior and a Student likelihood is taken as a Student t with the moments
    and the degrees of freedom that it would have if the error were known.

    Parameters
    ----------
    differences : float array, shape (k,)
        One a split; NaN where undefined.
    test_share : float
        n_test / n_train.
    common : CommonVariance
        From all methods that were compared on these splits.
    prior : Prior
    grain : float
        The smallest standard error that is believed: a handful of test rows may agree by luck.

    Returns
    -------
    Belief or None
        None with fewer than two differences.

    References
    ----------
    G. Corani and A. Benavoli, "A Bayesian approach for comparing cross-validated algorithms on
    multiple data sets", Machine Learning 100, 2015; A. Benavoli, G. Corani, J. Demšar and
    M. Zaffalon, "Time for a change: a tutorial for comparing multiple classifiers through Bayesian
    analysis", Journal of Machine Learning Research 18(77), 2017.
    """
    known = differences[~np.isnan(differences)]
    k = len(known)
    if k < 2:
        return None
    variance, freedom = float(known.var(ddof=1)), float(k - 1)
    if variance > _NO_ERROR**2:  # a method that changes nothing is known to change nothing
        variance, freedom = common.moderate(variance, freedom)
    squared = max(variance * (1.0 / k + test_share), grain**2)
    kept = 1.0 if np.isinf(prior.spread) else prior.spread**2 / (prior.spread**2 + squared)
    mean = kept * float(known.mean()) + (1.0 - kept) * prior.mean
    return Belief(mean, float(np.sqrt(kept * squared)), freedom)
