"""One run at a time in a project: an advisory lock that the operating system takes back.

``flock`` belongs to the process, so that a killed run leaves no lock behind; the file's text only
tells the next one who holds it. Inside one process the lock can be entered again, as when a command
that holds it starts a flow that asks for it too.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from components.project.errors import RunInProgressError

_held: set[Path] = set()
_POLL_SECONDS = 0.5


@contextlib.contextmanager
def exclusive(
    root: Path, *, wait: bool = False, waiting: Callable[[str], None] | None = None
) -> Iterator[None]:
    """Hold the project's lock.

    Parameters
    ----------
    root : Path
        The project; the lock is ``.smrt/run.lock`` in it.
    wait : bool
        Queue behind another run instead of refusing.
    waiting : callable, optional
        Called once with the holder's description before the first wait.

    Raises
    ------
    RunInProgressError
        Another process holds the lock and `wait` is false.
    """
    path = root.resolve() / ".smrt" / "run.lock"
    if path in _held:
        yield
        return
    path.parent.mkdir(exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        announced = False
        while not _try_lock(file.fileno()):
            file.seek(0)
            holder = file.read().strip() or "unknown process"
            if not wait:
                raise RunInProgressError(
                    f"another run is working in this project ({holder}). Wait until it ends, or "
                    "let this one queue behind it: smrt run --wait"
                )
            if waiting is not None and not announced:
                waiting(holder)
                announced = True
            time.sleep(_POLL_SECONDS)
        _describe_holder(file.fileno())
        _held.add(path)
        try:
            yield
        finally:
            _held.discard(path)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _describe_holder(descriptor: int) -> None:
    """Write who holds the lock, over the name of the one before."""
    os.ftruncate(descriptor, 0)
    text = f"process {os.getpid()}, since {time.strftime('%H:%M:%S')}"
    os.write(descriptor, text.encode())
