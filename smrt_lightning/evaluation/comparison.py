"""The result of a comparison."""

from dataclasses import dataclass, field
from html import escape
from typing import Any

import pandas as pd

from smrt_lightning.evaluation.scores.metrics import METRICS

SCORE_COLUMNS = ["split", "method", "classifier", "metric", "scope", "class", "value", "reason"]
SWEEP_COLUMNS = ["ratio", "method", "classifier", "metric", "mean", "std"]
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


@dataclass(eq=False)
class Comparison:
    """Result of :func:`smrt_lightning.evaluation.compare`.

    Attributes
    ----------
    scores : DataFrame
        One row a number: ``split``, ``method``, ``classifier``, ``metric``, ``scope`` ("macro" or
        "class"), ``class`` ("macro", or the label as text), ``value`` (NaN when undefined) and
        ``reason`` (None, or why it is undefined). Methods named ``<method>+recalibrated`` are the
        same fits with probabilities corrected for the class shares.
    metrics : dict
        ``method → classifier → metric → {"mean", "std"}`` over the splits, of the headline class
        (see ``headline``); the classifier "mean" averages over classifiers within a split first.
        None where no split defines the metric; ``std`` is None with a single split.
    decision : dict
        See :func:`smrt_lightning.evaluation.decision.verdict.decide_method`; and
        ``best_ratio_in_sweep``, at which the method of its differences scored best over the swept
        splits, or None: a hint for a next comparison, not part of the test.
    headline : str
        What ``metrics``, ``curves`` and ``decision`` are about: "macro" with three classes or more,
        else the label of the rarer class.
    labels : tuple of str
        Labels as text, in the order of ``confusion``.
    counts : DataFrame
        ``split``, ``method``, ``class``, ``real``, ``trained``: rows of each class in the training
        part before and after.
    curves : dict
        ``method → classifier → {"recall": [...], "precision": [...], "precision_std": [...],
        "reliability": {"predicted": [...], "observed": [...], "rows": [...]} or None}``; precision
        is averaged over the splits, reliability pooled, empty bins left out.
    confusion : dict
        ``method → classifier → k × k nested list`` of counts summed over the splits; rows are the
        truth, columns the decision.
    costs : dict
        ``method → {"seconds", "memory_mb"}``: mean wall-clock seconds a split for resampling,
        fitting and scoring, largest growth of memory. Differs from run to run; never to be hashed.
    trade_off : dict or None
        ``{"ratios", "costs"}``: what each method costs per 1,000 rows, in false alarms, when a
        missed row costs as many false alarms as each ratio says, at the threshold that was the
        cheapest on held-out training rows. None with more than two classes.
    sweep : DataFrame
        ``ratio``, ``method``, ``classifier`` ("mean" too), ``metric``, ``mean``, ``std`` of the
        headline class over the first ``sweep_splits`` splits, for the methods that add rows. At a
        smaller ratio a method has some of the same synthetic rows.
    fidelity : dict
        ``method → label → report`` for "smrt" and "smote" on the first split, with its test part as
        the held-out rows; see :func:`smrt_lightning.evaluation.fidelity.check.fidelity`.
    notes : list of str
        Warnings met on the way, and what could not be done.
    settings : dict
        Plain values that the comparison ran with.
    """

    scores: pd.DataFrame
    metrics: dict[str, dict[str, dict[str, dict[str, float | None]]]]
    decision: dict[str, Any]
    headline: str
    labels: tuple[str, ...]
    counts: pd.DataFrame
    curves: dict[str, Any]
    confusion: dict[str, dict[str, list[list[int]]]]
    costs: dict[str, dict[str, float | None]]
    trade_off: dict[str, Any] | None
    sweep: pd.DataFrame
    fidelity: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def methods(self) -> list[str]:
        """Names of the methods, recalibrated forms included, in the order they ran."""
        return list(self.metrics)

    def _repr_html_(self) -> str:
        """Return the sentence and the table of methods × metrics for a notebook."""
        return _as_html(self)


def _as_html(comparison: Comparison) -> str:
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
