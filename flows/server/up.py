"""The command `smrt up`: bring up the stack, keep it up, take it down."""

import contextlib
import ipaddress
import os
import signal
import socket
import time
from pathlib import Path
from types import FrameType

from rich.console import Console

from flows.server.child import Child
from flows.server.prefect_server import PrefectServer, listen
from flows.server.stack import Where, environment, only_stack

POOL = "smrt"
_DEPLOY_TIMEOUT = 300.0
_LOOK_AFTER_SECONDS = 2.0


def bring_up(root: Path, host: str, port: int) -> None:
    """Run server, work pool, deployments and worker until Ctrl-C, SIGINT or SIGTERM.

    Raises
    ------
    RunInProgressError
        This project's stack is up already.
    ServerAddressError, ServerError
        A part of it did not start.
    """
    console = Console()
    listener = listen(host, port)
    where = Where.of(listener)
    with listener, only_stack(root, where), _ending_on_signals():
        if not is_loopback(host):
            console.print(
                f"[bold]Warning:[/bold] Prefect's open-source server has no login. Whoever reaches "
                f"{where.ui} can run and change everything here; put a proxy that asks for "
                "a password before it.",
                highlight=False,
            )
        _run(root, listener, where, console)


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach a host of this name."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _run(root: Path, listener: socket.socket, where: Where, console: Console) -> None:
    settings = environment(root, where.api_url)
    os.environ.update(settings)
    logs = root / ".smrt" / "up"
    children: list[Child] = []
    try:
        console.print("Starting the server …", highlight=False)
        server = PrefectServer(settings, listener, logs / "server.log")
        children.append(server)
        server.wait_until_ready()
        _close_lost_runs(root)
        _make_pool()
        console.print("Creating the deployments …", highlight=False)
        deploy = ["-m", "prefect", "--no-prompt", "deploy", "--all"]
        making = Child("prefect deploy", deploy, settings, logs / "deploy.log")
        children.append(making)
        making.finish(_DEPLOY_TIMEOUT)
        children.remove(making)
        children.append(_worker(settings, logs))
        _say_where(console, root, where.ui, logs)
        _look_after(root, children, settings, logs, console)
    except KeyboardInterrupt:
        console.print("Stopping …", highlight=False)
    finally:
        for child in reversed(children):  # the worker first: its runs tell the server that they end
            child.stop()
    console.print("Down.", highlight=False)


def _say_where(console: Console, root: Path, ui: str, logs: Path) -> None:
    """Name the pages that are worth opening."""
    from components.project.workspace import Workspace

    pages = {
        "Runs": f"{ui}/runs",
        "Deployments": f"{ui}/deployments",
        "Results": f"{ui}/artifacts",
    }
    report = Workspace(root).report
    if report.is_file():
        pages["Last report"] = report.resolve().as_uri()
    console.print("Up. Pages worth opening:", highlight=False)
    for name, address in pages.items():
        console.print(f"  {name:<12} {address}", highlight=False, soft_wrap=True, markup=False)
    console.print(f"Logs: {logs}. Ctrl-C stops everything.", highlight=False, markup=False)


def _worker(settings: dict[str, str], logs: Path) -> Child:
    command = ["-m", "prefect", "worker", "start", "--pool", POOL, "--type", "process"]
    return Child("the worker", command, settings, logs / "worker.log")


def _look_after(
    root: Path, children: list[Child], settings: dict[str, str], logs: Path, console: Console
) -> None:
    """Start a lost worker again, close runs that lost their process; end if the server ends."""
    from httpx import HTTPError

    from flows.alive import close_dead_runs

    server = children[0]
    while server.running():
        time.sleep(_LOOK_AFTER_SECONDS)
        if not children[-1].running():
            console.print("The worker died; starting another.", highlight=False)
            children[-1].stop()
            children[-1] = _worker(settings, logs)
        with contextlib.suppress(HTTPError):  # a busy server; the next round asks again
            if dead := close_dead_runs(root):
                console.print(f"Runs whose process died: {', '.join(dead)}.", highlight=False)
    console.print("The server has ended.", highlight=False)


def _close_lost_runs(root: Path) -> None:
    """Close what an earlier stack left "Running", unless some run in this project still works."""
    from components.project.errors import RunInProgressError
    from components.versions.lock import exclusive
    from flows.alive import close_dead_runs, close_lost_runs

    with contextlib.suppress(RunInProgressError), exclusive(root):
        close_lost_runs()
    close_dead_runs(root)


def _make_pool() -> None:
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import WorkPoolCreate
    from prefect.exceptions import ObjectAlreadyExists
    from prefect.workers.process import ProcessWorker

    template = ProcessWorker.get_default_base_job_template()
    pool = WorkPoolCreate(name=POOL, type="process", base_job_template=template)
    with get_client(sync_client=True) as client:
        try:
            client.create_work_pool(pool)
        except ObjectAlreadyExists:
            return


class _ending_on_signals:  # noqa: N801
    """Treat SIGTERM and SIGHUP like Ctrl-C, and that as itself though a shell has it ignored.

    Shells start what they run in the background with SIGINT ignored, and Python leaves it so.
    """

    def __enter__(self) -> None:
        def ended(_number: int, _frame: FrameType | None) -> None:
            raise KeyboardInterrupt

        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        self._before = {number: signal.signal(number, ended) for number in numbers}

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
