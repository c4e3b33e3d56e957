"""The place of a project's stack: the lock of .smrt/up.lock says that one is up, its text where."""

import contextlib
import json
import os
import socket
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from filelock import FileLock, Timeout

from components.project.errors import RunInProgressError
from flows.server.prefect_server import address, no_proxy, prefect_settings


@dataclass(frozen=True)
class Where:
    """The addresses and files of a stack.

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

    @classmethod
    def of(cls, listener: socket.socket) -> Self:
        """Return where a stack of this process is."""
        ui = address(listener)
        return cls(os.getpid(), ui, f"{ui}/api")


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


def environment(root: Path, api_url: str) -> dict[str, str]:
    """Return the environment of the server, the worker and the runs."""
    own = {
        **prefect_settings(root, console_level="INFO"),
        "PREFECT_WORKER_QUERY_SECONDS": "2",
        "PYTHONUNBUFFERED": "1",
    }
    # What the user has set stays, apart from the address.
    address = {"PREFECT_API_URL": api_url, "PREFECT_UI_API_URL": api_url}
    return {**own, **os.environ, **no_proxy(), **address}
