"""The gate: synthetic rows that fail the fidelity limits may end the run.

The gate stands in the evaluate stage, before it writes: `dvc repro` and the flow both meet it, and
the scores, the decision and the page of the run before stay where they are. The flow then also puts
dvc.lock back, so that nothing is versioned; `dvc repro` leaves the stages before in it, unsaved.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from components.project.errors import FidelityGateError, shorten
from components.project.workspace import Workspace, write_json

NAMED = 5


def apply_gate(workspace: Workspace, fidelity: Mapping[str, Mapping[str, Any]], gate: str) -> None:
    """End the run when the gate is strict and the synthetic rows of a class fail it.

    Parameters
    ----------
    workspace : Workspace
        What failed, with all its numbers, goes to .smrt/gate.json, which nothing versions.
    fidelity : mapping
        label → report of :func:`smrt_lightning.evaluation.fidelity.fidelity`.
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
        for label, report in list(failed.items())[:NAMED]
    ]
    more = f"; and {len(failed) - NAMED} more" if len(failed) > NAMED else ""
    raise FidelityGateError(
        f"the synthetic rows of {len(failed)} of {len(fidelity)} classes fail the gate "
        f"({'; '.join(named)}{more}); the numbers are in .smrt/gate.json. Change vae or smrt in "
        "params.yaml, widen evaluate.limits, or set evaluate.gate to warn"
    )
