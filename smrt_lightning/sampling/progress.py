"""The classes of a table worked on one after the other or side by side, with a progress bar."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from smrt_lightning.threads import end_with_parent


def each_class(
    work: Callable[..., Any], classes: Sequence[tuple[Any, ...]], n_jobs: int | None, verbose: int
) -> Iterator[Any]:
    """Yield what the work returns for each class, in their order.

    Parameters
    ----------
    work : callable
        Called with the values of each class.
    classes : sequence of tuple
        The label first.
    n_jobs : int or None
        Processes; None is one, in which nothing is sent anywhere.
    verbose : int
        1 or more shows a progress bar on the standard error.
    """
    from joblib import Parallel, delayed, effective_n_jobs

    if min(effective_n_jobs(n_jobs), len(classes)) > 1:
        parallel = Parallel(
            n_jobs=n_jobs,
            return_as="generator",
            initializer=end_with_parent,
            initargs=(os.getpid(),),
        )
        found = parallel(delayed(work)(*each) for each in classes)
    else:
        found = (work(*each) for each in classes)
    if not verbose:
        yield from found
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=len(classes))
        for label, *_ in classes:
            progress.update(task, description=f"class {str(label)[:40]!r}".replace("[", r"\["))
            yield next(found)
            progress.advance(task)
