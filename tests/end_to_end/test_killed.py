"""kill -9 wherever it hurts: the next run ends with the bytes of one that was never killed."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from projects import Project
from stacks import belonging

# Runs `smrt run` in this process, which kills itself at the n-th call of a function.
KILL = """
import importlib, os, signal, sys
module, name, nth = sys.argv[1].rsplit(":", 1)[0], sys.argv[1].rsplit(":", 1)[1], int(sys.argv[2])
module = importlib.import_module(module)
real, calls = getattr(module, name), []
def deadly(*arguments, **named):
    calls.append(1)
    if len(calls) == nth:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*arguments, **named)
setattr(module, name, deadly)
from flows.cli.app import app
app(["run"])
"""


def run_and_die(project: Project, where: str, nth: int = 1) -> None:
    """Run `smrt run` until it kills itself."""
    said = project.root / ".smrt" / "said"
    said.parent.mkdir(exist_ok=True)
    with said.open("wb") as output:
        run = subprocess.Popen(
            [sys.executable, "-c", KILL, where, str(nth)],
            cwd=project.root,
            env=project.environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        run.wait()
    assert run.returncode == -signal.SIGKILL, said.read_text()
    nothing_is_left(project)


def nothing_is_left(project: Project) -> None:
    """Check that a killed run's processes notice, and end."""
    deadline = time.monotonic() + 30
    while left := belonging(project):
        assert time.monotonic() < deadline, [command(process) for process in left]
        time.sleep(0.1)


def command(process: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/cmdline").read_text().replace("\0", " ")
    return ""


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_killed_at_every_boundary_and_inside_every_long_stage(
    by_flow: tuple[Project, str], fresh: Callable[[str], Project]
) -> None:
    """One run after the other is killed, each a little further on, and the last one ends."""
    project = fresh("killed")
    store = project.root / ".smrt" / "models"
    run_and_die(project, "components.versions.dvc:commit")  # validate has run, and is not versioned
    run_and_die(project, "components.versions.dvc:commit", 2)  # so has split
    run_and_die(project, "components.project.model_store:keep", 3)
    fitted = {path: path.stat().st_mtime_ns for path in store.glob("*/model/*")}
    assert len(fitted) == 6
    run_and_die(
        project, "components.project.workspace:replace_directory", 2
    )  # between fit and store
    run_and_die(project, "components.versions.dvc:commit")  # train
    kept = {path: path.stat().st_mtime_ns for path in fitted}
    assert kept == fitted, "finished classes are not trained again"
    run_and_die(project, "components.generate:write_parquet", 3)
    run_and_die(project, "components.versions.dvc:commit")  # generate
    run_and_die(project, "components.evaluate:write_json", 2)  # decision.json is missing
    run_and_die(project, "components.versions.dvc:commit")  # evaluate
    run_and_die(project, "components.versions.dvc:commit")  # report
    run_and_die(project, "components.versions.dvc:save_experiment")
    assert project.dvc("exp", "list", "--name-only").split() == []

    output = project.smrt("run").stdout
    assert "Nothing changed" in output
    assert project.lock() == by_flow[0].lock()
    assert project.digests() == by_flow[0].digests()
    assert len(project.dvc("exp", "list", "--name-only").split()) == 1
    assert not list(project.root.rglob("*.tmp"))


def test_what_a_killed_run_began_dvc_repro_ends_with_the_same_bytes(
    by_flow: tuple[Project, str], fresh: Callable[[str], Project]
) -> None:
    project = fresh("killed-once")
    run_and_die(project, "components.project.model_store:keep", 3)
    project.dvc("repro")
    assert project.lock() == by_flow[0].lock()
    assert project.digests() == by_flow[0].digests()
    assert "Nothing changed" in project.smrt("run").stdout


@pytest.mark.skipif(os.cpu_count() == 1, reason="a comparison has processes on several cores only")
def test_the_processes_of_a_comparison_end_with_a_killed_run(done: Project) -> None:
    done.set_params({"evaluate": {"primary_metric": "f1"}})
    done.extra = {"LOKY_MAX_CPU_COUNT": "2"}
    run = subprocess.Popen(
        [sys.executable, "-m", "flows.cli", "run"],
        cwd=done.root,
        env=done.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not any("loky" in command(process) for process in belonging(done)):
        assert run.poll() is None
        time.sleep(0.05)
    time.sleep(1)
    run.kill()
    assert run.wait() == -signal.SIGKILL
    nothing_is_left(done)


@pytest.mark.slow
def test_repro_beside_a_running_flow(
    by_flow: tuple[Project, str], fresh: Callable[[str], Project]
) -> None:
    project = fresh("beside")
    flow = subprocess.Popen(
        [sys.executable, "-m", "flows.cli", "run"],
        cwd=project.root,
        env=project.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    project.run("dvc", "repro", check=False)
    _, errors = flow.communicate(timeout=300)
    assert "Traceback" not in errors, errors
    project.smrt("run")
    assert project.lock() == by_flow[0].lock()
    assert project.digests() == by_flow[0].digests()
