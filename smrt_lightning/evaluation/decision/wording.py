"""The verdict in words."""

from typing import TYPE_CHECKING

import numpy as np

from smrt_lightning.evaluation.scores.metrics import METRICS

if TYPE_CHECKING:
    from smrt_lightning.evaluation.decision.evidence import Finding, Rule
    from smrt_lightning.evaluation.decision.guessing import Chance
    from smrt_lightning.evaluation.decision.statistics import Difference
    from smrt_lightning.evaluation.decision.verdict import View

HIGH = 0.95
"""The share of a metric's range from which on the verdict says that little is left to gain."""
_TITLES = {
    "none": "no resampling",
    "class_weight": "class weights",
    "threshold": "a tuned threshold",
    "random": "random oversampling",
    "smote": "SMOTE",
    "gaussian": "a Gaussian per class",
    "smrt": "SMRT",
}
_GRADES = {
    "better": "better",
    "likely_better": "likely better",
    "same": "practically the same",
    "likely_same": "likely practically the same",
    "unknown": "open",
    "likely_worse": "likely worse",
    "worse": "worse",
}


def method_title(method: str) -> str:
    """Return a method's name for people."""
    return _TITLES.get(method, method)


def grade_title(grade: str) -> str:
    """Return what is known of a method, for people."""
    return _GRADES[grade]


def signed(value: float) -> str:
    """Return a difference with its sign and three decimals, the minus as in print: −0.012.

    What rounds to nothing has no sign.
    """
    text = f"{value:+.3f}".replace("-", "−")
    return "0.000" if text in ("+0.000", "−0.000") else text


def plural(number: int, noun: str) -> str:
    """Return a number with its noun: 1 split, 5 splits."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def percent(probability: float) -> str:
    """Return a probability for people: never 0 % or 100 %, which would be certainty."""
    if probability < 0.01:
        return "less than 1 %"
    return "more than 99 %" if probability > 0.99 else f"{100 * probability:.0f} %"


def verdict_text(view: "View") -> str:
    """Return the verdict in a few words."""
    best = view.to_none.get(view.shown_method)
    if view.code == "no_difference" and best is not None and (best.worse or 0) > (best.same or 0):
        return "no gain to be expected"
    return {
        "use": f"use {method_title(view.adopted)}",
        "lean": f"lean to {method_title(view.adopted)}",
        "no_difference": "no difference that matters",
        "hurts": "resampling hurts",
        "guessing": "not shown to be better than guessing",
        "too_few_rows": "too few rows to tell",
    }[view.code]


def sentence(view: "View", rule: "Rule") -> str:
    """Return the verdict as one plain sentence with its numbers."""
    known = METRICS[rule.metric]
    metric = known.title if known.higher_is_better else f"{known.title} (lower is better)"
    text = verdict_text(view)
    head = text[0].upper() + text[1:]
    shown = view.to_none.get(view.shown_method)
    if view.code == "guessing":
        found = _above_chance(view.chance, rule)
        return f"{head}: {found}; more rows or better features are needed first."
    if shown is None or shown.better is None:
        return f"{head}: {metric} could not be compared on two splits or more."
    name, worth = method_title(view.shown_method), f"by more than {view.margin:.2g}"
    change = _with_interval(shown.difference, rule)
    if view.code in ("use", "lean"):
        return (
            f"{head}: it improves {metric} {worth} with a probability of "
            f"{percent(shown.better)} and worsens it by as much with one of "
            f"{percent(shown.worse or 0.0)} ({change} against no resampling, over "
            f"{plural(shown.difference.splits, 'split')}){_against_smote(view)}."
        )
    best = (
        f"the most promising method, {name}, improves {metric} {worth} with a probability of "
        f"{percent(shown.better)} ({change})"
    )
    if view.code == "hurts":
        return f"{head}: {_harm(view, rule)}, and {best}. Don't resample."
    high = _high_already(view, rule)
    if high:
        head, best = f"{head}: {high}", best[0].upper() + best[1:]
    else:
        head = f"{head}:"
    if view.code == "no_difference":
        return f"{head} {best}. Don't resample."
    return (
        f"{head} {best} and worsens it by as much with one of {percent(shown.worse or 0.0)}"
        f"{_needed(view)}. Don't resample until then."
    )


def _high_already(view: "View", rule: "Rule") -> str:
    """Say why nothing helps where almost all rows are right without help."""
    known = METRICS[rule.metric]
    if view.level is None or not np.isfinite(known.worst):
        return ""
    reached = (view.level - known.worst) / (known.best - known.worst)
    if reached < HIGH:
        return ""
    return f"no resampling has {view.level:.3f} already, so little is left to gain."


def _with_interval(difference: "Difference", rule: "Rule") -> str:
    ends = (difference.mean or 0.0, difference.low or 0.0, difference.high or 0.0)
    if max(map(abs, ends)) < 0.0005:
        return "it differs by less than 0.001"
    text = signed(ends[0])
    if difference.low is None or difference.high is None:
        return text
    level = f"{100 * (1 - rule.alpha):g} % interval"
    return f"{text}, {level} {signed(difference.low)} to {signed(difference.high)}"


def _above_chance(chance: "Chance | None", rule: "Rule") -> str:
    if chance is None or chance.above.mean is None:
        return "no score can be told from that of guessing"
    # Both metrics lie within 0 and 1; an interval from few splits may reach beyond.
    low = max(0.0, chance.guessing + (chance.above.low or 0.0))
    high = min(1.0, chance.guessing + (chance.above.high or 0.0))
    return (
        f"{METRICS[chance.metric].title} is {chance.guessing + chance.above.mean:.3f} "
        f"({100 * (1 - rule.alpha):g} % interval {low:.3f} to {high:.3f}) without resampling, "
        f"guessing has {chance.guessing:.2g}, and no method is shown to be above it"
    )


def _against_smote(view: "View") -> str:
    other = view.to_smote.get(view.adopted)
    if other is None or other.better is None:
        return ""
    return f"; against SMOTE it is {_odds(other)}"


def _odds(finding: "Finding") -> str:
    return (
        f"better by as much with a probability of {percent(finding.better or 0.0)}, worse with "
        f"one of {percent(finding.worse or 0.0)}"
    )


def _harm(view: "View", rule: "Rule") -> str:
    harmful = [method for method, finding in view.to_none.items() if finding.grade == "worse"]
    parts = [
        f"{method_title(method)} ({signed(view.to_none[method].difference.mean or 0.0)})"
        for method in harmful
    ]
    verb = "is" if len(parts) == 1 else "are"
    return f"{', '.join(parts)} {verb} shown to make {METRICS[rule.metric].title} worse"


def _needed(view: "View") -> str:
    if view.rows_needed is None:
        return ""
    return f"; about {view.rows_needed:,} rows like these would settle it"
