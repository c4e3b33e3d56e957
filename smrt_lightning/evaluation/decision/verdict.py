"""The method to use, how likely it is to pay, and what is known of every other.

The unit of replication is the split: per split the difference between two methods is averaged over
the classifiers that have both. :mod:`smrt_lightning.evaluation.decision.evidence` turns the splits'
differences into odds: a gain worth having, practically the same, a loss. From the odds of the
method with the largest expected gain follows, in this order,

``guessing``
    Every method's interval of ROC AUC reaches .5, or that of average precision the prevalence: the
    features say nothing of the class.
``use``
    A gain worth having over no resampling is shown: its probability is ``SHOWN`` or more.
``lean``
    A gain worth having is at least as likely as ``LEAN``, and ``ODDS`` times as likely as a loss.
``hurts``
    Neither, and some method is shown to be worse.
``no_difference``
    No method has a probability of a gain worth having above ``UNLIKELY``.
``too_few_rows``
    Anything else; how many rows would settle it is estimated.

Of the methods that are as well supported, a simpler one is preferred while the largest expected
gain is less than the smallest worthwhile difference above its own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from smrt_lightning.evaluation.decision.evidence import (
    SHOWN,
    Evidence,
    Finding,
    Rule,
    rows_needed,
)
from smrt_lightning.evaluation.decision.guessing import (
    Chance,
    Yardstick,
    at_guessing,
    yardsticks_of,
)
from smrt_lightning.evaluation.decision.values import Values, level_of
from smrt_lightning.evaluation.decision.wording import sentence, verdict_text
from smrt_lightning.evaluation.methods import RECALIBRATED
from smrt_lightning.evaluation.scores.metrics import METRICS

LEAN, ODDS, UNLIKELY = 0.3, 1.5, 0.25
"""Chosen on every other table of ``benchmarks/decisions.py``."""
_SIMPLEST_FIRST = ("none", "class_weight", "threshold", "random", "smote", "gaussian")


@dataclass(frozen=True)
class View:
    """The decision over some classifiers.

    Attributes
    ----------
    code : str
        See this module.
    adopted : str
        The method to use: "none" unless the code is ``use`` or ``lean``.
    shown_method : str
        The adopted method, or the one with the largest expected gain; with ``too_few_rows`` the one
        most likely to bring a gain worth having.
    margin : float
        The smallest difference worth caring about, in units of the metric.
    to_none, to_smote : mapping
        Method → what is known of it against no resampling, and against SMOTE.
    level : float or None
        The mean score of no resampling.
    chance : Chance or None
        When the code is ``guessing``.
    rows_needed : int or None
        Rows that would settle it, when there are too few.
    """

    code: str
    adopted: str
    shown_method: str
    margin: float
    to_none: Mapping[str, Finding]
    to_smote: Mapping[str, Finding] = field(default_factory=dict)
    level: float | None = None
    chance: Chance | None = None
    rows_needed: int | None = None
    reasons: tuple[str, ...] = ()

    def to_dict(self, rule: Rule) -> dict[str, Any]:
        """Return plain values for JSON."""
        best = self.to_none.get(self.shown_method)
        other = self.to_smote.get(self.shown_method)
        return {
            "adopted_method": self.adopted,
            "code": self.code,
            "verdict": verdict_text(self),
            "sentence": sentence(self, rule),
            "reasons": list(self.reasons),
            "method_in_differences": self.shown_method,
            "difference_to_none": None if best is None else best.to_dict(),
            "difference_to_smote": None if other is None else other.to_dict(),
            "rows_needed": self.rows_needed,
            "smallest_difference": self.margin,
        }


def decide_view(
    values: Values,
    yardsticks: Sequence[Yardstick],
    rule: Rule,
    classifiers: Sequence[str],
    rows: int,
) -> View:
    """Decide over some classifiers.

    Parameters
    ----------
    values : Values
        Of the metric that decides.
    yardsticks : sequence of Yardstick
        Metrics that tell classifiers from guessing.
    rule : Rule
    classifiers : sequence of str
    rows : int
        Rows of the table.
    """
    methods = candidates(values, rule)
    evidence = Evidence(values, rule, classifiers, methods)
    found = evidence.findings
    to_smote: Mapping[str, Finding] = {}
    if "smote" in methods:
        others = [method for method in methods if method != "smote"]
        to_smote = Evidence(values, rule, classifiers, others, "smote").findings
    level = level_of(values.by_split("none", classifiers))
    view = View("too_few_rows", "none", "none", evidence.margin, found, to_smote, level)
    known = [method for method in methods if np.isfinite(found[method].gain)]
    if not known:
        reason = "no_other_method" if not methods else _why_unknown(found)
        return replace(view, reasons=(reason,))
    best = max(known, key=lambda method: found[method].gain)
    view = replace(view, shown_method=best)
    for yardstick in yardsticks:
        chance = at_guessing(yardstick, rule, classifiers, ["none", *methods])
        if chance is not None:
            return replace(view, code="guessing", chance=chance, reasons=("at_chance_level",))
    worse = any(_probability(found[method].worse) >= SHOWN for method in known)
    reasons = ("some_method_shown_worse_than_none",) if worse else ()
    for code, enough in (("use", _shown), ("lean", _leaning)):
        able = [method for method in known if enough(found[method])]
        if able:
            adopted = _simplest(able, found, evidence.margin)
            extra = () if adopted == max(able, key=_gain_in(found)) else ("simpler_as_good",)
            return replace(
                view, code=code, adopted=adopted, shown_method=adopted, reasons=extra + reasons
            )
    if worse:
        return replace(view, code="hurts", reasons=reasons)
    if all(_probability(found[method].better) <= UNLIKELY for method in known):
        return replace(view, code="no_difference", reasons=reasons)
    # What is open is whether this one helps; a method that does nothing may be expected to do best.
    best = max(known, key=lambda method: _probability(found[method].better))
    needed = rows_needed(found[best], evidence.margin, rows)
    return replace(view, shown_method=best, rows_needed=needed, reasons=reasons)


def candidates(values: Values, rule: Rule) -> list[str]:
    """Return the methods that may be adopted, the simplest first."""
    ranks = METRICS[rule.metric].needs != "decision"
    return sorted(
        (
            method
            for method in values.methods
            # A threshold changes no ranking and no probability: there it is "none" itself.
            if method != "none"
            and not method.endswith(RECALIBRATED)
            and not (ranks and method == "threshold")
        ),
        key=_simplicity,
    )


def _simplicity(method: str) -> tuple[int, str]:
    if method in _SIMPLEST_FIRST:
        return _SIMPLEST_FIRST.index(method), ""
    return len(_SIMPLEST_FIRST) + (method == "smrt"), method


def _probability(value: float | None) -> float:
    return 0.0 if value is None else value


def _shown(finding: Finding) -> bool:
    return _probability(finding.better) >= SHOWN


def _leaning(finding: Finding) -> bool:
    better, worse = _probability(finding.better), _probability(finding.worse)
    return better >= LEAN and better >= ODDS * worse


def _gain_in(found: Mapping[str, Finding]) -> Callable[[str], float]:
    return lambda method: found[method].gain


def _simplest(able: Sequence[str], found: Mapping[str, Finding], margin: float) -> str:
    most = max(found[method].gain for method in able)
    return next(method for method in able if found[method].gain > most - margin)


def _why_unknown(found: Mapping[str, Finding]) -> str:
    few = any(finding.difference.splits for finding in found.values())
    return "too_few_splits" if few else "metric_undefined"


def decide_method(
    headline: pd.DataFrame,
    rule: Rule,
    *,
    ratio: float,
    scope: str,
    fewest_test_rows: int,
    rows: int,
    prevalence: float,
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
    rows : int
        Rows of the table.
    prevalence : float
        Average precision of guessing.

    Returns
    -------
    dict
        ``adopted_method``; ``code`` (see this module); ``verdict`` (a few words), ``sentence``,
        ``reasons`` (codes), ``ratio``, ``primary_metric``, ``scope``, ``smallest_difference`` (in
        units of the metric), ``alpha``, ``splits``, ``rows_needed`` (or None);
        ``method_in_differences``: the ``shown_method`` of :class:`View`, with
        ``difference_to_none`` and ``difference_to_smote``, each
        ``{mean, low, high, p, p_holm, splits, expected, better, same, worse, grade}`` or None;
        ``differences`` and ``differences_to_smote``: method → the same; ``chance``:
        ``{metric, guessing, mean, low, high, …}`` when the code is ``guessing``; ``by_classifier``:
        name → the same keys for it alone.
    """
    values, sticks = Values(headline, rule.metric), yardsticks_of(headline, prevalence)
    overall = decide_view(values, sticks, rule, values.classifiers, rows)
    alone = {name: decide_view(values, sticks, rule, [name], rows) for name in values.classifiers}
    found = overall.to_dict(rule)
    extra = _warnings(headline, rule, overall, alone)
    if len(values.splits) < 5:
        extra.append("few_splits")
    if fewest_test_rows < 10:
        extra.append("few_rare_rows_in_test")
    found["reasons"] = [*overall.reasons, *extra]
    return {
        **found,
        "ratio": ratio if overall.adopted != "none" else None,
        "compared_ratio": ratio,
        "primary_metric": rule.metric,
        "scope": scope,
        "alpha": rule.alpha,
        "splits": len(values.splits),
        "chance": None if overall.chance is None else overall.chance.to_dict(),
        "differences": {method: f.to_dict() for method, f in overall.to_none.items()},
        "differences_to_smote": {method: f.to_dict() for method, f in overall.to_smote.items()},
        "by_classifier": {name: view.to_dict(rule) for name, view in alone.items()},
    }


def _warnings(
    headline: pd.DataFrame, rule: Rule, overall: View, alone: Mapping[str, View]
) -> list[str]:
    """Say what an adopted method costs, and whether a threshold would have done."""
    if overall.adopted in ("none", "threshold"):
        return []
    found = []
    if any(_probability(view.to_none[overall.adopted].worse) >= SHOWN for view in alone.values()):
        found.append("worse_for_some_classifier")
    brier = Values(headline, "brier")
    by_brier = replace(rule, metric="brier", smallest_difference="auto")
    methods = candidates(brier, by_brier)
    change = Evidence(brier, by_brier, brier.classifiers, methods).findings[overall.adopted]
    if _probability(change.worse) >= SHOWN:
        found.append("calibration_worse")
    f1 = Values(headline, "f1")
    if "threshold" in f1.methods:
        by_f1 = replace(rule, metric="f1", smallest_difference="auto")
        evidence = Evidence(f1, by_f1, f1.classifiers, candidates(f1, by_f1))
        if not _leaning(evidence.between(overall.adopted, "threshold")):
            found.append("not_shown_better_than_threshold_on_f1")
    return found
