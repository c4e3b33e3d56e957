"""One machine's server, work pool, deployments and worker: where they are, and starting them.

Every child hangs on a tether, so that nothing outlives `smrt up`, however that ends. The lock of
``.smrt/up.lock`` says that a stack is up, and its text where.
"""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from components.project.errors import RunInProgressError
from flows.errors import ServerAddressError, ServerError
from flows.server.embedded import prefect_settings, silent

POOL = "smrt"
START_TIMEOUT = 180.0
_STOP_TIMEOUT = 30.0
_TETHER = Path(__file__).with_name("tether.py")


@dataclass(frozen=True)
class Where:
    """Where a stack is.

    Attributes
    ----------
    pid : int
        The process of `smrt up`.
    ui, api_url : str
        Addresses of its pages and its interface.
    """

    pid: int
    ui: str
    api_url: str


def _lock(root: Path) -> Path:
    return root / ".smrt" / "up.lock"


def standing(root: Path) -> Where | None:
    """Return where this project's stack is, None if none is up."""
    path = _lock(root)
    if not path.is_file():
        return None
    try:
        with FileLock(path, blocking=False):
            return None
    except Timeout:
        with contextlib.suppress(ValueError, TypeError):  # just starting
            return Where(**json.loads(path.read_text(encoding="utf-8")))
    return None


@contextlib.contextmanager
def only_stack(root: Path, where: Where) -> Iterator[None]:
    """Hold the place of this project's stack.

    Raises
    ------
    RunInProgressError
        Another process holds it; the message says where.
    """
    path = _lock(root)
    path.parent.mkdir(exist_ok=True)
    lock = FileLock(path, timeout=1.0)  # longer than anyone takes who only looks
    try:
        lock.acquire()
    except Timeout:
        up = standing(root)
        known = f"process {up.pid}, pages at {up.ui}" if up else "just starting"
        raise RunInProgressError(
            f"this project's stack is up already ({known}). Ctrl-C there stops it."
        ) from None
    try:
        path.write_text(json.dumps(asdict(where)), encoding="utf-8")
        yield
    finally:
        lock.release()


def free_port(host: str, port: int) -> int:
    """Return the port, or a free one for 0.

    Raises
    ------
    ServerAddressError
        Another program listens there.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ServerAddressError(
                f"cannot listen on {host}:{port} ({error.strerror or error}). Choose another port: "
                "smrt up --port 4201; --port 0 takes any that is free"
            ) from error
        return int(probe.getsockname()[1])


class Child:
    """A command on a tether.

    Parameters
    ----------
    name : str
        For messages.
    command : list of str
        Arguments of this interpreter.
    environment : mapping of str to str
    log : Path
        Where its output goes.
    """

    def __init__(
        self, name: str, command: list[str], environment: Mapping[str, str], log: Path
    ) -> None:
        self.name, self._log = name, log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, str(_TETHER), sys.executable, *command],
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def running(self) -> bool:
        """Tell whether the command still runs."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End the command and what it started."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        try:
            self._process.wait(_STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def failure(self, what: str) -> ServerError:
        """Return the error that says what went wrong, and where the command's output is."""
        return ServerError(f"{self.name} {what}; what it said is in {self._log}")

    def finish(self, timeout: float) -> None:
        """Wait until the command has done its work.

        Raises
        ------
        ServerError
            It failed, or took too long.
        """
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.stop()
            raise self.failure("took too long") from None
        if code:
            raise self.failure(f"ended with code {code}")


def wait_for_server(child: Child, api_url: str) -> None:
    """Return when the server answers.

    Raises
    ------
    ServerError
    """
    deadline = time.monotonic() + START_TIMEOUT
    reason: object = "it has not answered"
    while time.monotonic() < deadline:
        if not child.running():
            raise child.failure("ended")
        try:
            with urllib.request.urlopen(f"{api_url}/health", timeout=5):  # noqa: S310
                return
        except (urllib.error.URLError, OSError) as error:
            reason = error
            time.sleep(0.3)
    raise silent(START_TIMEOUT, reason)


def environment(root: Path, api_url: str) -> dict[str, str]:
    """Return the environment of the server, the worker and the runs."""
    own = {
        **prefect_settings(root, console_level="INFO"),
        "PREFECT_WORKER_QUERY_SECONDS": "2",
        "PYTHONUNBUFFERED": "1",
    }
    # What the user has set stays, apart from the address.
    address = {"PREFECT_API_URL": api_url, "PREFECT_UI_API_URL": api_url}
    return {**own, **os.environ, **address}
