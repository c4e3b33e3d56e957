"""Stage 6, report: one self-contained page for the reviewer.

Reads the artifacts of all stages before it; writes report.html. This module gathers what the page
shows, :mod:`components.page.figures` draws, and ``templates/report/`` lays it out. The template
escapes every value, so no text of the data can become markup; and the page's own policy lets
no script run but the one whose digest it names.
"""

from __future__ import annotations

import base64
import hashlib
import sys
from pathlib import Path
from typing import Any

from components.page import figures
from components.page.charts import (
    FEWEST_ROWS,
    curve_charts,
    difference_rows,
    prevalence,
    sweep_charts,
)
from components.page.confusion import confusion_tables
from components.page.found import found_tables
from components.page.lineage import origins, run_name
from components.page.rendering import TEMPLATES, environment
from components.page.side_by_side import side_by_side
from components.page.words import failure_text, reason_text
from components.project.console import Progress, run_stage, timed
from components.project.params import Params
from components.project.workspace import Workspace, read_index, read_json, read_parquet, replacing
from components.table.rows import RELEASE, load_table

SHOWN_QUARANTINE = 20
SHOWN_LOSSES = 24


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
    script = (TEMPLATES / "report" / "page.js").read_text(encoding="utf-8")
    sha256 = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    setting = environment()
    setting.filters.update(reason=reason_text, failure=failure_text)
    # Not a template: what it holds is inserted as it is, and its digest is what the page allows.
    setting.globals["script"] = lambda: _trusted(script)
    return setting.get_template("report/page.html.j2").render(context, script_sha256=sha256)


def _trusted(text: str) -> Any:
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 (our own file, not data)


def gather(workspace: Workspace, params: Params) -> dict[str, Any]:
    """Collect everything that the page shows: plain values, charts and ``data:`` addresses."""
    from smrt_lightning.evaluation.decision.wording import grade_title, method_title, percent
    from smrt_lightning.evaluation.methods import RECALIBRATED
    from smrt_lightning.evaluation.scores.metrics import METRICS

    validation = read_json(workspace.validation)
    decision = read_json(workspace.decision)
    comparison = read_json(workspace.comparison)
    methods = comparison["methods"]
    titles = {method: method_title(method) for method in methods}
    for method in comparison["recalibrated"]:
        titles[method] = f"{method_title(method.removesuffix(RECALIBRATED))}, recalibrated"
    styles = figures.method_styles(methods)
    metrics = {method: comparison["metrics"][method] for method in methods}
    banded = list(dict.fromkeys(["none", decision["method_in_differences"]]))
    made_of = origins(workspace, params)
    return {
        "name": {"table": Path(params.data.path).name, "run": run_name(made_of)},
        "decision": decision,
        "validation": validation,
        "headline": comparison["headline"],
        "notes": comparison["notes"],
        "settings": comparison["settings"],
        "primary_key": comparison["settings"]["primary_metric"],
        "primary": METRICS[comparison["settings"]["primary_metric"]].title,
        "metric_info": {
            metric: known for metric, known in METRICS.items() if metric in metrics["none"]["mean"]
        },
        "trade_off": _trade_off(comparison["trade_off"]),
        "metrics": metrics,
        "recalibrated": {
            method: comparison["metrics"][method] for method in comparison["recalibrated"]
        },
        "titles": titles,
        "styles": styles,
        "differences": difference_rows(decision),
        "odds": percent,
        "grade": grade_title,
        "sweep": sweep_charts(workspace, comparison, styles, params.evaluate.sweep_splits),
        "fewest_rows": FEWEST_ROWS,
        "curves": curve_charts(comparison, methods, styles, banded),
        "banded": banded,
        "guessing": prevalence(comparison),
        "found": found_tables(workspace, comparison, methods),
        "panels": len(comparison["curves"]["none"]) + 1,
        "confusions": confusion_tables(comparison, methods),
        "classes": _classes(workspace, validation),
        "samples": side_by_side(
            read_parquet(workspace.balanced),
            params.data.target,
            list(load_table(workspace, params).X.columns),
            params.report.image_shape,
            params.seed,
        ),
        "fidelity": comparison["fidelity"],
        "subgroups": {
            label: found["subgroups"]["subgroups"]
            for label, found in comparison["fidelity"].get("smrt", {}).items()
        },
        "gate": params.evaluate.gate,
        "quarantine": _quarantine(workspace),
        "origins": made_of,
    }


def _trade_off(table: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Say for each cost ratio what every method costs, and which is the cheapest."""
    if table is None:
        return []
    rows = []
    for place, ratio in enumerate(table["ratios"]):
        costs = {method: values[place] for method, values in table["costs"].items()}
        rows.append({"ratio": ratio, "costs": costs, "cheapest": min(costs, key=costs.__getitem__)})
    return rows


def _classes(workspace: Workspace, validation: dict[str, Any]) -> list[dict[str, Any]]:
    """Describe each class of the release: its rows, its model, how the training went."""
    drawn = {entry["label"]: entry for entry in read_index(workspace.synthetic, "classes")[RELEASE]}
    classes = []
    losses = 0
    for label, rows in sorted(validation["classes"].items(), key=lambda item: (-item[1], item[0])):
        entry = {"label": label, "rows": rows, "drawn": drawn.get(label), "costs": [], "loss": None}
        if label in drawn and losses < SHOWN_LOSSES:
            model = workspace.models / RELEASE / drawn[label]["class_dir"] / "model.json"
            if model.is_file():
                costs = read_json(model)["epoch_costs"]
                title = (
                    f"Training loss, from {costs[0]:.1f} to {costs[-1]:.1f} nats a row "
                    f"in {len(costs)} epochs"
                )
                entry["costs"] = costs
                entry["loss"] = figures.loss_curve(f"loss-{losses}", title, costs)
                losses += 1
        classes.append(entry)
    return classes


def _quarantine(workspace: Workspace) -> list[dict[str, Any]]:
    shown = read_parquet(workspace.quarantine).head(SHOWN_QUARANTINE)
    pairs = zip(shown["smrt_row"].tolist(), shown["smrt_reasons"].tolist(), strict=True)
    return [{"row": row, "reasons": reasons} for row, reasons in pairs]


def main() -> int:
    """Run the stage in the current directory."""
    return run_stage("report", run)


if __name__ == "__main__":
    sys.exit(main())
