"""The result of a run in a few numbers: methods × metrics, the decision, where the report is."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.project.workspace import Workspace, read_json

METRICS = {
    "average_precision": "average precision",
    "f1": "F1",
    "roc_auc": "ROC AUC",
    "mcc": "MCC",
    "balanced_accuracy": "balanced accuracy",
}
"""The metrics shown in a summary, in this order, and how they are called there."""


@dataclass(frozen=True)
class Summary:
    """What a person wants to know first.

    Attributes
    ----------
    header : list of str
        "method", then the names of the metrics shown.
    rows : list of list of str
        A method each, the best by the first metric first: its name, then means.
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
    metrics: dict[str, dict[str, float | None]] = read_json(workspace.metrics)
    decision: dict[str, Any] = read_json(workspace.decision)
    comparison: dict[str, Any] = read_json(workspace.comparison)
    present = {name for means in metrics.values() for name in means}
    shown = [name for name in METRICS if name in present]
    by_first_metric = sorted(metrics, key=lambda method: _rank(metrics[method].get(shown[0])))
    rows = [
        [method, *(_cell(metrics[method].get(name)) for name in shown)]
        for method in by_first_metric
    ]
    return Summary(
        header=["method", *(METRICS[name] for name in shown)],
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


def _rank(value: float | None) -> float:
    """Return a number that puts the best first and what is undefined last."""
    return math.inf if value is None else -value


def _cell(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
