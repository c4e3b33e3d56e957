"""The commands `smrt run` and `smrt report`: Prefect starts only if DVC finds work."""

import atexit
import os
import signal
import threading
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from rich.console import Console

from components.project.params import load_params
from components.project.workspace import Workspace, read_json
from components.versions import dvc, publication
from components.versions.lock import exclusive
from flows.cli.common import check_project, print_json
from flows.cli.terminal import Terminal, print_summary
from flows.data import prepare_data
from flows.summary import read_summary
from flows.watch import watched_by
from smrt_lightning.errors import MissingFileError

_GRACE_SECONDS = 20.0


def run_project(
    root: Path, *, wait: bool, debug: bool, in_browser: bool = False, as_json: bool = False
) -> None:
    """Bring a project up to date and print its result.

    Raises
    ------
    SmrtError
        A mistake in the table, the parameters or the files, or another run under way.
    """
    check_project(root)
    load_params(root)
    console = Console(stderr=as_json)

    def queued(holder: str) -> None:
        console.print(f"Waiting for another run in this project ({holder}) …", highlight=False)

    with exclusive(root, wait=wait, waiting=queued):
        prepare_data(root)
        if restored := dvc.restore_outputs(root=root):
            console.print(f"Brought back from DVC's cache: {', '.join(restored)}.", markup=False)
        found = dvc.status(root=root)  # data.dvc is among it, so that DVC starts once
        stale = dvc.stages(found)
        if stale or dvc.DATA in found:
            dvc.check_data(root=root)
        if stale or not publication.is_pushed(root):
            with _patient_interrupt(console):
                _run_flow(root, console, stale, debug=debug)
    if not stale:
        console.print("Nothing changed since the last run: nothing was trained.")
    _show(console, Workspace(root), ran=bool(stale), in_browser=in_browser, as_json=as_json)


def show_report(root: Path, *, in_browser: bool, as_json: bool = False) -> None:
    """Print the last result, and open its report if asked to.

    Raises
    ------
    MissingFileError
        No run has ended here yet.
    """
    check_project(root)
    workspace = Workspace(root)
    if not workspace.report.is_file():
        raise MissingFileError(
            f"there is no report at {str(workspace.report.relative_to(root))!r} yet. Make one: "
            "smrt run"
        )
    _show(Console(), workspace, ran=False, in_browser=in_browser, as_json=as_json)


def _show(
    console: Console, workspace: Workspace, *, ran: bool, in_browser: bool, as_json: bool
) -> None:
    """Show a result to a person or to a machine, and its page if asked to."""
    summary = read_summary(workspace)
    if as_json:
        decision = read_json(workspace.decision)
        metrics = read_json(workspace.metrics)
        page = str(summary.report)
        print_json({"ran": ran, "decision": decision, "metrics": metrics, "report": page})
    else:
        print_summary(console, summary)
    if in_browser:
        webbrowser.open(workspace.report.resolve().as_uri())


def _run_flow(root: Path, console: Console, stale: list[str], *, debug: bool) -> None:
    """Run the flow on the server that PREFECT_API_URL names, that of `smrt up`, or its own."""
    from flows.server.prefect_server import (
        PrefectServer,
        no_proxy,
        prefect_settings,
        require_answer,
    )
    from flows.server.stack import standing

    settings = prefect_settings(root, console_level="DEBUG" if debug else "CRITICAL")
    for name, value in settings.items():
        os.environ.setdefault(name, value)
    os.environ.update(no_proxy())
    up = standing(root)
    if up is not None:
        os.environ.setdefault("PREFECT_API_URL", up.api_url)
    if named := os.environ.get("PREFECT_API_URL"):
        require_answer(named)
    else:
        server = PrefectServer(os.environ)
        # Before Prefect registers its own: those then run first, while the server still answers.
        atexit.register(server.stop)
        os.environ["PREFECT_API_URL"] = server.api_url
        from flows.alive import close_lost_runs

        server.wait_until_ready()
        close_lost_runs()
    from flows.balance import balance

    with Terminal(console) as terminal, watched_by(terminal):
        terminal.stale = stale
        balance()


@contextmanager
def _patient_interrupt(console: Console) -> Iterator[None]:
    """Let Ctrl-C end the run after the fits at hand; a second one, or patience, ends it at once.

    Leaving at once is safe: artifacts appear by renaming, the operating system frees the lock, and
    the embedded server follows.
    """

    def leave() -> None:
        os._exit(130)

    def interrupted(_signal: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, lambda *_: leave())
        timer = threading.Timer(_GRACE_SECONDS, leave)
        timer.daemon = True
        timer.start()
        console.print("Stopping after the fits at hand; Ctrl-C again stops at once.")
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupted)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
