"""The verdict in words."""

from typing import TYPE_CHECKING

from smrt_lightning.evaluation.metrics import METRICS
from smrt_lightning.evaluation.statistics import Difference

if TYPE_CHECKING:
    from smrt_lightning.evaluation.ruling import Rule
    from smrt_lightning.evaluation.verdict import View

_TITLES = {
    "none": "leaving the data alone",
    "class_weight": "class weights",
    "threshold": "a tuned threshold",
    "random": "random oversampling",
    "smote": "SMOTE",
    "gaussian": "a Gaussian per class",
    "smrt": "SMRT",
}


def method_title(method: str) -> str:
    """Return a method's name for people."""
    return _TITLES.get(method, method)


def signed(value: float) -> str:
    """Return a difference with its sign and three decimals, the minus as in print: −0.012."""
    return f"{value:+.3f}".replace("-", "−")


def plural(number: int, noun: str) -> str:
    """Return a number with its noun: 1 split, 5 splits."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def verdict_text(code: str, adopted: str) -> str:
    """Return the verdict in a few words."""
    if code == "leave_alone":
        return "leave the data alone"
    if code == "cannot_tell":
        return "not enough data to tell"
    if code == "as_good":
        verb = "are" if adopted == "class_weight" else "is"
        return f"{method_title(adopted)} {verb} as good"
    return f"adopt {method_title(adopted)}"


def sentence(view: "View", rule: "Rule") -> str:
    """Return the verdict as one plain sentence with its numbers."""
    known = METRICS[rule.metric]
    metric = known.title if known.higher_is_better else f"{known.title} (lower is better)"
    head = verdict_text(view.code, view.adopted)
    head = head[0].upper() + head[1:]
    shown = view.to_none.get(view.shown_method)
    if shown is None or shown.mean is None:
        return f"{head}: {metric} could not be compared."
    level = f"{100 * (1 - rule.alpha):g} % interval"
    change = _with_interval(shown, level)
    name = method_title(view.shown_method)
    if view.code == "leave_alone":
        return (
            f"{head}: no method can be expected to improve {metric} by "
            f"{rule.smallest_difference:g}; the best-looking, {name}, changes it by {change}."
        )
    if view.code == "cannot_tell":
        return (
            f"{head}: the best-looking method, {name}, changes {metric} by {change} over "
            f"{plural(shown.splits, 'split')}, so a gain of {rule.smallest_difference:g} is "
            "neither shown nor excluded; leave the data alone until there are more splits or rows."
        )
    text = f"{head}: {name} changes {metric} by {change} against leaving the data alone"
    other = view.to_smote
    if other is None or other.mean is None:
        return text + "."
    if view.adopted == "smote":
        return f"{text}; SMRT changes it by {_with_interval(other, level)} against SMOTE."
    return f"{text}, and by {_with_interval(other, level)} against SMOTE."


def _with_interval(difference: Difference, level: str) -> str:
    text = signed(difference.mean or 0.0)
    if difference.low is None or difference.high is None:
        return text
    return f"{text} ({level} {signed(difference.low)} to {signed(difference.high)})"
