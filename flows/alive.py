"""The runs that a process works on, and closing those that have lost theirs.

Prefect's server cannot know that a process was killed; a run then stays "Running" for ever and
keeps the place of its deployment. Every run therefore holds the lock of a file of its own while it
works. The operating system frees that lock however the process ends, so a run whose file can be
locked by another has lost its process, whatever the clock or the process numbers say.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import UUID

from filelock import FileLock, Timeout
from prefect import get_run_logger, runtime
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter
from prefect.client.schemas.objects import State
from prefect.exceptions import ObjectNotFound
from prefect.states import Crashed

from components.versions.lock import exclusive


def _folder(root: Path) -> Path:
    return root / ".smrt" / "runs"


@contextmanager
def alive(root: Path) -> Iterator[None]:
    """Mark the present run as worked on, and close those that no longer are."""
    for name in close_dead_runs(root):
        get_run_logger().warning("the run %s was lost with its process; it is closed now", name)
    path = _folder(root) / str(runtime.flow_run.id)
    path.parent.mkdir(parents=True, exist_ok=True)
    unseen = path.with_name(f".{path.name}")
    with FileLock(unseen):
        unseen.rename(path)  # it appears locked, so that nobody takes it for a dead run's
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """Wait for the project's lock, say for whom, and hold it."""
    log = get_run_logger()
    with exclusive(root, wait=True, waiting=lambda holder: log.info("waiting for %s", holder)):
        yield


def dead_runs(root: Path) -> list[str]:
    """Return the identifiers of runs whose process is gone."""
    dead = []
    for path in sorted(_folder(root).glob("[!.]*")):
        with suppress(Timeout), FileLock(path, blocking=False):
            dead.append(path.name)
    return dead


def close_dead_runs(root: Path) -> list[str]:
    """Tell the server that runs without a process have crashed; return their names."""
    names: list[str] = []
    dead = dead_runs(root)
    if not dead:
        return names
    with get_client(sync_client=True) as client:
        for identifier in dead:
            with suppress(ObjectNotFound, ValueError):
                run = client.read_flow_run(UUID(identifier))
                if run.state is not None and not run.state.is_final():
                    state: State[None] = Crashed(message="The process ended before the run did.")
                    client.set_flow_run_state(run.id, state, force=True)
                    names.append(run.name)
            (_folder(root) / identifier).unlink(missing_ok=True)
    return names


def close_lost_runs() -> list[str]:
    """Mark the runs that no process works on any more as crashed, and return their names.

    To be called on the embedded server with the project's lock held: whatever is called running
    there has no process.
    """
    lost = FlowRunFilter.model_validate({"state": {"type": {"any_": ["RUNNING", "PENDING"]}}})
    with get_client(sync_client=True) as client:
        runs = client.read_flow_runs(flow_run_filter=lost)
        for run in runs:
            state: State[None] = Crashed(message="The process ended before the run did.")
            client.set_flow_run_state(run.id, state, force=True)
    return [run.name for run in runs]
