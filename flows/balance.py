"""The flow `balance`: run what is out of date, version it, say what came out.

DVC owns content: it knows which stages are out of date and keeps what they write. Prefect owns
time: when a run starts, what it is doing, what happened to it. The flow takes no parameters, since
params.yaml is where they are read from, by `dvc repro` too.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect import flow, get_run_logger, runtime
from prefect.futures import as_completed
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from components.project.errors import FidelityGateError, StalePlanError
from components.project.params import MACHINE_INDEPENDENT, load_params
from components.project.workspace import Workspace, sweep
from components.versions import dvc, experiments, publication
from flows import tasks, watch
from flows.alive import alive, locked
from flows.announce import announce
from smrt_lightning.kernels import pin

if TYPE_CHECKING:
    from components.train import FitJob

WORKERS = min(4, os.cpu_count() or 1)
TIMEOUT_SECONDS = 12 * 3600
RUNNER: TaskRunner[Any] = ThreadPoolTaskRunner(max_workers=WORKERS)


@flow(name="balance", task_runner=RUNNER, persist_result=False, timeout_seconds=TIMEOUT_SECONDS)
def balance() -> list[str]:
    """Bring the project in the current directory up to date.

    Returns
    -------
    list of str
        The stages that ran, in order; none if nothing was out of date.

    Raises
    ------
    SmrtError
        A mistake in the table, the parameters or the files. Stages that were complete before it
        are versioned, later artifacts are as they were.
    FidelityGateError
        ``evaluate.gate`` is strict and synthetic rows fail it. Nothing is versioned.
    """
    root = Path.cwd()
    with alive(root), locked(root):
        ran = bring_up_to_date(root)
        announce(Workspace(root), ran)
        keep_if_new(root)
    return ran


def bring_up_to_date(root: Path) -> list[str]:
    """Run and version what is out of date, with the project's lock held; return what ran."""
    log = get_run_logger()
    if load_params(root).reproducible == MACHINE_INDEPENDENT and (late := pin()):
        log.warning(
            "the pin on kernels comes too late for %s in this process: its artifacts may differ "
            "from another machine's. Start it through `smrt`, or under the variables that "
            "`python -m smrt_lightning.kernels` prints.",
            " and ".join(late),
        )
    sweep(Workspace(root).artifacts)
    stale = watch.current().stale
    if stale is None:
        tasks.check_data(str(root))
        if restored := dvc.restore_outputs(root=root):
            log.info("brought back from the cache of DVC: %s", ", ".join(restored))
        stale = dvc.stale_stages(root=root)
    with dvc.forgetting_on(FidelityGateError, root=root):
        return run_stages(root, stale)


def run_stages(root: Path, stale: list[str]) -> list[str]:
    """Run and version the first of the stale stages, and so on until none is; return what ran."""
    log = get_run_logger()
    watcher = watch.current()
    ran: list[str] = []
    if "evaluate" in stale:
        from components.evaluate import check_names

        check_names(load_params(root))
    while stale:
        stage = stale[0]
        if stage in ran:
            raise StalePlanError(
                f"stage {stage!r} ran and is still out of date: a file it reads or writes changed "
                "meanwhile. Leave artifacts/, params.yaml and the data alone during a run, and "
                f"start again; `dvc status {stage}` names the file."
            )
        log.info("%s is out of date", stage)
        watcher.started(stage)
        if stage == "train":
            train(root)
        else:
            tasks.run_stage(str(root), stage)
        tasks.commit(str(root), stage)
        watcher.finished(stage)
        ran.append(stage)
        stale = dvc.stale_stages(root=root)
    return ran


def train(root: Path) -> None:
    """Fit one model for each (split, class), a task a stack, and put them in their places."""
    from components import train as stage

    log = get_run_logger()
    watcher = watch.current()
    params = load_params(root)
    jobs: list[FitJob] = stage.plan(Workspace(root), params)
    stacks = stage.in_stacks(jobs, params)
    names = [
        f"{len(stack)} models of up to {max(j.n_rows for j in stack)} rows" for stack in stacks
    ]
    futures = tasks.fit.map(str(root), stacks, names)
    done = reused = 0
    for future in as_completed(list(futures)):
        for outcome in future.result():
            done += 1
            reused += outcome.reused
            log.info("%s", outcome)
            watcher.step(done, len(jobs), f"{outcome}")
    tasks.assemble(str(root), jobs)
    watcher.step(len(jobs), len(jobs), f"{len(jobs) - reused} models trained, {reused} reused")


def keep_if_new(root: Path) -> str:
    """Save what is in the checkout as a DVC experiment named after this run, unless it is one.

    What a run that was killed after its last stage, or could not push, left undone is done by the
    next one.

    Returns
    -------
    str
        The name of the experiment.
    """
    name = publication.kept(root)
    log = get_run_logger()
    if name is None:
        name = experiments.experiment_name(str(runtime.flow_run.name))
        if name in experiments.kept(root=root):  # Prefect's come again, a version's must not
            name = f"{name}-{str(runtime.flow_run.id)[:8]}"
        experiments.save(name, root=root)
        publication.note_kept(root, name)
        log.info("kept in DVC as the experiment %s", name)
    if not publication.is_pushed(root):
        pushed = tasks.push(str(root))
        publication.note_kept(root, name, pushed=True)
        log.info(pushed)
        watch.current().say(f"Kept in DVC as the experiment {name}; {pushed}.")
    return name
