"""The engine that runs one function over many parts: Dask's threads here, or a Dask cluster.

A cluster is looked at before anything starts: what is wrong with it then costs seconds, not hours.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from components.project.errors import ServerAddressError, listing

Item = TypeVar("Item")
Result = TypeVar("Result")

_WAIT = 10
_FAN_IN = 4
_SAME = ("smrt-lightning", "numpy", "torch", "pandas", "pyarrow", "scikit-learn", "dask")


@dataclass(frozen=True)
class Engine:
    """Runs functions on the processors of this machine, or of a cluster.

    Attributes
    ----------
    client : distributed.Client or None
        Of the cluster; None runs on threads of this process.
    """

    client: Any = None

    @property
    def words(self) -> str:
        """The place where it runs, in words."""
        if self.client is None:
            return f"{_n_threads()} threads"
        return f"{len(self.client.scheduler_info(n_workers=-1)['workers'])} Dask workers"

    def map(
        self, work: Callable[[Any, Item], Result], shared: Any, items: Sequence[Item]
    ) -> list[Result]:
        """Return ``work(shared, item)`` for each item, in their order.

        Parameters
        ----------
        work : callable
            It may run twice; what it writes it renames into place.
        shared : Any
            What all calls take; sent to a worker once.
        items : sequence
        """
        with self._guarded():
            if self.client is not None:
                sent = self.client.scatter(shared, broadcast=True, hash=False)
                found = self.client.map(work, [sent] * len(items), items, pure=False)
                results: list[Result] = self.client.gather(found)
                return results
            from dask.delayed import delayed

            tasks = [delayed(work, pure=False)(shared, item) for item in items]
            return list(self._compute(*tasks))

    def reduce(
        self,
        work: Callable[[Item], Result],
        merge: Callable[[Sequence[Result]], Result],
        items: Sequence[Item],
    ) -> Result:
        """Return what remains of all items: results are merged four by four as they come in."""
        from dask.delayed import delayed

        with self._guarded():
            layer = [delayed(work, pure=False)(item) for item in items]
            while len(layer) > 1:
                heaps = [layer[at : at + _FAN_IN] for at in range(0, len(layer), _FAN_IN)]
                layer = [delayed(merge, pure=False)(heap) for heap in heaps]
            (found,) = self._compute(*layer)
        result: Result = found
        return result

    def _compute(self, *tasks: Any) -> tuple[Any, ...]:
        from dask.base import compute

        if self.client is not None:
            results: tuple[Any, ...] = tuple(self.client.gather(self.client.compute(list(tasks))))
            return results
        run: Any = compute
        return tuple(run(*tasks, scheduler="threads", num_workers=_n_threads()))

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Say it plainly where the cluster is lost."""
        if self.client is None:
            yield
            return
        from concurrent.futures import CancelledError

        from distributed import KilledWorker
        from distributed.client import FutureCancelledError

        try:
            yield
        except KilledWorker as error:
            raise ServerAddressError(
                f"four Dask workers died at the same work: {' '.join(str(error).split())[:200]}; "
                "most often they had too little memory: start them with more, or fewer on a machine"
            ) from error
        except Exception as error:  # distributed has many names for a scheduler that is gone
            lost = isinstance(error, FutureCancelledError | CancelledError)
            if self.client.status == "running" and not lost:
                raise
            raise ServerAddressError(
                "the Dask scheduler is gone (lost while work was going on): nothing was written; "
                "start it again, and run the command again"
            ) from error


@contextmanager
def engine(address: str | None = None, shared: Sequence[Path] = ()) -> Iterator[Engine]:
    """Yield the engine of this machine, or that of a cluster after a look at it.

    Parameters
    ----------
    address : str, optional
        Of a Dask scheduler, as ``tcp://host:8786``.
    shared : sequence of Path
        Files and folders that all workers must see under the same path.

    Raises
    ------
    ServerAddressError
        If there is no scheduler, it has no workers, these have other versions or kernels, or do not
        see a path.
    """
    if address is None:
        yield Engine()
        return
    client = _connect(address)
    try:
        _inspect(client, address, shared)
        yield Engine(client)
    finally:
        client.close(timeout=_WAIT)


def _connect(address: str) -> Any:
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise ServerAddressError(
            '--dask needs Dask\'s cluster part: `pip install "smrt-lightning[dask]"`, here and on '
            "the workers"
        ) from None
    try:
        connect: Any = Client
        return connect(address, timeout=_WAIT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ServerAddressError(
            f"no Dask scheduler answers at {address!r} within {_WAIT} seconds "
            f"({' '.join(str(error).split())[:120]}): start one with `dask scheduler`, and give "
            "the address that it prints, such as --dask tcp://host:8786"
        ) from error


def _inspect(client: Any, address: str, shared: Sequence[Path]) -> None:
    if not client.scheduler_info(n_workers=-1)["workers"]:
        raise ServerAddressError(
            f"the Dask scheduler at {address!r} has no workers: start some on each machine, "
            f"`dask worker {address} --nthreads 1 --nworkers 4`"
        )
    here = _look([])
    with tempfile.TemporaryDirectory(
        prefix=".smrt-look-", dir=shared[-1] if shared else None, ignore_cleanup_errors=True
    ) as probe:
        paths = [str(path.absolute()) for path in (*shared, Path(probe))]
        try:
            there = client.run(_look, paths)
        except Exception as error:  # whatever a worker without the package raises
            raise ServerAddressError(
                f"a Dask worker cannot run this package ({type(error).__name__}: "
                f"{' '.join(str(error).split())[:160]}): install the same smrt-lightning on all "
                "machines"
            ) from error
    for worker, found in there.items():
        if found["unseen"]:
            raise ServerAddressError(
                f"the Dask worker {worker} does not see {listing(found['unseen'][:1])}: all "
                "machines need the table and the output on a file system they share, under the "
                "same path"
            )
        other = [
            f"{name} {found['versions'].get(name)} there, {version} here"
            for name, version in here["versions"].items()
            if found["versions"].get(name) != version
        ]
        if other:
            raise ServerAddressError(
                f"the Dask worker {worker} has other versions ({'; '.join(other)}): install the "
                "same on all machines, or the rows would depend on who drew them"
            )
        if found["pinned"] != here["pinned"]:
            raise ServerAddressError(
                f"the Dask worker {worker} sums with other kernels than this process: start the "
                'workers after `eval "$(python -m smrt_lightning.kernels)"`'
            )


def _look(paths: Sequence[str]) -> dict[str, Any]:
    """Tell what a process has: versions, the pin of its kernels, and paths it does not see."""
    from importlib.metadata import PackageNotFoundError, version

    from smrt_lightning import __version__, kernels

    found = {"python": ".".join(map(str, sys.version_info[:2])), "smrt-lightning": __version__}
    for name in _SAME[1:]:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "none"
    unseen = [path for path in paths if not Path(path).exists()]
    return {"versions": found, "pinned": kernels.pinned(), "unseen": unseen}


def _n_threads() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
