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
    import torch
    from threadpoolctl import threadpool_limits

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(limits=1):
            yield
    finally:
        torch.set_num_threads(before)
