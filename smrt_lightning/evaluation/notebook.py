"""A comparison as a small piece of HTML. Every text of the data is escaped."""

from html import escape
from typing import TYPE_CHECKING

from smrt_lightning.evaluation.metrics import METRICS

if TYPE_CHECKING:
    from smrt_lightning.evaluation.comparison import Comparison

_SHOWN = (
    "average_precision",
    "roc_auc",
    "f1",
    "mcc",
    "balanced_accuracy",
    "precision",
    "recall",
    "brier",
)


def as_html(comparison: "Comparison") -> str:
    """Return the verdict and the mean over classifiers of the main metrics, one row a method."""
    decision = comparison.decision
    about = (
        "macro average over classes"
        if comparison.headline == "macro" and len(comparison.labels) > 2
        else f"class {comparison.headline}"
    )
    head = "".join(f'<th scope="col">{escape(METRICS[m].title)}</th>' for m in _SHOWN)
    body = []
    for method, by_classifier in comparison.metrics.items():
        cells = "".join(_cell(by_classifier["mean"].get(m, {})) for m in _SHOWN)
        chosen = ' style="font-weight:bold"' if method == decision.get("adopted_method") else ""
        body.append(f'<tr{chosen}><th scope="row">{escape(method)}</th>{cells}</tr>')
    return (
        f"<p><strong>{escape(str(decision.get('verdict', '')))}</strong>. "
        f"{escape(str(decision.get('sentence', '')))}</p>"
        f"<table><caption>Mean ± standard deviation over splits; {escape(about)}</caption>"
        f'<thead><tr><th scope="col">method</th>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table>"
    )


def _cell(value: dict[str, float | None]) -> str:
    mean, std = value.get("mean"), value.get("std")
    if mean is None:
        return "<td>undefined</td>"
    return f"<td>{mean:.3f}{'' if std is None else f' ± {std:.3f}'}</td>"
