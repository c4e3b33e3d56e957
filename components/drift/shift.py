"""Has a column changed? A test says whether chance explains it, an effect size whether it matters.

On a large table a p-value flags trifles, on a small one an effect size flags noise; a change
counts when both speak. The tests are scipy's; p-values of tests made together are adjusted by
Benjamini and Hochberg's procedure.

References
----------
Y. Benjamini and Y. Hochberg, "Controlling the false discovery rate", Journal of the Royal
Statistical Society B 57, 1995; W. G. Cochran, "Some methods for strengthening the common χ² tests",
Biometrics 10, 1954 (levels expected fewer than five times are taken together).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from smrt_lightning.evaluation.fidelity.marginals import (
    kolmogorov_smirnov,
    level_counts,
    total_variation,
)
from smrt_lightning.table.columns import Column

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FEWEST_EXPECTED = 5.0
_EXACT_PAIRS = 10_000


@dataclass(frozen=True)
class Shift:
    """One comparison of a batch with the reference.

    Attributes
    ----------
    subject : str
        "values" of a column, its "missing" cells, "class shares", or "reconstruction" of a class.
    name : str
        The column or the class.
    test : str
        "Kolmogorov–Smirnov" or "chi-squared".
    statistic, p : float or None
        None when the test says nothing, as on a column with one level.
    p_adjusted : float or None
        After Benjamini and Hochberg, over all comparisons of the batch.
    effect : float or None
        How large the change is, in the unit of ``measure``.
    measure : str
        "standard deviations" (Wasserstein distance), "total variation" or "KS distance".
    smallest : float
        The smallest effect that matters.
    drifted : bool
        Whether the adjusted p-value is below the level and the effect is not below ``smallest``.
    reference_rows, rows : int
        Cells compared.
    reason : str or None
        Why nothing can be said, if so.
    direction : str or None
        Of what drifted: how it moved, in words.
    """

    subject: str
    name: str
    test: str
    statistic: float | None
    p: float | None
    effect: float | None
    measure: str
    smallest: float
    reference_rows: int
    rows: int
    p_adjusted: float | None = None
    drifted: bool = False
    reason: str | None = None
    direction: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def value_shift(
    name: str, reference: pd.Series[Any], current: pd.Series[Any], smallest: float
) -> Shift:
    """Compare the values of a column, missing ones left out.

    Numbers and times: Kolmogorov–Smirnov, and the Wasserstein distance in standard deviations of
    the reference. Everything else: see :func:`level_shift`.
    """
    old, new = reference.dropna(), current.dropna()
    column = Column.of(reference)
    if not column.measured:
        return level_shift("values", name, old, new, smallest)
    shift = Shift(
        "values",
        name,
        "Kolmogorov–Smirnov",
        None,
        None,
        None,
        "standard deviations",
        smallest,
        len(old),
        len(new),
    )
    if not (len(old) and len(new)):
        return replace(shift, reason="no values to compare")
    from scipy.stats import wasserstein_distance

    a, b = column.numbers(old), column.numbers(new)
    statistic, p = _kolmogorov_smirnov(a, b)
    deviation = float(a.std()) or float(np.concatenate([a, b]).std())
    effect = float(wasserstein_distance(a, b)) / deviation if deviation else 0.0
    return replace(shift, statistic=statistic, p=p, effect=effect)


def missing_shift(
    name: str, reference: pd.Series[Any], current: pd.Series[Any], smallest: float
) -> Shift:
    """Compare how many cells of a column are missing."""
    old, new = reference.isna().astype(str), current.isna().astype(str)
    return level_shift("missing", name, old, new, smallest)


def level_shift(
    subject: str,
    name: str,
    reference: pd.Series[Any],
    current: pd.Series[Any],
    smallest: float,
) -> Shift:
    """Compare the shares of levels: χ² on their counts, and the total variation of the shares."""
    shift = Shift(
        subject,
        name,
        "chi-squared",
        None,
        None,
        None,
        "total variation",
        smallest,
        len(reference),
        len(current),
    )
    if not (len(reference) and len(current)):
        return replace(shift, reason="no values to compare")
    counts = level_counts(Column.of(reference), reference, current)
    effect = total_variation(counts)
    table = _pooled(counts)
    if table.shape[1] < 2:
        rare = counts.shape[1] > 1
        reason = "all levels are too rare to compare" if rare else None
        return replace(shift, effect=effect, reason=reason)
    from scipy.stats import chi2_contingency

    found = chi2_contingency(table)
    return replace(shift, statistic=float(found.statistic), p=float(found.pvalue), effect=effect)


def error_shift(
    label: str, reference: NDArray[np.float64], current: NDArray[np.float64], smallest: float
) -> Shift:
    """Ask whether reconstruction errors of a class are higher: one-sided Kolmogorov–Smirnov.

    Lower errors are no drift: rows that the model learned from have them. Errors have heavy tails,
    in which a standard deviation drowns; the distance, how far the share of rows below some error
    has fallen, lies within 0 and 1 and is the effect.
    """
    from scipy.stats import ks_2samp

    method = "exact" if len(reference) * len(current) <= _EXACT_PAIRS else "asymp"
    found = ks_2samp(reference, current, alternative="greater", method=method)
    distance, p = float(found.statistic), float(found.pvalue)
    return Shift(
        "reconstruction",
        label,
        "Kolmogorov–Smirnov",
        distance,
        p,
        distance,
        "KS distance",
        smallest,
        len(reference),
        len(current),
    )


def judged(shifts: Sequence[Shift], alpha: float) -> list[Shift]:
    """Adjust the p-values of comparisons made together, and say which of them count.

    Parameters
    ----------
    shifts : sequence of Shift
    alpha : float
        The share of false alarms among the alarms that is tolerated.
    """
    from scipy.stats import false_discovery_control

    tested = [i for i, shift in enumerate(shifts) if shift.p is not None]
    judged = list(shifts)
    if not tested:
        return judged
    adjusted = false_discovery_control([shifts[i].p for i in tested], method="bh")
    for i, p in zip(tested, adjusted, strict=True):
        shift = shifts[i]
        matters = shift.effect is not None and shift.effect >= shift.smallest
        judged[i] = replace(shift, p_adjusted=float(p), drifted=bool(p < alpha and matters))
    return judged


def _kolmogorov_smirnov(a: NDArray[np.float64], b: NDArray[np.float64]) -> tuple[float, float]:
    """Return the statistic and its p-value: exact on few values, where the limit is far off."""
    from scipy.stats import ks_2samp

    found = ks_2samp(a, b, method="exact" if len(a) * len(b) <= _EXACT_PAIRS else "asymp")
    return kolmogorov_smirnov(a, b) or 0.0, float(found.pvalue)


def _pooled(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Take together the levels that are expected fewer than five times on either side."""
    sides = counts.sum(axis=1, keepdims=True)
    expected = sides * counts.sum(axis=0) / sides.sum()
    rare = (expected < _FEWEST_EXPECTED).any(axis=0)
    rest = counts[:, rare].sum(axis=1, keepdims=True)
    kept: NDArray[np.float64] = counts[:, ~rare]
    return np.hstack([kept, rest]) if rest.sum() else kept
