"""Arithmetic on one thread: the order of sums, and so the bytes, do not depend on the cores."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_thread() -> Iterator[None]:
    """Hold the native libraries (BLAS, OpenMP, torch) of this thread to one thread of their own.

    Several small computations side by side are also faster so than with threads that wait for
    each other.
    """
    from threadpoolctl import threadpool_limits

    from smrt_lightning import threads

    with threads.one_thread(), threadpool_limits(limits=1):
        yield
