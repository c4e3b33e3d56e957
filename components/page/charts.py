"""From what evaluate found to the charts of the report."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from components.page import figures
from components.page.figures import Style
from components.project.workspace import Workspace

SWEPT = ("f1", "mcc", "brier")
"""Metrics drawn against the ratio, besides the primary one."""
FEWEST_ROWS = 20
"""Bins of a reliability curve with fewer rows say nothing, and are left out."""


def difference_rows(decision: Mapping[str, Any]) -> dict[str, Any]:
    """Put beside each method's difference to no resampling its mark and interval.

    Returns
    -------
    dict
        ``rows``: list of (method, difference, difference to SMOTE or None, chart), the largest
        expected gain first; ``axis``: the axis that the charts share.
    """
    from smrt_lightning.evaluation.scores.metrics import METRICS

    sign = 1.0 if METRICS[decision["primary_metric"]].higher_is_better else -1.0

    def gain(item: tuple[str, Any]) -> float:
        mean = item[1]["mean"] if item[1]["expected"] is None else item[1]["expected"]
        return float("inf") if mean is None else -sign * mean

    found = sorted(decision["differences"].items(), key=gain)
    charts, axis = figures.intervals(
        [(gap["mean"], gap["low"], gap["high"]) for _, gap in found],
        decision["smallest_difference"],
    )
    to_smote = decision["differences_to_smote"]
    rows = [
        (method, gap, to_smote.get(method), chart)
        for (method, gap), chart in zip(found, charts, strict=True)
    ]
    return {"rows": rows, "axis": axis}


def sweep_charts(
    workspace: Workspace,
    comparison: Mapping[str, Any],
    styles: Mapping[str, Style],
    n_splits: int,
) -> dict[str, Any] | None:
    """Draw the primary metric and three more against the balance ratio.

    Returns
    -------
    dict or None
        None without a sweep; else ``charts``: list of (metric, chart) over all classifiers;
        ``by_classifier``: list of (classifier, chart) of the primary metric; ``methods``;
        ``ratios``; ``table``: method → list of values of the primary metric; ``level``: its value
        without resampling, on the same splits.
    """
    from smrt_lightning.evaluation.scores.metrics import METRICS

    rows = comparison["sweep"]
    if not rows:
        return None
    primary = comparison["settings"]["primary_metric"]
    ratios = sorted({row["ratio"] for row in rows})
    methods = [
        method for method in comparison["methods"] if any(row["method"] == method for row in rows)
    ]
    value = {(r["method"], r["classifier"], r["metric"], r["ratio"]): r["mean"] for r in rows}
    levels = _levels_of_none(workspace, comparison, n_splits)

    def lines(classifier: str, metric: str) -> dict[str, Any]:
        return {
            method: (ratios, [value.get((method, classifier, metric, ratio)) for ratio in ratios])
            for method in methods
        }

    charts = []
    for number, metric in enumerate(dict.fromkeys([primary, *SWEPT])):
        title = f"{METRICS[metric].title} against the balance ratio, over all classifiers"
        level = levels.get(("mean", metric))
        drawn = figures.by_ratio(f"sweep-{number}", title, lines("mean", metric), styles, level)
        charts.append((metric, drawn))
    by_classifier = []
    for number, classifier in enumerate(comparison["curves"]["none"]):
        title = f"{METRICS[primary].title} against the balance ratio, of one classifier"
        level = levels.get((classifier, primary))
        drawn = figures.by_ratio(
            f"sweep-by-{number}", title, lines(classifier, primary), styles, level
        )
        by_classifier.append((classifier, drawn))
    return {
        "charts": charts,
        "by_classifier": by_classifier,
        "methods": methods,
        "ratios": ratios,
        "table": {method: lines("mean", primary)[method][1] for method in methods},
        "level": levels.get(("mean", primary)),
        "splits": min(n_splits, comparison["settings"]["splits"]),
    }


def _levels_of_none(
    workspace: Workspace, comparison: Mapping[str, Any], n_splits: int
) -> dict[tuple[str, str], float]:
    """Average the scores without resampling over the swept splits, as the sweep does."""
    scores = pd.read_csv(workspace.scores, dtype={"class": "str"}, keep_default_na=False)
    headline = comparison["headline"]
    scope = "macro" if len(comparison["labels"]) > 2 else "class"
    swept = scores["split"].drop_duplicates().head(n_splits)
    own = scores[
        (scores["method"] == "none")
        & (scores["scope"] == scope)
        & (scores["class"] == headline)
        & scores["split"].isin(swept)
    ].copy()
    own["value"] = pd.to_numeric(own["value"])
    found: dict[tuple[str, str], float] = {}
    for metric, rows in own.groupby("metric"):
        found["mean", str(metric)] = float(rows.groupby("split")["value"].mean().mean())
        for classifier, values in rows.groupby("classifier")["value"]:
            found[str(classifier), str(metric)] = float(values.mean())
    return {key: value for key, value in found.items() if not math.isnan(value)}


def prevalence(comparison: Mapping[str, Any]) -> float:
    """Return the precision of guessing: the share of the headline class among the tested rows."""
    if comparison["headline"] == "macro":
        return 1.0 / len(comparison["labels"])
    rows = [sum(row) for row in next(iter(comparison["confusion"]["none"].values()))]
    return float(rows[comparison["labels"].index(comparison["headline"])] / sum(rows))


def curve_charts(
    comparison: Mapping[str, Any],
    methods: Sequence[str],
    styles: Mapping[str, Style],
    banded: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """Draw precision–recall and reliability curves of each classifier, all methods in one chart.

    The methods ``banded`` have a band of one standard deviation over the splits.

    Returns
    -------
    list of dict
        ``classifier``, ``precision_recall``, ``reliability`` (None without probabilities).
    """
    curves = comparison["curves"]
    guessing = prevalence(comparison)
    found = []
    for number, classifier in enumerate(curves["none"]):
        own = {
            method: curves[method][classifier]
            for method in methods
            if classifier in curves.get(method, {})
        }
        calibrated = {
            method: _full_bins(c["reliability"]) for method, c in own.items() if c["reliability"]
        }
        # A threshold moves no probability: its curves are those of no resampling.
        own.pop("threshold", None)
        calibrated.pop("threshold", None)
        entry: dict[str, Any] = {"classifier": classifier, "reliability": None}
        entry["precision_recall"] = figures.precision_recall(
            f"pr-{number}",
            "Precision against recall, a line for each method; dotted: guessing",
            own,
            styles,
            prevalence=guessing,
            banded=banded,
        )
        if calibrated:
            entry["reliability"] = figures.reliability(
                f"reliability-{number}",
                "Observed share against predicted probability, a line for each method",
                calibrated,
                styles,
            )
        found.append(entry)
    return found


def _full_bins(curve: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    kept = [place for place, rows in enumerate(curve["rows"]) if rows >= FEWEST_ROWS]
    return {key: [values[place] for place in kept] for key, values in curve.items()}
