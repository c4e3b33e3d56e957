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

from components import versions
from components.artifacts import Workspace
from components.lock import exclusive
from components.params import load_params
from flows import tasks, watch
from flows.announce import announce
from flows.errors import StageStaysStaleError

if TYPE_CHECKING:
    from components.train import FitJob

WORKERS = min(4, os.cpu_count() or 1)
RUNNER: TaskRunner[Any] = ThreadPoolTaskRunner(max_workers=WORKERS)


@flow(name="balance", task_runner=RUNNER, persist_result=False)
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
    """
    root = Path.cwd()
    log = get_run_logger()
    watcher = watch.current()
    with exclusive(root, wait=True, waiting=lambda holder: log.info("waiting for %s", holder)):
        load_params(root)
        tasks.check_data(str(root))
        ran = []
        while stale := versions.stale_stages():
            stage = stale[0]
            if stage in ran:
                raise StageStaysStaleError.stage(stage)
            log.info("%s is out of date", stage)
            watcher.started(stage)
            if stage == "train":
                train(root)
            else:
                tasks.run_stage(str(root), stage)
            tasks.commit(stage)
            watcher.finished(stage)
            ran.append(stage)
        announce(Workspace(root), ran)
        if ran:
            keep(str(runtime.flow_run.name))
    return ran


def train(root: Path) -> None:
    """Fit one model for each (split, class), a task each, and put them in their places."""
    from components import train as stage

    log = get_run_logger()
    watcher = watch.current()
    jobs: list[FitJob] = stage.plan(Workspace(root), load_params(root))
    futures = tasks.fit.map(str(root), jobs)
    for done, future in enumerate(as_completed(list(futures)), start=1):
        outcome = future.result()
        log.info("%s", outcome)
        watcher.step(done, len(jobs), f"{outcome}")
    tasks.assemble(str(root), jobs)


def keep(name: str) -> None:
    """Save the run as a DVC experiment and push it, if there is where to push to."""
    versions.save_experiment(name)
    message = f"Kept in DVC as the experiment {name}; {versions.push_if_remote()}."
    get_run_logger().info(message)
    watch.current().say(message)
