"""The flow `check-drift`: compare what has come in with what the published model learned from.

A batch that drifted is announced by the event `smrt.drift.detected`, with the findings. Whoever
listens decides what follows; prefect.yaml lets it start `retrain-on-drift`.
"""

from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger
from prefect.artifacts import create_markdown_artifact
from prefect.events import emit_event

from components.drift import take_up
from components.project.errors import BatchRefusedError
from components.project.params import load_params
from components.project.workspace import Workspace
from components.versions import publication
from flows import tasks
from flows.alive import alive, locked
from flows.announce import escaped
from smrt_lightning.errors import SmrtError

EVENT = "smrt.drift.detected"
TIMEOUT_SECONDS = 3600


@flow(name="check-drift", persist_result=False, timeout_seconds=TIMEOUT_SECONDS)
def check_drift(path: str | None = None) -> list[str]:
    """Compare one file, or every batch in the incoming folder.

    Parameters
    ----------
    path : str, optional
        A batch; without it all that waits in the folder of ``drift.incoming`` is compared.

    Returns
    -------
    list of str
        The batches that drifted.

    Raises
    ------
    BatchRefusedError
        Some batch could not be read; the others have been compared.
    """
    root = Path.cwd()
    log = get_run_logger()
    drifted, failed = [], []
    with alive(root):
        params = load_params(root)
        batches = [Path(path)] if path else take_up.waiting(Workspace(root), params)
        for name in [] if path else take_up.unknown(Workspace(root), params):
            log.warning("%s is no batch by its ending: CSV, Parquet or .xlsx are", name)
        if not batches:
            log.info("nothing waits in %s/", params.drift.incoming)
        for batch in batches:
            try:
                findings = compare(root, batch)
            except SmrtError as error:
                log.error("%s cannot be compared: %s", batch.name, error)
                failed.append(f"{batch.name}: {error}")
                continue
            if findings.get("again") and not findings["drift"]:
                log.info("%s was compared before: no drift", batch.name)
                continue
            tell(batch, findings)
            if findings["drift"]:
                drifted.append(str(batch))
    if failed:
        raise BatchRefusedError(
            f"{len(failed)} of the batches could not be used: {'; '.join(failed)}"
        )
    return drifted


def compare(root: Path, batch: Path) -> dict[str, Any]:
    """Compare a batch; without a published version the artifacts must hold still meanwhile."""
    if publication.current(root) is None:
        with locked(root):
            return tasks.compare(str(root), str(batch))
    return tasks.compare(str(root), str(batch))


def tell(batch: Path, findings: dict[str, Any]) -> None:
    """Put the findings on the run's page; of drift, tell whoever listens."""
    log = get_run_logger()
    alarms = findings["alarms"]
    verdict = "drift" if findings["drift"] else "no drift"
    log.info("%s: %s. %s", batch.name, verdict, "; ".join([*alarms, *findings["notes"]]))
    sha256 = findings["batch"]["sha256"]
    listed = [f"- {escaped(text)}" for text in (*alarms, *findings["notes"])]
    against = escaped(findings["reference"]["version"])
    headline = f"**{escaped(batch.name)}: {verdict}** against version {against}."
    page = f"`.smrt/drift/{sha256[:16]}.html`"
    create_markdown_artifact(
        markdown="\n".join([headline, "", *listed, "", f"All comparisons: {page}."]),
        key=f"drift-{sha256[:16]}",
        description=escaped(f"{batch.name}: {verdict}"),
    )
    if findings["drift"]:
        emit_event(
            EVENT,
            resource={
                "prefect.resource.id": f"smrt.batch.{sha256[:16]}",
                "prefect.resource.name": batch.name,
            },
            payload={
                "batch": str(batch.resolve()),
                "sha256": sha256,
                "version": findings["reference"]["version"],
                "alarms": alarms,
                "drifted_columns": findings["drifted_columns"],
                "new_levels": findings["new_levels"],
            },
        )
