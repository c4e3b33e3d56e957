"""Is one method better than another, given how much splits differ? Paired, corrected, adjusted."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Difference:
    """Mean of paired differences over splits, with what can be said about it.

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
    values: NDArray[np.float64],
    yardstick: NDArray[np.float64],
    *,
    test_share: float,
    alpha: float = 0.05,
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
    # Below this the differences are one and the same number, up to rounding.
    if error < 1e-12:
        p = 1.0 if abs(mean) < 1e-12 else 0.0
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
