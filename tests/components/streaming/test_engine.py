"""The engine on a Dask cluster: looked at first, the same bytes, plain words when it is lost."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from components.intake.wishes import Wishes
from components.project.errors import ServerAddressError
from components.streaming.balance import balance
from components.streaming.engine import Engine, engine
from components.streaming.look import look
from smrt_lightning.kernels import pins

ROOT = Path(__file__).parents[3]
Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[Start]:
    """Start a scheduler or a worker; all end with the test."""
    pytest.importorskip("distributed", reason="the extra dask is not installed")
    pinned = all(os.environ.get(name) == value for name, value in pins().items())
    with ExitStack() as stack:

        def start(*command: str, **environment: str) -> subprocess.Popen[bytes]:
            file = str(tmp_path / "scheduler.json")
            more = ("--scheduler-file", file, "--no-dashboard")
            child = subprocess.Popen(
                [sys.executable, "-m", "dask", *command, *more],
                cwd=tmp_path,
                env={**os.environ, "PYTHONPATH": str(ROOT), **(pins() if pinned else {})}
                | environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            stack.callback(child.wait, 30)
            stack.callback(child.kill)
            return child

        yield start


def scheduler(dask: Start, folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    child = dask("scheduler", "--host", "127.0.0.1", "--port", "0")
    until = time.monotonic() + 60
    while not (folder / "scheduler.json").exists():
        assert child.poll() is None, "the scheduler ended"
        assert time.monotonic() < until, "the scheduler wrote no file"
        time.sleep(0.1)
    return child, json.loads((folder / "scheduler.json").read_text())["address"]


def workers(dask: Start, address: str, n: int, **environment: str) -> list[subprocess.Popen[bytes]]:
    from distributed import Client

    started = [dask("worker", "--nthreads", "1", "--no-nanny", **environment) for _ in range(n)]
    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(n, timeout=60)
    return started


def refused(address: str, words: str, *shared: Path) -> None:
    with pytest.raises(ServerAddressError, match=words), engine(address, shared):
        pass


def test_nobody_answers() -> None:
    pytest.importorskip("distributed", reason="the extra dask is not installed")
    refused("tcp://127.0.0.1:1", "no Dask scheduler answers at 'tcp://127.0.0.1:1'")


def test_a_cluster_is_looked_at_before_the_start(dask: Start, tmp_path: Path) -> None:
    _, address = scheduler(dask, tmp_path)
    refused(address, "has no workers")
    (worker,) = workers(dask, address, 1)
    with engine(address, [tmp_path]) as runner:
        assert runner.map(pow, 2, [3, 4]) == [8, 16]
        assert runner.words == "1 Dask workers"
    refused(address, "does not see '/nowhere'", Path("/nowhere"), tmp_path)
    worker.kill()
    worker.wait()
    workers(dask, address, 1, OPENBLAS_CORETYPE="Nehalem", ATEN_CPU_CAPABILITY="default")
    if all(os.environ.get(name) == value for name, value in pins().items()):
        refused(address, "sums with other kernels")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    folder = tmp_path / "table"
    folder.mkdir()
    for part in range(8):
        frame = pd.DataFrame(rng.normal(size=(20_000, 8)), columns=list("abcdefgh"))
        frame["y"] = np.where(np.arange(20_000) % 10_000 == 7, "rare", "common")
        frame.to_parquet(folder / f"{part}.parquet")
    return folder


def digests(table: Path, output: Path, runner: Engine) -> dict[str, bytes]:
    seen = look(str(table), "y", Wishes(), 0, runner)
    balance(seen, output, 0.6, 0, runner)
    return {path.name: path.read_bytes() for path in output.glob("*.parquet")}


@pytest.mark.slow
def test_a_worker_that_dies_costs_no_byte_and_a_lost_scheduler_is_named(
    dask: Start, tmp_path: Path, table: Path
) -> None:
    alone = digests(table, tmp_path / "alone", Engine())
    assert len(alone) == 1
    process, address = scheduler(dask, tmp_path)
    first, _ = workers(dask, address, 2)
    with engine(address, [table, tmp_path]) as runner:
        seen = look(str(table), "y", Wishes(), 0, runner)
        first.send_signal(signal.SIGKILL)
        balance(seen, tmp_path / "cluster", 0.6, 0, runner)
        made = {path.name: path.read_bytes() for path in (tmp_path / "cluster").glob("*.parquet")}
        assert made == alone
        process.kill()
        with pytest.raises(ServerAddressError, match="scheduler is gone"):
            balance(seen, tmp_path / "lost", 0.6, 0, runner)
    assert not (tmp_path / "lost").exists()
