"""The example that runs the fits on a Dask cluster, with a worker that dies meanwhile."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from projects import ROOT, Project

from flows.server.prefect_server import PrefectServer, prefect_settings
from smrt_lightning.kernels import pins

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]
SCRIPT = ROOT / "examples" / "scaling" / "on_dask.py"


@pytest.fixture
def cluster(fresh: Callable[[str], Project]) -> Iterator[tuple[Project, str, list[int]]]:
    """Start a Prefect server, a Dask scheduler and two workers; give project, address, workers."""
    pytest.importorskip("prefect_dask", reason="the extra dask is not installed")
    project = fresh("dask")
    file = project.root.parent / "scheduler.json"
    with ExitStack() as stack:
        server = stack.enter_context(
            PrefectServer({**os.environ, **prefect_settings(project.root)})
        )
        server.wait_until_ready()
        address = {"PREFECT_API_URL": server.api_url}
        project.extra = {**prefect_settings(project.root), **address, **pins()}

        def start(*command: str) -> int:
            child = subprocess.Popen(
                [sys.executable, "-m", "dask", *command, "--scheduler-file", str(file)],
                cwd=project.root.parent,
                env=project.environment(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            stack.callback(child.wait, 30)
            stack.callback(child.terminate)
            return child.pid

        start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        workers = [start("worker", "--nthreads", "1", "--no-nanny", "--no-dashboard") for _ in "12"]
        while not file.exists():
            time.sleep(0.1)
        yield project, json.loads(file.read_text())["address"], workers


def on_dask(project: Project, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), *arguments],
        cwd=project.root,
        env=project.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_run_on_dask_outlives_a_worker_and_leaves_the_same_bytes(
    cluster: tuple[Project, str, list[int]], by_flow: tuple[Project, str]
) -> None:
    project, address, workers = cluster
    run = on_dask(project, address)
    store = project.root / ".smrt" / "models"
    while not [*store.glob("*/model/model.json")]:
        assert run.poll() is None, run.communicate()
        time.sleep(0.02)
    os.kill(workers[0], signal.SIGKILL)
    output, errors = run.communicate(timeout=400)
    assert run.returncode == 0, errors
    assert "ran: validate, split, train, generate, evaluate, report" in output
    assert project.digests() == by_flow[0].digests()
    assert project.lock() == by_flow[0].lock()
    assert "nothing, all is up to date" in on_dask(project, address).communicate()[0]


def test_without_a_server_it_says_so(fresh: Callable[[str], Project]) -> None:
    pytest.importorskip("prefect_dask", reason="the extra dask is not installed")
    refused = on_dask(fresh("no-server"), "tcp://127.0.0.1:1")
    assert "PREFECT_API_URL" in refused.communicate()[1]
    assert refused.returncode == 1
