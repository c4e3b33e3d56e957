"""The evidence for one method against another: difference, interval, test and odds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from smrt_lightning.evaluation.decision.statistics import (
    CommonVariance,
    Difference,
    Prior,
    believe,
    common_variance,
    holm,
    paired_difference,
)
from smrt_lightning.evaluation.decision.values import Values, level_of
from smrt_lightning.evaluation.methods import METHODS
from smrt_lightning.evaluation.scores.metrics import METRICS

MARGIN = 0.01
"""The smallest worthwhile difference, in units of :func:`unit`."""
_WEIGHTS, _ROWS = Prior(-0.005, 0.02), Prior(-0.02, 0.03)
"""Gains over no resampling from table to table, in units of :func:`unit`, of methods that weigh the
rows at hand and of those that add or drop rows.

From average precision on every other table of ``benchmarks/DECISIONS.md``, where a case is at most
800 rows: the medians of the true gains are −.0045 and −.034, their spreads (1.48 · median absolute
deviation) .008 and .036, the most likely normal law behind what the user's half shows is
N(−.006, 0) and N(−.021, .019); on every other one of the larger tables of ``benchmarks/RESULTS.md``
it was −.007 with .026 over both kinds. So resampling mostly costs a little of a ranking, and what
changes less is known better. All methods of a kind have one prior, so that none is favoured.
"""
_KEEP_ROWS = tuple(name for name, method in METHODS.items() if method.kind != "rows")
_FLOOR = 0.025
_NORMAL_95 = 1.645
_SOLVED = 1e-9


def unit(metric: str, level: float) -> float:
    """Return what 1 means at a level of a metric: 1 in the middle of its range, less at its ends.

    A metric that runs from ``worst`` to ``best`` has the unit 4·s·(1 − s) · |best − worst|, where s
    is the share of the range that is reached. So .01 units are four per cent of a low score, four
    per cent of the headroom above a high one, and .01 in the middle. A metric without an end, such
    as a cost, has four times its level.

    Parameters
    ----------
    metric : str
    level : float
        The mean score of no resampling.
    """
    known = METRICS[metric]
    if np.isinf(known.worst):
        return 4.0 * abs(level)
    share = (level - known.worst) / (known.best - known.worst)
    share = min(max(share, _FLOOR), 1.0 - _FLOOR)
    return 4.0 * share * (1.0 - share) * abs(known.best - known.worst)


def prior_of(metric: str, method: str) -> Prior:
    """Return what is usual of a metric and a method, in units of :func:`unit`.

    Nothing is presumed of decisions at one half, nor of probabilities, which resampling moves far.
    """
    if METRICS[metric].needs not in ("ranking", "tuned"):
        return Prior()
    return _WEIGHTS if method in _KEEP_ROWS else _ROWS


@dataclass(frozen=True)
class Rule:
    """The settings of a decision.

    Attributes
    ----------
    metric : str
        A name of ``METRICS``.
    smallest_difference : float or "auto"
        The smallest gain worth caring about, in units of the metric; "auto" is ``MARGIN`` of its
        :func:`unit`.
    alpha : float
        Level of the tests; intervals cover 1 − alpha.
    test_share : float
        n_test / n_train of the splits.
    rarest : int, optional
        Rows of the rarest class in the table: no score is known better than half of one of them.
    """

    metric: str
    smallest_difference: float | Literal["auto"]
    alpha: float
    test_share: float
    rarest: int | None = None

    @property
    def sign(self) -> float:
        """+1 when a higher value is better, −1 when a lower one is."""
        return 1.0 if METRICS[self.metric].higher_is_better else -1.0

    def margin(self, level: float) -> float:
        """Return the smallest difference worth caring about at a level of the metric."""
        if self.smallest_difference == "auto":
            return MARGIN * unit(self.metric, level)
        return float(self.smallest_difference)

    def grain(self, level: float) -> float:
        """Return the standard error that a difference has at least: half of a rare row's worth."""
        return 0.0 if not self.rarest else 0.5 * unit(self.metric, level) / self.rarest


@dataclass(frozen=True)
class Finding:
    """The evidence for a method against another.

    Attributes
    ----------
    difference : Difference
        Method minus the other, in units of the metric.
    expected : float or None
        The difference to expect, drawn towards what is usual by the prior.
    better, same, worse : float or None
        Probabilities that the true difference is a gain larger than the margin, within it, or a
        loss larger than it; None when there are fewer than two splits.
    gain, scale : float
        ``expected`` with its sign turned so that positive is better, −∞ when unknown; and the
        standard error of the mean difference, without the prior.
    """

    difference: Difference
    expected: float | None
    better: float | None
    same: float | None
    worse: float | None
    gain: float
    scale: float

    @property
    def grade(self) -> str:
        """Return what is known in a word: one of better, worse, same, likely_…, or unknown."""
        found = {"better": self.better, "same": self.same, "worse": self.worse}
        for name, probability in found.items():
            if probability is not None and probability >= SHOWN:
                return name
        name, likeliest = max(found.items(), key=lambda item: item[1] or 0.0)
        return f"likely_{name}" if (likeliest or 0.0) >= LIKELY else "unknown"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            **self.difference.to_dict(),
            "expected": self.expected,
            "better": self.better,
            "same": self.same,
            "worse": self.worse,
            "grade": self.grade,
        }


SHOWN = 0.95
"""A probability from which on a thing counts as shown."""
LIKELY = 0.45
"""A probability from which on the likeliest of the three counts as likely."""


class Evidence:
    """The methods of a comparison against one of them, judged together.

    Parameters
    ----------
    values : Values
    rule : Rule
    classifiers : sequence of str
        Averaged over within each split.
    methods : sequence of str
        Whose variances and p-values are taken together.
    other : str
        The method that they are compared with.

    Attributes
    ----------
    margin : float
        The smallest difference worth caring about, at the level of no resampling or of the best
        method, whichever has the larger unit: a score that only none has near 0 is no yardstick.
    findings : mapping
        Method → :class:`Finding`.
    """

    def __init__(
        self,
        values: Values,
        rule: Rule,
        classifiers: Sequence[str],
        methods: Sequence[str],
        other: str = "none",
    ) -> None:
        self._values, self._rule, self._classifiers = values, rule, classifiers
        level = self._level(methods)
        self.margin = rule.margin(level)
        size = unit(rule.metric, level)
        self._usual = {m: prior_of(rule.metric, m).scaled(size) for m in values.methods}
        # Where all is solved, equal scores are no proof of equal methods.
        solved = abs(level - METRICS[rule.metric].best) < _SOLVED
        self._grain, self._same_is_same = rule.grain(level), not solved
        gaps = {method: values.gaps(method, other, classifiers) for method in methods}
        self._common = _common(list(gaps.values()))
        found = {m: self._find(gap, self._prior(m, other)) for m, gap in gaps.items()}
        adjusted = holm([finding.difference.p for finding in found.values()])
        self.findings: Mapping[str, Finding] = {
            method: replace(finding, difference=replace(finding.difference, p_holm=p))
            for (method, finding), p in zip(found.items(), adjusted, strict=True)
        }

    def _level(self, methods: Sequence[str]) -> float:
        found = {m: level_of(self._values.by_split(m, self._classifiers)) for m in methods}
        known = [level for level in found.values() if level is not None]
        none = level_of(self._values.by_split("none", self._classifiers))
        if none is None or not known:
            return 0.5 if none is None else none
        best = max(known, key=lambda level: self._rule.sign * level)
        return max((none, best), key=lambda level: unit(self._rule.metric, level))

    def between(self, method: str, other: str) -> Finding:
        """Compare any two methods, without adjustment."""
        gaps = self._values.gaps(method, other, self._classifiers)
        return self._find(gaps, self._prior(method, other))

    def _prior(self, method: str, other: str) -> Prior:
        """Return what is usual of a method against another."""
        own = self._usual[method]
        if other == "none":
            return own
        others = self._usual[other]
        return Prior(own.mean - others.mean, max(own.spread, others.spread))

    def _find(self, gaps: NDArray[np.float64], prior: Prior) -> Finding:
        # A method that changes nothing is known to change nothing.
        same = self._same_is_same and not np.any(gaps)
        grain = 0.0 if same else self._grain
        return find(gaps, self._rule, self.margin, self._common, prior, grain)


def find(
    gaps: NDArray[np.float64],
    rule: Rule,
    margin: float,
    common: CommonVariance,
    prior: Prior,
    grain: float = 0.0,
) -> Finding:
    """Say what paired differences tell, by the means of this folder's statistics.

    ``grain`` is the smallest standard error that their mean may have.
    """
    share = rule.test_share
    difference = paired_difference(gaps, np.zeros(len(gaps)), test_share=share, alpha=rule.alpha)
    signed = rule.sign * gaps
    belief = believe(signed, test_share=share, common=common, prior=prior, grain=grain)
    bare = believe(signed, test_share=share, common=common, prior=Prior(), grain=grain)
    if belief is None or bare is None:
        return Finding(difference, None, None, None, None, -np.inf, np.inf)
    return Finding(
        difference, rule.sign * belief.mean, *belief.odds(margin), belief.mean, bare.scale
    )


def rows_needed(finding: Finding, margin: float, rows: int) -> int | None:
    """Return how many rows would bring the odds to ``SHOWN``, one way or the other.

    The error falls with the root of the number of rows. What is seen now is taken for the truth,
    but no closer to the margin than half of it, since nothing ever settles what lies upon it. Two
    digits; None when there is no error to scale.
    """
    if finding.difference.mean is None or not np.isfinite(finding.scale):
        return None
    distance = max(abs(abs(finding.difference.mean) - margin), margin / 2)
    needed = rows * max(1.0, (_NORMAL_95 * finding.scale / distance) ** 2)
    step = max(1, 10 ** (len(str(round(needed))) - 2))
    return int(np.ceil(needed / step) * step)


def _common(gaps: Sequence[NDArray[np.float64]]) -> CommonVariance:
    """Estimate over the methods that were scored on every split."""
    whole = [gap for gap in gaps if len(gap) > 1 and not np.isnan(gap).any()]
    if not whole:
        return CommonVariance(0.0, 0.0)
    return common_variance([float(gap.var(ddof=1)) for gap in whole], float(len(whole[0]) - 1))
