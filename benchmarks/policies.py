"""Rules of decision, replayed on the stored scores of halved tables.

A policy sees the scores of the user's half alone and names a method. Its regret is the true score
of the best method in hindsight less that of the one it named.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.halves import KEYS, METHODS, METRICS, TRUTH
from smrt_lightning.evaluation.decision.evidence import Rule
from smrt_lightning.evaluation.decision.guessing import yardsticks_of
from smrt_lightning.evaluation.decision.statistics import holm, paired_difference
from smrt_lightning.evaluation.decision.values import Values
from smrt_lightning.evaluation.decision.verdict import View, decide_view

PRIMARY = "average_precision"
OUTCOMES = ("better", "same", "worse")


@dataclass(frozen=True, eq=False)
class Told:
    """A case as a policy and its judge see it.

    Attributes
    ----------
    key : tuple
        Data set, halving, side.
    sizes : dict
        What the case is made of.
    own : DataFrame
        The scores of the user's splits: split, method, classifier, metric, value.
    truth : Series
        Method → average precision on the other half, averaged over classifiers.
    rule : Rule
    """

    key: tuple[str, int, int]
    sizes: dict[str, Any]
    own: pd.DataFrame
    truth: pd.Series[float]
    rule: Rule

    @property
    def values(self) -> Values:
        """The metric that decides."""
        return Values(self.own, PRIMARY)

    def view(self) -> View:
        """Return today's decision."""
        values = self.values
        rows = self.sizes["n_user"]
        sticks = yardsticks_of(self.own, self.sizes["n_rare"] / rows)
        return decide_view(values, sticks, self.rule, values.classifiers, rows)

    def regret(self, method: str) -> float:
        """Return what is lost by a method against the best in hindsight."""
        return float(self.truth.max() - self.truth[method])


def told(scores: pd.DataFrame) -> list[Told]:
    """Take a table of scores apart into cases."""
    found = []
    for key, case in scores.groupby(KEYS, sort=False):
        first = case.iloc[0]
        long = case.melt(["split", "method", "classifier"], list(METRICS), var_name="metric")
        of_truth = long[(long["split"] == TRUTH) & (long["metric"] == PRIMARY)]
        sizes = {name: int(first[name]) for name in ("n_user", "n_rare", "n_truth", "n_truth_rare")}
        rule = Rule(PRIMARY, "auto", 0.05, float(first["test_share"]), sizes["n_rare"])
        own = long[long["split"] != TRUTH]
        truth = of_truth.groupby("method")["value"].mean()
        found.append(Told((str(key[0]), int(key[1]), int(key[2])), sizes, own, truth, rule))
    return found


Policy = Callable[[Told], str]


def always(method: str) -> Policy:
    """Return the policy that names one method whatever is seen."""
    return lambda case: method


def highest_mean(case: Told) -> str:
    """Name the method with the highest mean over the splits."""
    values = case.values
    means = {m: np.nanmean(values.by_split(m, values.classifiers)) for m in METHODS}
    return max(means, key=means.__getitem__)


def rule_of_november(case: Told) -> str:
    """Name what the rule of 21 November adopted (commit fb337d1).

    A method helps when its p-value after Holm is below .05 and its mean gain .01 or more; of those
    the simplest that the best is not shown to beat; else no resampling.
    """
    values = case.values

    def difference(method: str, other: str) -> Any:
        gaps = values.gaps(method, other, values.classifiers)
        share = case.rule.test_share
        return paired_difference(gaps, np.zeros(len(gaps)), test_share=share, alpha=0.05)

    def shown(p: float | None, mean: float | None) -> bool:
        return p is not None and mean is not None and p < 0.05 and mean >= 0.01

    tried = [method for method in METHODS if method != "none"]  # simplest first
    found = {method: difference(method, "none") for method in tried}
    adjusted = dict(zip(tried, holm([found[method].p for method in tried]), strict=True))
    helping = [method for method in tried if shown(adjusted[method], found[method].mean)]
    if not helping:
        return "none"
    best = max(helping, key=lambda method: found[method].mean)
    for method in helping:
        over = difference(best, method)
        if method == best or not shown(over.p, over.mean):
            return method
    return best


def november_text(case: Told) -> str:
    """Say in a word what the rule of 21 November answered."""
    adopted = rule_of_november(case)
    if adopted != "none":
        return "adopt"
    values = case.values
    highs = []
    for method in METHODS[1:]:
        gaps = values.gaps(method, "none", values.classifiers)
        found = paired_difference(gaps, np.zeros(len(gaps)), test_share=case.rule.test_share)
        highs.append(np.inf if found.high is None else found.high)
    return "cannot tell" if max(highs) >= 0.01 else "leave alone"


def today(case: Told) -> str:
    """Name what today's rule adopts."""
    return case.view().adopted


def oracle(case: Told) -> str:
    """Name the best method in hindsight."""
    return str(case.truth.idxmax())


POLICIES: dict[str, Policy] = {
    **{f"always {method}": always(method) for method in METHODS},
    "highest mean": highest_mean,
    "rule of 21 November": rule_of_november,
    "today's rule": today,
    "oracle": oracle,
}


def statements(case: Told) -> pd.DataFrame:
    """Return every probability that is stated of a case, and whether it came true.

    Returns
    -------
    DataFrame
        ``dataset``, ``against`` ("none" or "smote"), ``method``, ``outcome``, ``stated``, ``true``.
    """
    view = case.view()
    rows = []
    for other, findings in (("none", view.to_none), ("smote", view.to_smote)):
        for method, finding in findings.items():
            gain = case.truth[method] - case.truth[other]
            held = (gain > view.margin, abs(gain) <= view.margin, gain < -view.margin)
            for outcome, true in zip(OUTCOMES, held, strict=True):
                stated = getattr(finding, outcome)
                if stated is not None:
                    rows.append((case.key[0], other, method, outcome, stated, bool(true)))
    names = ["dataset", "against", "method", "outcome", "stated", "true"]
    return pd.DataFrame(rows, columns=names)


def judged(case: Told) -> dict[str, Any]:
    """Return one case as a row: the verdict, the true gains, and each policy's regret."""
    view = case.view()
    row: dict[str, Any] = {
        **dict(zip(KEYS, case.key, strict=True)),
        **case.sizes,
        "score_of_none": float(case.truth["none"]),
        "margin": view.margin,
        "code": view.code,
        "adopted": view.adopted,
        "november": november_text(case),
    }
    for method in METHODS[1:]:
        row[f"true gain of {method}"] = float(case.truth[method] - case.truth["none"])
    for name, policy in POLICIES.items():
        row[f"regret of {name}"] = case.regret(policy(case))
    return row
