"""From the outcomes of many jobs to tables and nested dictionaries."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from smrt_lightning.evaluation.comparison import SCORE_COLUMNS, SWEEP_COLUMNS
from smrt_lightning.evaluation.fitting import Cell
from smrt_lightning.evaluation.jobs import Outcome
from smrt_lightning.evaluation.methods import RECALIBRATED
from smrt_lightning.evaluation.scores.curves import RECALLS
from smrt_lightning.evaluation.scores.metrics import METRICS
from smrt_lightning.evaluation.scores.thresholds import COST_RATIOS


def score_table(cells: Iterable[Cell], names: Sequence[str]) -> pd.DataFrame:
    """Return the tidy table of scores."""
    rows = [
        (
            cell.split,
            cell.method,
            cell.classifier,
            s.metric,
            "macro" if s.code is None else "class",
            "macro" if s.code is None else names[s.code],
            np.nan if s.value is None else s.value,
            s.reason,
        )
        for cell in cells
        for s in cell.scores
    ]
    table = pd.DataFrame(rows, columns=SCORE_COLUMNS, dtype=object)  # None stays None
    texts = dict.fromkeys(SCORE_COLUMNS[:6], "str")
    return table.astype({**texts, "value": np.float64})


def headline_scores(scores: pd.DataFrame, headline: str, k: int) -> pd.DataFrame:
    """Return the rows about the macro average, or about the rarer of two classes."""
    if k > 2:
        return scores[scores["scope"] == "macro"]
    return scores[(scores["scope"] == "class") & (scores["class"] == headline)]


def metric_means(headline: pd.DataFrame) -> dict[str, dict[str, dict[str, dict[str, Any]]]]:
    """Return method → classifier → metric → mean and standard deviation over the splits.

    A classifier without probabilities is not listed under a recalibrated method.
    """
    methods = list(dict.fromkeys(headline["method"]))
    classifiers = list(dict.fromkeys(headline["classifier"]))
    present = set(zip(headline["method"], headline["classifier"], strict=True))
    keys = ["method", "classifier", "metric"]
    each = headline.groupby(keys, sort=False)["value"].agg(["mean", "std"]).to_dict("index")
    within = headline.groupby(["method", "metric", "split"], sort=False)["value"].mean()
    overall = within.groupby(["method", "metric"], sort=False).agg(["mean", "std"]).to_dict("index")
    return {
        method: {
            classifier: {
                metric: _mean_std(
                    overall[(method, metric)]
                    if classifier == "mean"
                    else each[(method, classifier, metric)]
                )
                for metric in METRICS
                if (method, metric) in overall
                and (classifier == "mean" or (method, classifier, metric) in each)
            }
            for classifier in ["mean", *classifiers]
            if classifier == "mean" or (method, classifier) in present
        }
        for method in methods
    }


def _mean_std(row: Any) -> dict[str, float | None]:
    return {key: None if pd.isna(row[key]) else float(row[key]) for key in ("mean", "std")}


def sweep_table(outcomes: Iterable[Outcome], names: Sequence[str], headline: str) -> pd.DataFrame:
    """Return the means over the swept splits, per ratio, method, classifier (+ "mean"), metric."""
    by_ratio: dict[float, list[Cell]] = {}
    for outcome in outcomes:
        for ratio, cell in outcome.sweep:
            by_ratio.setdefault(ratio, []).append(cell)
    rows = []
    for ratio in sorted(by_ratio):
        scores = headline_scores(score_table(by_ratio[ratio], names), headline, len(names))
        # Decisions are tuned at the compared ratio alone.
        scores = scores[[METRICS[metric].needs != "tuned" for metric in scores["metric"]]]
        for method, classifiers in metric_means(scores).items():
            for classifier, metrics in classifiers.items():
                for metric, value in metrics.items():
                    rows.append((ratio, method, classifier, metric, value["mean"], value["std"]))
    table = pd.DataFrame(rows, columns=SWEEP_COLUMNS)
    return table.astype({"ratio": np.float64, "mean": np.float64, "std": np.float64})


def best_ratio(sweep: pd.DataFrame, method: str, metric: str) -> float | None:
    """Return the ratio with a method's best mean over classifiers; of equals the smallest."""
    rows = sweep[(sweep["method"] == method) & (sweep["metric"] == metric)]
    rows = rows[(rows["classifier"] == "mean") & rows["mean"].notna()]
    if rows.empty:
        return None
    sign = 1.0 if METRICS[metric].higher_is_better else -1.0
    means = sign * rows["mean"].to_numpy()
    return float(rows["ratio"].iloc[int(means.argmax())])


def curve_tables(cells: Iterable[Cell]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the curves and the confusion of each method and classifier over all splits."""
    shapes: dict[tuple[str, str], list[Any]] = {}
    for cell in cells:
        if cell.shape is not None:
            shapes.setdefault((cell.method, cell.classifier), []).append(cell.shape)
    curves: dict[str, Any] = {}
    confusion: dict[str, Any] = {}
    for (method, classifier), found in shapes.items():
        each = np.array([shape.precision for shape in found])
        precision, spread = each.mean(axis=0), each.std(axis=0)
        sums = [shape.reliability for shape in found if shape.reliability is not None]
        curves.setdefault(method, {})[classifier] = {
            "recall": RECALLS.round(2).tolist(),
            "precision": [None if np.isnan(p) else float(p) for p in precision],
            "precision_std": [None if np.isnan(s) else float(s) for s in spread],
            "reliability": _reliability(np.sum(sums, axis=0)) if sums else None,
        }
        total = np.sum([shape.confusion for shape in found], axis=0)
        confusion.setdefault(method, {})[classifier] = total.tolist()
    return curves, confusion


def _reliability(sums: Any) -> dict[str, list[float]]:
    predicted, observed, rows = sums[:, sums[2] > 0]
    return {
        "predicted": (predicted / rows).tolist(),
        "observed": (observed / rows).tolist(),
        "rows": rows.astype(int).tolist(),
    }


def trade_off_table(cells: Iterable[Cell]) -> dict[str, Any] | None:
    """Return the expected cost of each method over cost ratios, or None with more than two classes.

    Returns
    -------
    dict or None
        ``ratios``: cost of a miss, in false alarms; ``costs``: method → cost per 1,000 rows at each
        ratio, in false alarms, averaged over classifiers and splits.
    """
    shares: dict[str, list[Any]] = {}
    for cell in cells:
        if cell.trade is not None and not cell.method.endswith(RECALIBRATED):
            shares.setdefault(cell.method, []).append(cell.trade)
    shares.pop("threshold", None)  # every method is at its tuned threshold here
    if not shares:
        return None
    ratios = np.array(COST_RATIOS, dtype=np.float64)
    costs = {}
    for method, found in shares.items():
        missed, alarms = np.mean(found, axis=0).T
        costs[method] = (1000.0 * (ratios * missed + alarms)).tolist()
    return {"ratios": list(COST_RATIOS), "costs": costs}


def count_table(outcomes: Iterable[Outcome], names: Sequence[str]) -> pd.DataFrame:
    """Return the rows of each class that a method trained on."""
    rows = [
        (outcome.split, outcome.method, name, real, trained)
        for outcome in outcomes
        for name, real, trained in zip(names, *outcome.counts, strict=False)
    ]
    return pd.DataFrame(rows, columns=["split", "method", "class", "real", "trained"])


def cost_table(outcomes: Iterable[Outcome]) -> dict[str, dict[str, float | None]]:
    """Return mean seconds a split and the largest growth of memory per method."""
    by_method: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_method.setdefault(outcome.method, []).append(outcome)
    costs: dict[str, dict[str, float | None]] = {}
    for method, found in by_method.items():
        memory = [outcome.memory_mb for outcome in found if outcome.memory_mb is not None]
        seconds = float(np.mean([outcome.seconds for outcome in found]))
        tuning = float(np.mean([outcome.log.tuning_seconds for outcome in found]))
        peak = max(memory) if memory else None
        costs[method] = {"seconds": seconds - tuning, "memory_mb": peak}
        if any(cell.method == "threshold" for outcome in found for cell in outcome.cells):
            costs["threshold"] = {"seconds": seconds, "memory_mb": peak}
    return costs
