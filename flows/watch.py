"""The watcher of a run: a terminal, or nobody; the flow does not know which.

The run's own log goes to Prefect in either case. A context variable carries the watcher, so that
the flow keeps plain, small parameters and a worker process simply has none.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Watcher:
    """The listener to a run, told from the flow's own thread; this one does nothing.

    Attributes
    ----------
    stale : list of str or None
        The stages out of date, where whoever started the run has just checked the data and asked
        DVC, with the project's lock held; None has the run do both.
    """

    stale: list[str] | None = None

    def started(self, stage: str) -> None:
        """Note that a stage begins."""

    def step(self, done: int, total: int, what: str) -> None:
        """Note that `done` of `total` steps of the stage are over, the last one being `what`."""

    def finished(self, stage: str) -> None:
        """Note that a stage is over and versioned."""

    def say(self, message: str) -> None:
        """Pass on a sentence about the run as a whole."""


_NOBODY = Watcher()
_watcher: ContextVar[Watcher] = ContextVar("watcher", default=_NOBODY)


def current() -> Watcher:
    """Return the watcher of this run."""
    return _watcher.get()


@contextmanager
def watched_by(watcher: Watcher) -> Iterator[None]:
    """Let `watcher` see the runs started inside the block."""
    token = _watcher.set(watcher)
    try:
        yield
    finally:
        _watcher.reset(token)
