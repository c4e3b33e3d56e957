"""Stage 5, evaluate: methods and classifiers on rows that no model has seen, and the decision.

Reads validated.parquet, splits.json and synthetic/; writes scores.csv, metrics.json,
decision.json and comparison.json. All that is computed is
:func:`smrt_lightning.evaluation.compare.compare`; this stage reads and writes around it, so a
notebook gets the same answer. Seconds and memory go to .smrt/timings.json.

The fidelity gate stands before the writing, so `dvc repro` and the flow both meet it, and the
results of the run before stay where they are. The flow then also puts dvc.lock back, so that
nothing is versioned; `dvc repro` leaves the stages before in it, unsaved.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from components.project.console import Progress, run_stage, timed
from components.project.errors import FidelityGateError, shorten
from components.project.params import Params
from components.project.workspace import Workspace, read_index, read_parquet, replacing, write_json
from components.table.rows import RELEASE, Part, Table, load_parts, load_table

if TYPE_CHECKING:
    from smrt_lightning.evaluation.comparison import Comparison

NAMED_BY_GATE = 5


def run(workspace: Workspace, params: Params, progress: Progress | None = None) -> None:
    """Compare the methods on every split, the release left out.

    Raises
    ------
    SmrtError
        If a method, a classifier or a metric of params.yaml is unknown.
    FidelityGateError
        If ``evaluate.gate`` is "strict" and the synthetic rows of a class fail it; nothing is
        written then.
    """
    from smrt_lightning.evaluation.compare import compare
    from smrt_lightning.evaluation.splits import Split

    with timed(workspace, "evaluate") as measured:
        table = load_table(workspace, params)
        parts = [part for part in load_parts(workspace, len(table.y)) if part.name != RELEASE]
        comparison = compare(
            table.X,
            table.y,
            **params.evaluate.model_dump(exclude={"gate"}),
            splits=[Split(part.name, part.train, part.test) for part in parts],
            random_state=params.seed,
            groups=table.groups,
            time=table.time,
            synthetic={part.name: synthetic_rows(workspace, table, part, params) for part in parts},
            n_jobs=-1,
            progress=progress,
        )
        measured["methods"] = comparison.costs
        apply_gate(workspace, comparison.fidelity.get("smrt", {}), params.evaluate.gate)
        _write(workspace, comparison)


def check_names(params: Params) -> None:
    """Refuse what no comparison could use, before models are trained for it.

    Raises
    ------
    ParameterError
        If a method, a classifier, a metric or a limit of params.yaml is unknown or not installed.
    """
    from smrt_lightning.evaluation.classifiers import resolve_classifiers
    from smrt_lightning.evaluation.fidelity.check import as_limits
    from smrt_lightning.evaluation.methods import resolve_methods
    from smrt_lightning.evaluation.scores.metrics import require_metric

    asked = params.evaluate
    require_metric(asked.primary_metric)
    resolve_methods(asked.methods)
    resolve_classifiers(asked.classifiers)
    as_limits(asked.limits)


def synthetic_rows(
    workspace: Workspace, table: Table, part: Part, params: Params
) -> tuple[pd.DataFrame, pd.Series[Any]]:
    """Read the synthetic rows of a training part, class by class in the order of the index."""
    entries = read_index(workspace.synthetic, "classes").get(part.name, [])
    folder = workspace.synthetic / part.name
    frames = [read_parquet(folder / f"{entry['class_dir']}.parquet") for entry in entries]
    rows = pd.concat(frames, ignore_index=True) if frames else table.frame.iloc[:0]
    return rows[list(table.X.columns)], rows[params.data.target].astype("str")


def apply_gate(workspace: Workspace, fidelity: Mapping[str, Mapping[str, Any]], gate: str) -> None:
    """End the run when the gate is strict and the synthetic rows of a class fail it.

    Parameters
    ----------
    workspace : Workspace
        What failed, with all its numbers, goes to .smrt/gate.json, which nothing versions.
    fidelity : mapping
        label → report of :func:`smrt_lightning.evaluation.fidelity.check.fidelity`.
    gate : {"strict", "warn"}
        "warn" leaves the flags to the page.

    Raises
    ------
    FidelityGateError
        One line that names the classes and the limits they broke.
    """
    failed = {label: report for label, report in fidelity.items() if not report["passed"]}
    if gate != "strict" or not failed:
        with suppress(FileNotFoundError):
            workspace.gate.unlink()
        return
    write_json(workspace.gate, failed)
    named = [
        f"class {shorten(label)}: {', '.join(report['failed'])}"
        for label, report in list(failed.items())[:NAMED_BY_GATE]
    ]
    more = f"; and {len(failed) - NAMED_BY_GATE} more" if len(failed) > NAMED_BY_GATE else ""
    raise FidelityGateError(
        f"the synthetic rows of {len(failed)} of {len(fidelity)} classes fail the gate "
        f"({'; '.join(named)}{more}); the numbers are in .smrt/gate.json. Change vae or smrt in "
        "params.yaml, widen evaluate.limits, or set evaluate.gate to warn"
    )


def _write(workspace: Workspace, comparison: Comparison) -> None:
    """Write the results; metrics.json has only what a person compares runs by, method.metric."""
    from smrt_lightning.evaluation.methods import RECALIBRATED

    with replacing(workspace.scores) as temporary:
        comparison.scores.to_csv(temporary, index=False, lineterminator="\n", encoding="utf-8")
    recalibrated = [method for method in comparison.methods if method.endswith(RECALIBRATED)]
    methods = [method for method in comparison.methods if method not in recalibrated]
    means = {
        method: {
            metric: value["mean"] for metric, value in comparison.metrics[method]["mean"].items()
        }
        for method in methods
    }
    write_json(workspace.metrics, plain(means))
    write_json(workspace.decision, plain(comparison.decision))
    details = {
        "headline": comparison.headline,
        "metrics": comparison.metrics,
        "labels": comparison.labels,
        "methods": methods,
        "recalibrated": recalibrated,
        "counts": comparison.counts,
        "curves": comparison.curves,
        "confusion": comparison.confusion,
        "trade_off": comparison.trade_off,
        "sweep": comparison.sweep,
        "fidelity": comparison.fidelity,
        "notes": comparison.notes,
        "settings": comparison.settings,
    }
    write_json(workspace.comparison, plain(details))


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it: frames as records, what is not finite as null."""
    if isinstance(value, pd.DataFrame):
        return plain(value.to_dict("records"))
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def main() -> int:
    """Run the stage in the current directory."""
    return run_stage("evaluate", run)


if __name__ == "__main__":
    sys.exit(main())
