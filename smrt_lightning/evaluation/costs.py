"""Seconds and memory of a piece of work. Never part of anything that is compared or hashed."""

import threading
import time
from pathlib import Path

_STATM = Path("/proc/self/statm")
_EVERY_S = 0.02


def resident_mb() -> float | None:
    """Return the resident memory of this process in MiB, or None where the system hides it."""
    try:
        import resource

        pages = int(_STATM.read_text().split()[1])
        return pages * resource.getpagesize() / 2**20
    except (ImportError, OSError, IndexError, ValueError):
        return None


class Meter:
    """Context manager that measures wall-clock seconds and the growth of resident memory.

    Attributes
    ----------
    seconds : float
    memory_mb : float or None
        Highest resident memory seen inside, less that at the start, in MiB; sampled, so that a
        shorter peak is missed.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self.memory_mb: float | None = None
        self._stop = threading.Event()

    def __enter__(self) -> "Meter":
        self._first = self._peak = resident_mb()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._began = time.perf_counter()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.perf_counter() - self._began
        self._stop.set()
        self._thread.join()
        self._look()
        if self._first is not None and self._peak is not None:
            self.memory_mb = self._peak - self._first

    def _watch(self) -> None:
        while not self._stop.wait(_EVERY_S):
            self._look()

    def _look(self) -> None:
        now = resident_mb()
        if now is not None and self._peak is not None:
            self._peak = max(self._peak, now)
