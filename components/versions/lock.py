"""One run at a time in a project: a lock that the operating system takes back from a killed one.

The file's text only tells the next one who holds it. Inside one process the lock can be entered
again, as when a command that holds it starts a flow that asks for it too.
"""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from components.project.errors import RunInProgressError

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
        Called once with the holder's description before the wait.

    Raises
    ------
    RunInProgressError
        Another process holds the lock and `wait` is false.
    """
    path = root.resolve() / ".smrt" / "run.lock"
    path.parent.mkdir(exist_ok=True)
    lock = FileLock(path, thread_local=False, is_singleton=True)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        holder = path.read_text(encoding="utf-8").strip() or "unknown process"
        if not wait:
            raise RunInProgressError(
                f"another run is working in this project ({holder}). Wait until it ends, or let "
                "this one queue behind it: smrt run --wait"
            ) from None
        if waiting is not None:
            waiting(holder)
        lock.acquire(poll_interval=_POLL_SECONDS)
    try:
        path.write_text(f"process {os.getpid()}, since {time.strftime('%H:%M:%S')}")
        yield
    finally:
        lock.release()
