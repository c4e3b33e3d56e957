"""A run that is stopped leaves nothing broken, and the next one goes on from there."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable

import pytest
import yaml
from projects import Project
from stacks import belonging

from flows.server.prefect_server import PrefectServer, prefect_settings


def start(project: Project) -> "subprocess.Popen[str]":
    """Start `smrt run` as a terminal would: as the leader of a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "flows.cli", "run"],
        cwd=project.root,
        env=project.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def fitted(project: Project) -> int:
    """Return how many models the store holds."""
    return len(list((project.root / ".smrt" / "models").glob("*/model/model.json")))


def wait_for_a_fit(project: Project, run: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + 240
    while fitted(project) == 0:
        assert run.poll() is None, run.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def slow_fits(fresh: Callable[[str], Project]) -> Project:
    """Return a project whose fits take long enough to be interrupted."""
    project = fresh("interrupted")
    project.set_params({"vae": {"min_steps": 400, "max_steps": 400, "n_epochs": 400}})
    return project


def test_ctrl_c_ends_the_run_and_the_server(slow_fits: Project) -> None:
    run = start(slow_fits)
    wait_for_a_fit(slow_fits, run)
    os.killpg(run.pid, signal.SIGINT)
    output, errors = run.communicate(timeout=120)
    assert run.returncode == 130, output + errors
    assert "Finished models are kept" in errors
    assert "Traceback" not in output + errors
    assert belonging(slow_fits) == []
    assert not (slow_fits.root / "artifacts" / "models").exists()
    database = slow_fits.root / ".smrt" / "prefect" / "prefect.db"
    with contextlib.closing(sqlite3.connect(database)) as connection:
        states = connection.execute("SELECT state_type FROM flow_run").fetchall()
    assert states == [("CRASHED",)]


@pytest.mark.slow
def test_killed_run_is_closed_and_its_fits_are_reused(
    slow_fits: Project, fresh: Callable[[str], Project]
) -> None:
    run = start(slow_fits)
    wait_for_a_fit(slow_fits, run)
    os.killpg(run.pid, signal.SIGKILL)
    run.communicate()
    kept = fitted(slow_fits)
    deadline = time.monotonic() + 30
    while belonging(slow_fits) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert belonging(slow_fits) == []

    slow_fits.smrt("run")
    with PrefectServer({**os.environ, **prefect_settings(slow_fits.root)}) as server:
        server.wait_until_ready()
        from test_run import history

        states = sorted(flow_run["state_type"] for flow_run in history(server, "flow_runs"))
        logs = [line["message"] for line in history(server, "logs")]
    assert states == ["COMPLETED", "CRASHED"]
    assert sum("reused" in line for line in logs) >= kept > 0

    other = fresh("never-killed")
    (other.root / "params.yaml").write_text((slow_fits.root / "params.yaml").read_text())
    other.dvc("repro")
    assert other.lock() == slow_fits.lock()


# Runs `smrt run`, and presses Ctrl-C while DVC takes up what the third stage, train, has written.
CTRL_C = """
import os, signal, threading
from components.versions import dvc
real, calls = dvc.commit, []
def commit(stage, **named):
    calls.append(stage)
    if len(calls) == 3:
        threading.Timer(0.3, os.killpg, (0, signal.SIGINT)).start()
    real(stage, **named)
dvc.commit = commit
from flows.cli.app import app
app(["run"])
"""


@pytest.mark.slow
def test_ctrl_c_while_dvc_writes(
    by_flow: tuple[Project, str], fresh: Callable[[str], Project]
) -> None:
    project = fresh("ctrl-c")
    run = subprocess.run(
        [sys.executable, "-c", CTRL_C],
        cwd=project.root,
        env=project.environment(),
        capture_output=True,
        text=True,
        start_new_session=True,
    )
    assert run.returncode == 130, run.stdout + run.stderr
    assert "Traceback" not in run.stderr
    assert belonging(project) == []
    assert "train" in yaml.safe_load(project.lock())["stages"]
    assert "train" not in json.loads(project.dvc("status", "--json"))
    project.smrt("run")
    assert project.lock() == by_flow[0].lock()
    assert project.digests() == by_flow[0].digests()


@pytest.mark.slow
def test_second_run_refuses_or_waits(slow_fits: Project) -> None:
    run = start(slow_fits)
    wait_for_a_fit(slow_fits, run)
    refused = slow_fits.smrt("run", check=False)
    assert refused.returncode == 2
    assert str(run.pid) in refused.stderr
    queued = slow_fits.smrt("run", "--wait")
    assert "Waiting for another run" in queued.stdout
    assert "Nothing changed" in queued.stdout
    _, errors = run.communicate(timeout=120)
    assert run.returncode == 0, errors
    assert json.loads(slow_fits.dvc("status", "--json")) == {}
