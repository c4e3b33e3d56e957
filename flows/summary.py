"""The result of a run in a few numbers: methods × metrics, the decision, where the report is."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.project.workspace import Workspace, read_json

METRICS = {
    "average_precision": "average precision",
    "f1": "F1",
    "f1_tuned": "F1, threshold tuned",
    "roc_auc": "ROC AUC",
    "mcc": "MCC",
    "balanced_accuracy": "balanced accuracy",
}
"""The metrics shown in a summary, behind the one that decides, and how they are called there."""


@dataclass(frozen=True)
class Summary:
    """The part of a result that a person reads first.

    Attributes
    ----------
    header : list of str
        "method", then the names of the metrics shown.
    rows : list of list of str
        A method each, the best by the metric that decides first: its name, then means.
    caption : str
        What the numbers average over.
    decision : str
        One sentence.
    report : Path
        The page, relative to the project.
    """

    header: list[str]
    rows: list[list[str]]
    caption: str
    decision: str
    report: Path

    def records(self) -> list[dict[str, str]]:
        """Return the rows as mappings from header to cell."""
        return [dict(zip(self.header, row, strict=True)) for row in self.rows]


def read_summary(workspace: Workspace) -> Summary:
    """Read the summary of the artifacts of the last run.

    Raises
    ------
    MissingFileError, DamagedFileError
        A file under artifacts/ is not there or not whole.
    """
    from smrt_lightning.evaluation.scores import metrics as library

    metrics: dict[str, dict[str, float | None]] = read_json(workspace.metrics)
    decision: dict[str, Any] = read_json(workspace.decision)
    comparison: dict[str, Any] = read_json(workspace.comparison)
    present = {name for means in metrics.values() for name in means}
    primary = comparison["settings"]["primary_metric"]
    shown = [name for name in dict.fromkeys([primary, *METRICS]) if name in present]
    known = library.METRICS[primary]
    sign = 1.0 if known.higher_is_better else -1.0
    best_first = sorted(metrics, key=lambda method: _rank(metrics[method].get(primary), sign))
    rows = [
        [method, *(_cell(metrics[method].get(name)) for name in shown)] for method in best_first
    ]
    return Summary(
        header=["method", *(METRICS.get(name, known.title) for name in shown)],
        rows=rows,
        caption=_caption(comparison),
        decision=decision["sentence"],
        report=workspace.report.relative_to(workspace.root),
    )


def _caption(comparison: dict[str, Any]) -> str:
    """Say what the means are over."""
    classifiers = set(next(iter(comparison["metrics"].values()))) - {"mean"}
    many = "s" if len(classifiers) > 1 else ""
    over = f"{comparison['settings']['splits']} splits and {len(classifiers)} classifier{many}"
    if comparison["headline"] == "macro":
        return f"Means over {over}; every class counts the same."
    return f"Means over {over}, of class {comparison['headline']}."


def _rank(value: float | None, sign: float) -> float:
    """Return a number that puts the best first and what is undefined last."""
    return math.inf if value is None else -sign * value


def _cell(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
