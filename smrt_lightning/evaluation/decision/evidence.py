"""What the scores say of one method against another: difference, interval, test and odds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
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
from smrt_lightning.evaluation.scores.metrics import METRICS

MARGIN = 0.01
"""The smallest worthwhile difference, in units of :func:`unit`."""
_PRIORS = {"ranking": Prior(-0.01, 0.03), "tuned": Prior(-0.01, 0.03)}
"""Gains of methods over no resampling from table to table, in units of :func:`unit`.

Median −.007 and 1.48 · median absolute deviation .026 of average precision, over five methods and
every other of the twenty tables of ``benchmarks/RESULTS.md`` ("AP / F1 by set"): resampling mostly
costs a little of a ranking. It is one for all methods, so that none is favoured.
"""
_FLOOR = 0.025
_NORMAL_95 = 1.645


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


def prior_of(metric: str) -> Prior:
    """Return what is usual of a metric, in units of :func:`unit`.

    Nothing is presumed of decisions at one half, nor of probabilities, which resampling moves far.
    """
    return _PRIORS.get(METRICS[metric].needs, Prior())


@dataclass(frozen=True)
class Rule:
    """What a decision is made with.

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
    """

    metric: str
    smallest_difference: float | Literal["auto"]
    alpha: float
    test_share: float

    @property
    def sign(self) -> float:
        """+1 when a higher value is better, −1 when a lower one is."""
        return 1.0 if METRICS[self.metric].higher_is_better else -1.0

    def margin(self, level: float) -> float:
        """Return the smallest difference worth caring about at a level of the metric."""
        if self.smallest_difference == "auto":
            return MARGIN * unit(self.metric, level)
        return float(self.smallest_difference)


@dataclass(frozen=True)
class Finding:
    """What is known of a method against another.

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


class Values:
    """A metric's values per method as a matrix of splits × classifiers."""

    def __init__(self, headline: pd.DataFrame, metric: str) -> None:
        rows = headline[headline["metric"] == metric]
        self.metric = metric
        self.splits = list(dict.fromkeys(rows["split"]))
        self.classifiers = list(dict.fromkeys(rows["classifier"]))
        wide = rows.pivot(index="split", columns=["method", "classifier"], values="value")
        wide = wide.loc[self.splits]
        # A classifier without probabilities has no recalibrated form: NaN there.
        self._tables = {
            str(method): wide[method].reindex(columns=self.classifiers).to_numpy(dtype=np.float64)
            for method in dict.fromkeys(rows["method"])
        }

    @property
    def methods(self) -> list[str]:
        """Names of the methods that have values."""
        return list(self._tables)

    def by_split(self, method: str, classifiers: Sequence[str]) -> NDArray[np.float64]:
        """Return a method's scores, averaged over classifiers within each split; NaN: undefined."""
        return _row_means(self._tables[method][:, self._places(classifiers)])

    def gaps(self, method: str, other: str, classifiers: Sequence[str]) -> NDArray[np.float64]:
        """Return method minus other, averaged over the classifiers that have both, by split."""
        places = self._places(classifiers)
        return _row_means((self._tables[method] - self._tables[other])[:, places])

    def _places(self, classifiers: Sequence[str]) -> list[int]:
        return [self.classifiers.index(name) for name in classifiers]


def _row_means(table: NDArray[np.float64]) -> NDArray[np.float64]:
    known = ~np.isnan(table)
    counts = known.sum(axis=1)
    sums = np.where(known, table, 0.0).sum(axis=1)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def level_of(scores: NDArray[np.float64]) -> float | None:
    """Return the mean of the scores that are defined, or None."""
    known = scores[~np.isnan(scores)]
    return float(known.mean()) if len(known) else None


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
        usual = prior_of(rule.metric).scaled(unit(rule.metric, level))
        self._between = Prior(0.0, usual.spread)
        prior = usual if other == "none" else self._between
        gaps = {method: values.gaps(method, other, classifiers) for method in methods}
        self._common = _common(list(gaps.values()))
        found = {method: self._find(gap, prior) for method, gap in gaps.items()}
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
        return self._find(self._values.gaps(method, other, self._classifiers), self._between)

    def _find(self, gaps: NDArray[np.float64], prior: Prior) -> Finding:
        return find(gaps, self._rule, self.margin, self._common, prior)


def find(
    gaps: NDArray[np.float64], rule: Rule, margin: float, common: CommonVariance, prior: Prior
) -> Finding:
    """Say what paired differences tell, by the means of this folder's statistics."""
    share = rule.test_share
    difference = paired_difference(gaps, np.zeros(len(gaps)), test_share=share, alpha=rule.alpha)
    belief = believe(rule.sign * gaps, test_share=share, common=common, prior=prior)
    bare = believe(rule.sign * gaps, test_share=share, common=common, prior=Prior())
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
