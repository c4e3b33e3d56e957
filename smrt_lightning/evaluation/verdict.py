"""Which method to adopt, if any.

The unit of replication is the split: per split the difference between two methods is averaged over
the classifiers that have both, and the splits' differences go into one corrected t-test
(:mod:`smrt_lightning.evaluation.statistics`). Three steps, in this order:

1. **Does a method help?** Every method is tested against "none"; a method helps when its p-value
   after Holm's adjustment over all methods is below ``alpha`` and its mean gain is at least
   ``smallest_difference``.
2. **Which of those that help?** The one with the largest mean gain, unless a simpler one that also
   helps is not shown to be worse: then the simplest such one. What was shown to help is compared
   without further adjustment, so that the verdict agrees with the intervals beside it.
3. **None helps?** "Leave the data alone" when every interval ends below ``smallest_difference``, so
   that no worthwhile gain is compatible with the data; else "not enough data to tell". Either way
   nothing is adopted.

With k splits testing 30 % the test needs a mean gain of 2.2 (k = 5), 1.6 (k = 10) or 1.4 (k = 20)
standard deviations of the split differences for p < 0.05, hence 10 splits by default.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from smrt_lightning.evaluation.methods import RECALIBRATED
from smrt_lightning.evaluation.metrics import METRICS
from smrt_lightning.evaluation.ruling import Rule, Values
from smrt_lightning.evaluation.statistics import Difference, holm
from smrt_lightning.evaluation.wording import sentence, verdict_text

_SIMPLEST_FIRST = ("none", "class_weight", "threshold", "random", "smote", "gaussian")


@dataclass(frozen=True)
class View:
    """The decision over some classifiers."""

    adopted: str
    code: str
    shown_method: str
    to_none: Mapping[str, Difference]
    to_smote: Difference | None
    reasons: tuple[str, ...]

    def to_dict(self, rule: Rule) -> dict[str, Any]:
        """Return plain values for JSON."""
        best = self.to_none.get(self.shown_method)
        return {
            "adopted_method": self.adopted,
            "code": self.code,
            "verdict": verdict_text(self.code, self.adopted),
            "sentence": sentence(self, rule),
            "reasons": list(self.reasons),
            "method_in_differences": self.shown_method,
            "difference_to_none": None if best is None else best.to_dict(),
            "difference_to_smote": None if self.to_smote is None else self.to_smote.to_dict(),
        }


def decide_view(values: Values, rule: Rule, classifiers: Sequence[str]) -> View:
    """Apply the three steps of this module to some classifiers."""
    ranks = METRICS[rule.metric].needs != "decision"
    methods = [
        method
        for method in values.methods
        # A threshold changes no ranking and no probability: there it is "none" itself.
        if method != "none"
        and not method.endswith(RECALIBRATED)
        and not (ranks and method == "threshold")
    ]
    methods.sort(key=_simplicity)
    raw = [values.difference(method, "none", rule, classifiers) for method in methods]
    adjusted = holm([difference.p for difference in raw])
    to_none = {
        method: replace(difference, p_holm=p)
        for method, difference, p in zip(methods, raw, adjusted, strict=True)
    }
    reasons: list[str] = []
    helping = [method for method in methods if rule.shown(to_none[method])]
    if any(rule.shown_worse(difference) for difference in to_none.values()):
        reasons.append("some_method_shown_worse_than_none")
    if not helping:
        return _nothing_helps(values, rule, classifiers, methods, to_none, reasons)
    best = max(helping, key=lambda method: rule.gain(to_none[method]))
    adopted = next(
        method
        for method in helping
        if method == best or not rule.shown(values.difference(best, method, rule, classifiers))
    )
    reasons.insert(0, "shown_better_than_none")
    if adopted != best:
        reasons.append("simpler_method_not_shown_worse")
    as_good = (
        adopted != "smrt"
        and "smrt" in helping
        and not rule.shown(values.difference(adopted, "smrt", rule, classifiers))
    )
    to_smote = None
    if adopted != "smote" and "smote" in methods:
        to_smote = values.difference(adopted, "smote", rule, classifiers)
        better = rule.shown(to_smote)
        reasons.append("shown_better_than_smote" if better else "not_shown_better_than_smote")
    elif adopted == "smote" and "smrt" in methods:
        to_smote = values.difference("smrt", "smote", rule, classifiers)
    return View(
        adopted, "as_good" if as_good else "adopt", adopted, to_none, to_smote, tuple(reasons)
    )


def _nothing_helps(
    values: Values,
    rule: Rule,
    classifiers: Sequence[str],
    methods: Sequence[str],
    to_none: Mapping[str, Difference],
    reasons: list[str],
) -> View:
    if not methods:
        return View("none", "cannot_tell", "none", to_none, None, ("no_other_method",))
    best = max(methods, key=lambda method: rule.gain(to_none[method]))
    # A method that could not be scored on any split, say a sampler that failed, says nothing.
    scored = [difference for difference in to_none.values() if difference.mean is not None]
    possible = not scored or any(
        rule.best_case(difference) >= rule.smallest_difference for difference in scored
    )
    reasons.append("gain_not_excluded" if possible else "no_worthwhile_gain_possible")
    difference = to_none[best]
    if difference.p is None:
        reasons.append("too_few_splits" if difference.splits else "metric_undefined")
    elif rule.gain(difference) > 0 and difference.p < rule.alpha:
        small = rule.gain(difference) < rule.smallest_difference
        reasons.append("gain_too_small" if small else "gain_lost_to_holm")
    to_smote = None
    if "smote" in methods and best != "smote":
        to_smote = values.difference(best, "smote", rule, classifiers)
    code = "cannot_tell" if possible else "leave_alone"
    return View("none", code, best, to_none, to_smote, tuple(reasons))


def _simplicity(method: str) -> tuple[int, str]:
    if method in _SIMPLEST_FIRST:
        return _SIMPLEST_FIRST.index(method), ""
    return len(_SIMPLEST_FIRST) + (method == "smrt"), method


def decide_method(
    headline: pd.DataFrame,
    rule: Rule,
    *,
    ratio: float,
    scope: str,
    fewest_test_rows: int,
) -> dict[str, Any]:
    """Decide over all classifiers together and over each alone.

    Parameters
    ----------
    headline : DataFrame
        Columns split, method, classifier, metric, value: one value a combination.
    rule : Rule
    ratio : float
        Balance ratio at which the methods were compared.
    scope : str
        "macro" or the class that the values are about.
    fewest_test_rows : int
        Rows of the rarest class in the smallest test part.

    Returns
    -------
    dict
        ``adopted_method``, ``code`` ("adopt", "as_good": SMRT helps too, and neither is shown
        better, "leave_alone", "cannot_tell"), ``verdict`` (a few words), ``sentence``, ``reasons``
        (codes), ``ratio``, ``primary_metric``, ``scope``, ``smallest_difference``, ``alpha``,
        ``splits``; ``method_in_differences``: the adopted method, or the best-looking one when none
        is adopted, with ``difference_to_none`` and ``difference_to_smote`` (of SMRT to SMOTE when
        SMOTE is adopted), each ``{mean, low, high, p, p_holm, splits}`` or None; ``differences``:
        method → its difference to none; ``by_classifier``: name → the same keys for it alone.
    """
    values = Values(headline, rule.metric)
    overall = decide_view(values, rule, values.classifiers)
    alone = {name: decide_view(values, rule, [name]) for name in values.classifiers}
    extra = _warnings(headline, rule, overall, alone)
    if len(values.splits) < 5:
        extra.append("few_splits")
    if fewest_test_rows < 10:
        extra.append("few_rare_rows_in_test")
    found = overall.to_dict(rule)
    found["reasons"] = [*overall.reasons, *extra]
    return {
        **found,
        "ratio": ratio if overall.adopted != "none" else None,
        "compared_ratio": ratio,
        "primary_metric": rule.metric,
        "scope": scope,
        "smallest_difference": rule.smallest_difference,
        "alpha": rule.alpha,
        "splits": len(values.splits),
        "differences": {method: d.to_dict() for method, d in overall.to_none.items()},
        "by_classifier": {name: view.to_dict(rule) for name, view in alone.items()},
    }


def _warnings(
    headline: pd.DataFrame, rule: Rule, overall: View, alone: Mapping[str, View]
) -> list[str]:
    """Say what an adopted method costs, and whether a threshold would have done."""
    if overall.adopted in ("none", "threshold"):
        return []
    found = []
    if any(rule.shown_worse(view.to_none[overall.adopted]) for view in alone.values()):
        found.append("worse_for_some_classifier")
    brier = Values(headline, "brier")
    change = brier.difference(
        overall.adopted, "none", replace(rule, metric="brier"), brier.classifiers
    )
    if change.p is not None and change.p < rule.alpha and (change.mean or 0.0) > 0:
        found.append("calibration_worse")
    f1 = Values(headline, "f1")
    if "threshold" in f1.methods:
        by_f1 = replace(rule, metric="f1")
        gap = f1.difference(overall.adopted, "threshold", by_f1, f1.classifiers)
        if not by_f1.shown(gap):
            found.append("not_shown_better_than_threshold_on_f1")
    return found
