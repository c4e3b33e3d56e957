"""torch on one thread: how a sum is split among threads decides its last bits.

Our networks are small: a second thread gains nothing, and where several fits share the processor
the threads' waiting for each other made one fit up to fifty times slower.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_holding = threading.local()
_holders = 0
_n_threads = 1


@contextmanager
def one_thread() -> Iterator[None]:
    """Hold torch to one thread in this thread, and give it its number back on leaving."""
    global _holders, _n_threads
    import torch

    if getattr(_holding, "now", False):
        yield
        return
    with _lock:
        # A thread that asks for the first time gets what any thread set last: amid another
        # holder its 1, which is not to be restored; and later than here it would undo our own.
        n_threads = torch.get_num_threads()
        if not _holders:
            _n_threads = n_threads
        _holders += 1
    torch.set_num_threads(1)
    _holding.now = True
    try:
        yield
    finally:
        _holding.now = False
        with _lock:
            _holders -= 1
            torch.set_num_threads(_n_threads)


@contextmanager
def single_threaded() -> Iterator[None]:
    """Hold BLAS and OpenMP to one thread, too: sums then do not depend on the number of cores.

    Several small computations side by side are also faster so than with threads that wait for
    each other.
    """
    from threadpoolctl import threadpool_limits

    with one_thread(), threadpool_limits(limits=1):
        yield


def end_with_parent(parent: int) -> None:
    """Have this process, one of joblib's, end when the one that started it is gone.

    A worker of joblib is told to end by its parent; after a kill -9 nobody tells it, and it would
    keep its memory for minutes, or for ever.

    Parameters
    ----------
    parent : int
        Process id of the one that started it.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
