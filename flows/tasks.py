"""The Prefect tasks: one per stage, one per stack of models in training, and what DVC does.

Tasks take paths, names and small records, never tables. Each can run twice without harm: stages
write to a temporary place and rename, fits land in a store addressed by content. So a task whose
worker was lost is simply run again, on threads here or on Dask.
"""

import errno
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from components import pipeline
from components.project.errors import RemoteAwayError, VersionsBusyError
from components.project.params import load_params
from components.project.workspace import Workspace
from components.versions import dvc
from flows import watch
from flows.data import prepare_data
from smrt_lightning.errors import SmrtError

if TYPE_CHECKING:
    from prefect.client.schemas.objects import State, TaskRun
    from prefect.tasks import Task

    from components.train import FitJob, FitOutcome

_PASSING_ERRNOS = {
    errno.EAGAIN,
    errno.EBUSY,
    errno.EINTR,
    errno.EIO,
    errno.ENETDOWN,
    errno.ENETUNREACH,
    errno.ESTALE,
    errno.ETIMEDOUT,
}


def is_passing_fault(error: object) -> bool:
    """Tell whether trying again may help: a lock, a disk or a remote, never bad input."""
    if isinstance(error, VersionsBusyError | RemoteAwayError):
        return True
    if isinstance(error, SmrtError):
        error = error.__cause__
    return isinstance(error, OSError) and error.errno in _PASSING_ERRNOS


def _may_pass(_task: "Task[..., Any]", _run: "TaskRun", state: "State[Any]") -> bool:
    return is_passing_fault(state.result(raise_on_failure=False))


# DVC and Prefect would each keep results; DVC does, so Prefect's cache stays out of it.
_SETTINGS: dict[str, Any] = {
    "cache_policy": NO_CACHE,
    "persist_result": False,
    "retries": 2,
    "retry_delay_seconds": [1, 5],
    "retry_condition_fn": _may_pass,
}


@task(name="data", task_run_name="data", **_SETTINGS)
def check_data(root: str) -> None:
    """Build the demo table if it is asked for and absent; compare data/ with data.dvc."""
    prepare_data(Path(root))
    dvc.check_data(root=Path(root))


@task(name="stage", task_run_name="{stage}", **_SETTINGS)
def run_stage(root: str, stage: str) -> None:
    """Run one stage of the pipeline: files in, files out."""
    workspace = Workspace(Path(root))
    pipeline.run_stage(stage, workspace, load_params(workspace.root), watch.current().step)


@task(name="train a stack", task_run_name="train {name}", **_SETTINGS)
def fit(root: str, jobs: "list[FitJob]", name: str) -> "list[FitOutcome]":
    """Fit the models of classes of about one shape, or find them in the store."""
    from components import train

    del name  # it is for whoever watches the run
    return train.fit(Path(root), jobs)


@task(name="assemble models", task_run_name="assemble models", **_SETTINGS)
def assemble(root: str, jobs: "list[FitJob]") -> None:
    """Move the fitted models to their places under artifacts/models."""
    from components import train

    train.assemble(Workspace(Path(root)), jobs)


@task(name="version", task_run_name="version {stage}", **_SETTINGS)
def commit(root: str, stage: str) -> None:
    """Let DVC take up what a stage wrote."""
    dvc.commit(stage, root=Path(root))


@task(name="push", task_run_name="push", **_SETTINGS)
def push(root: str) -> str:
    """Push to the DVC remote, if there is one, and say what was done."""
    return dvc.push_if_remote(root=Path(root))


@task(name="compare", task_run_name="compare {batch}", **_SETTINGS)
def compare(root: str, batch: str) -> dict[str, Any]:
    """Compare a batch with the published version, or else with the latest."""
    from components.drift import check
    from components.versions import publication

    place = Path(root)
    reference, version = publication.reference(place)
    return check.check(Workspace(place), load_params(place), Path(batch), reference, version)
