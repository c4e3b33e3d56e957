"""The share of each class that is found: recall and precision by method and classifier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from components.project.workspace import Workspace

SHOWN_CLASSES = 12
Cell = tuple[float | None, float | None]


def found_tables(
    workspace: Workspace, comparison: Mapping[str, Any], methods: Sequence[str]
) -> dict[str, Any]:
    """Average recall and precision of each class over the splits.

    At the tuned threshold where the decisions were tuned, else at one half. The method "threshold"
    is left out at the tuned threshold: it is no resampling there.

    Returns
    -------
    dict
        ``tuned``: bool; ``labels``: the rarer one of two classes, or the rarest first, at most 12;
        ``more``: classes left out; ``metrics``: list of (metric, title); ``panels``: list of
        (classifier, rows), the average over all classifiers first, under the name None. Rows:
        method → metric → a (mean, standard deviation) for each label.
    """
    scores = pd.read_csv(workspace.scores, dtype={"class": "str"}, keep_default_na=False)
    tuned = bool((scores["metric"] == "recall_tuned").any())
    ending = "_tuned" if tuned else ""
    titles = {f"{name}{ending}": name for name in ("recall", "precision", "f1")}
    labels = _labels(comparison)
    own = scores[
        (scores["scope"] == "class")
        & scores["metric"].isin(titles)
        & scores["class"].isin(labels[:SHOWN_CLASSES])
        & scores["method"].isin([m for m in methods if not (tuned and m == "threshold")])
    ].copy()
    own["value"] = pd.to_numeric(own["value"])
    shown = [method for method in methods if (own["method"] == method).any()]
    classifiers = [None, *comparison["curves"]["none"]]
    return {
        "tuned": tuned,
        "labels": labels[:SHOWN_CLASSES],
        "more": max(len(labels) - SHOWN_CLASSES, 0),
        "metrics": list(titles.items()),
        "panels": [
            (name, _rows(own, name, shown, list(titles), labels[:SHOWN_CLASSES]))
            for name in classifiers
        ],
    }


def _labels(comparison: Mapping[str, Any]) -> list[str]:
    if comparison["headline"] != "macro":
        return [comparison["headline"]]
    rows = [sum(row) for row in next(iter(comparison["confusion"]["none"].values()))]
    order = sorted(range(len(rows)), key=rows.__getitem__)
    return [comparison["labels"][code] for code in order]


def _rows(
    scores: pd.DataFrame,
    classifier: str | None,
    methods: Sequence[str],
    metrics: Sequence[str],
    labels: Sequence[str],
) -> dict[str, dict[str, list[Cell]]]:
    if classifier is not None:
        scores = scores[scores["classifier"] == classifier]
    keys = ["method", "metric", "class"]
    within = scores.groupby([*keys, "split"], sort=False)["value"].mean()
    found = within.groupby(keys, sort=False).agg(["mean", "std"]).to_dict("index")

    def cell(method: str, metric: str, label: str) -> Cell:
        values = found.get((method, metric, label), {"mean": None, "std": None})
        mean, std = (
            None if pd.isna(values[key]) else float(values[key]) for key in ("mean", "std")
        )
        return mean, std

    return {
        method: {metric: [cell(method, metric, label) for label in labels] for metric in metrics}
        for method in methods
    }
