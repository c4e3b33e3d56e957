"""Stage 6, report: one self-contained page for the reviewer.

Reads the artifacts of all stages before it; writes report.html. This module gathers what the page
shows, :mod:`components.figures` draws, and ``templates/report.html.j2`` lays it out; the template
escapes every value, so no text of the data can become markup.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from components import figures
from components.artifacts import Workspace, read_index, read_json, read_parquet, replacing
from components.console import Progress, run_stage
from components.errors import ParameterError
from components.params import Params
from components.rows import RELEASE
from components.timings import timed

if TYPE_CHECKING:
    import pandas as pd

TEMPLATES = Path(__file__).parent / "templates"
SHOWN_ROWS = 8
SHOWN_COLUMNS = 12
SHOWN_QUARANTINE = 20
METRICS = {
    "average_precision": "average precision",
    "roc_auc": "ROC AUC",
    "f1": "F1",
    "mcc": "MCC",
    "balanced_accuracy": "balanced accuracy",
    "precision": "precision",
    "recall": "recall",
    "accuracy": "accuracy",
    "kappa": "Cohen's κ",
}
"""The metrics of the page's table, in its order, and their names there."""


def run(workspace: Workspace, params: Params, progress: Progress | None = None) -> None:
    """Build the page.

    Raises
    ------
    ParameterError
        If ``report.image_shape`` does not fit the table's features.
    """
    with timed(workspace, "report"):
        page = render(gather(workspace, params))
        with replacing(workspace.report) as temporary:
            temporary.write_text(page, encoding="utf-8", errors="replace", newline="\n")
    if progress is not None:
        progress(1, 1, f"{len(page) // 1024} KB")


def render(context: dict[str, Any]) -> str:
    """Fill the template."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("report.html.j2").render(context)


def gather(workspace: Workspace, params: Params) -> dict[str, Any]:
    """Collect everything that the page shows, as plain values and ``data:`` addresses."""
    validation = read_json(workspace.validation)
    decision = read_json(workspace.decision)
    comparison = read_json(workspace.comparison)
    primary = comparison["settings"]["primary_metric"]
    metrics = {arm: comparison["metrics"][arm] for arm in comparison["arms"]}
    means = [scores["mean"][primary] for scores in metrics.values()]
    return {
        "decision": decision,
        "validation": validation,
        "headline": comparison["headline"],
        "notes": comparison["notes"],
        "primary_key": primary,
        "primary": METRICS.get(primary, primary),
        "metric_names": METRICS,
        "metrics": metrics,
        "recalibrated": {arm: comparison["metrics"][arm] for arm in comparison["recalibrated"]},
        "dots": figures.dots([m["mean"] for m in means], [m["std"] for m in means]),
        "classes": _classes(workspace, validation),
        "samples": _samples(workspace, params),
        "quarantine": _quarantine(read_parquet(workspace.quarantine)),
    }


def _classes(workspace: Workspace, validation: dict[str, Any]) -> list[dict[str, Any]]:
    """Describe each class of the release: its rows, its model, how the training went."""
    drawn = {entry["label"]: entry for entry in read_index(workspace.synthetic, "classes")[RELEASE]}
    classes = []
    for label, rows in sorted(validation["classes"].items(), key=lambda item: (-item[1], item[0])):
        entry = {"label": label, "rows": rows, "drawn": drawn.get(label), "costs": [], "loss": None}
        if label in drawn:
            model = workspace.models / RELEASE / drawn[label]["class_dir"] / "model.json"
            if model.is_file():
                entry["costs"] = read_json(model)["epoch_costs"]
                entry["loss"] = figures.loss_curve(entry["costs"])
        classes.append(entry)
    return classes


def _samples(workspace: Workspace, params: Params) -> dict[str, Any]:
    """Choose real and synthetic rows of each class to show side by side."""
    table = read_parquet(workspace.balanced)
    target = params.data.target
    names = [name for name in table.columns if name != target and not name.startswith("smrt_")]
    shape = params.report.image_shape
    synthetic = table["smrt_synthetic"]
    columns = names if shape else names[:SHOWN_COLUMNS]
    show = _as_pictures(table, columns, shape) if shape else _as_cells(table, columns)
    classes = []
    for label in sorted(table.loc[synthetic, target].astype("str").unique()):
        own = (table[target].astype("str") == label).to_numpy()
        classes.append(
            {
                "label": label,
                "real": show(_spread(np.flatnonzero(own & ~synthetic.to_numpy()))),
                "synthetic": show(_spread(np.flatnonzero(own & synthetic.to_numpy()))),
            }
        )
    return {
        "pictures": shape is not None,
        "columns": columns,
        "more_columns": len(names) - len(columns),
        "classes": classes,
    }


def _as_pictures(table: pd.DataFrame, columns: list[str], shape: list[int]) -> Any:
    height, width = shape
    numeric = table[columns].select_dtypes(["number", "bool"])
    if len(columns) != height * width or numeric.shape[1] != len(columns):
        raise ParameterError(
            f"params.yaml: report.image_shape is {shape}, {height * width} pixels, but the table "
            f"has {len(columns)} features, {numeric.shape[1]} of them numeric; correct it, or "
            "write null if the rows are no pictures"
        )
    pixels = numeric.to_numpy(dtype=np.float64, na_value=np.nan)
    low, high = float(np.nanmin(pixels)), float(np.nanmax(pixels))

    def show(rows: Any) -> list[str]:
        return [figures.picture(pixels[row].reshape(height, width), low, high) for row in rows]

    return show


def _as_cells(table: pd.DataFrame, columns: list[str]) -> Any:
    text = table[columns].astype(object).map(_cell)

    def show(rows: Any) -> list[list[str]]:
        cells: list[list[str]] = text.iloc[rows].to_numpy().tolist()
        return cells

    return show


def _cell(value: Any) -> str:
    if value is None or value != value or str(value) == "<NA>":
        return "–"
    return f"{value:.5g}" if isinstance(value, float) else str(value)


def _spread(rows: Any) -> Any:
    """Choose at most ``SHOWN_ROWS`` of the rows, evenly, so that no order decides what is seen."""
    if len(rows) <= SHOWN_ROWS:
        return rows
    return rows[np.linspace(0, len(rows) - 1, SHOWN_ROWS).round().astype(int)]


def _quarantine(rejected: pd.DataFrame) -> list[dict[str, Any]]:
    shown = rejected.head(SHOWN_QUARANTINE)
    pairs = zip(shown["smrt_row"].tolist(), shown["smrt_reasons"].tolist(), strict=True)
    return [{"row": row, "reasons": reasons} for row, reasons in pairs]


def main() -> int:
    """Run the stage in the current directory."""
    return run_stage("report", run)


if __name__ == "__main__":
    sys.exit(main())
