"""SIGKILL at random instants: in the end there are the bytes of a command never killed."""

import contextlib
import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from campaign import RESULTS, SEED, scaled
from killing import Killing, gone, held, processes, said, started, temporary
from projects import Project, copy, make_template, small_table
from stacks import up

from components.versions.publication import POINTER

pytestmark = [pytest.mark.faults, pytest.mark.timeout(0)]

FAST = {
    "vae": {"n_epochs": 2, "min_steps": 5, "max_steps": 10},
    "evaluate": {"methods": ["none", "smote", "smrt"], "classifiers": ["logistic_regression"]},
}
SMRT = ["-m", "flows.cli"]
RETRAIN = """
import os
from pathlib import Path
from flows.server.prefect_server import PrefectServer, prefect_settings
os.environ.update(prefect_settings(Path.cwd()))
with PrefectServer(os.environ) as server:
    server.wait_until_ready()
    os.environ["PREFECT_API_URL"] = server.api_url
    from flows.retrain import retrain
    print(retrain())
"""


def results(project: Project) -> dict[str, str]:
    return held(project, "dvc.lock", "artifacts/**/*", "data/**/*", "data.dvc", "incoming/*")


def published(project: Project) -> list[Any]:
    """Return what is published, but for commits and the names of runs, which Prefect draws."""
    entries = json.loads((project.root / POINTER).read_text())["published"]
    return [{**entry, "commit": None, "run": None} for entry in entries]


@pytest.fixture(scope="module")
def fresh(
    tmp_path_factory: pytest.TempPathFactory, prefect_home: Callable[[Path], None]
) -> Project:
    """Return a project in which nothing has run yet."""
    project = make_template(tmp_path_factory.mktemp("fresh") / "a project")
    project.set_params(FAST)
    prefect_home(project.root)
    return project


@pytest.fixture(scope="module")
def ran(fresh: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project with two runs, the first of which is published, and new rows."""
    project = copy(fresh, tmp_path_factory.mktemp("ran"))
    project.smrt("run")
    (first,) = project.dvc("exp", "list", "--name-only").split()
    project.smrt("publish", first)
    project.set_params({"evaluate": {"primary_metric": "f1"}})
    project.smrt("run")
    new = small_table().iloc[96:].assign(alcohol=lambda t: (t["alcohol"] + 0.05).round(2))
    (project.root / "incoming").mkdir()
    new.to_csv(project.root / "incoming" / "new.csv", index=False)
    return project


def second(project: Project) -> str:
    known = json.loads((project.root / POINTER).read_text())["published"]
    names = project.dvc("exp", "list", "--name-only").split()
    (name,) = set(names) - {entry["run"] for entry in known}
    return name


def test_run(fresh: Project, tmp_path: Path) -> None:
    Killing("smrt run", fresh, tmp_path, [*SMRT, "run"], results).run(60)


def test_init(tmp_path: Path) -> None:
    empty = Project(tmp_path / "empty")
    empty.root.mkdir()
    small_table().to_csv(empty.root / "t.csv", index=False)
    command = [*SMRT, "init", "t.csv", "--target", "target", "--yes"]
    state = lambda project: held(project, "*", "data/*")  # noqa: E731
    Killing("smrt init", empty, tmp_path, command, state).run(30)


def test_balance(tmp_path: Path) -> None:
    empty = Project(tmp_path / "empty")
    empty.root.mkdir()
    small_table().to_csv(empty.root / "t.csv", index=False)
    command = [*SMRT, "balance", "t.csv", "out.csv", "--target", "target", "--yes"]
    state = lambda project: held(project, "**/*")  # noqa: E731
    Killing("smrt balance", empty, tmp_path, command, state).run(10)


def test_drift(ran: Project, tmp_path: Path) -> None:
    state = lambda project: held(project, ".smrt/drift/*", POINTER)  # noqa: E731
    Killing("smrt drift", ran, tmp_path, [*SMRT, "drift", "incoming/new.csv"], state).run(20)


def test_publish(ran: Project, tmp_path: Path) -> None:
    state = lambda project: held(project, POINTER, ".smrt/versions/**/*")  # noqa: E731
    Killing("smrt publish", ran, tmp_path, [*SMRT, "publish", second(ran)], state).run(30)


def test_rollback(ran: Project, tmp_path: Path) -> None:
    """What was rolled back is published again first: a second rollback has nowhere to go."""
    start = copy(ran, tmp_path)
    name = second(start)
    again = f"from flows.cli.app import app; app(['publish', {name!r}], standalone_mode=False)"
    back = f"{again}; app(['rollback'], standalone_mode=False)"
    state = lambda project: held(project, POINTER)  # noqa: E731
    Killing("smrt rollback", start, tmp_path, ["-c", back], state).run(10)


def test_retrain(ran: Project, tmp_path: Path) -> None:
    state = lambda project: (results(project), published(project))  # noqa: E731
    Killing("retrain-on-drift", ran, tmp_path, ["-c", RETRAIN], state).run(20)


def test_servers(fresh: Project, tmp_path: Path) -> None:
    """The server is killed under a run, which ends by itself; the next one makes it good."""
    draw = random.Random(f"{SEED} kills of servers")
    whole = copy(fresh, tmp_path / "whole")
    begun = time.monotonic()
    whole.smrt("run")
    long = time.monotonic() - begun
    begun, slowest, lost, kills, wanted = time.monotonic(), 0.0, 0, 0, scaled(10)
    while kills < wanted:
        project = copy(fresh, tmp_path / str(time.monotonic_ns()))
        run = started(project, [*SMRT, "run"])
        deadline = time.monotonic() + draw.uniform(1, long)
        while run.poll() is None and (time.monotonic() < deadline or not server_of(project)):
            time.sleep(0.05)
        for process in server_of(project):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
                kills += 1
        code = run.wait(300)
        assert code in (0, 2), said(project)
        assert "Traceback" not in said(project)
        lost += code == 2
        slowest = max(slowest, gone(project))
        assert started(project, [*SMRT, "run"]).wait(300) == 0, said(project)
        assert results(project) == results(whole)
        assert temporary(project) == []
    took = round(time.monotonic() - begun)
    RESULTS["kills of the server"] = (kills, kills - lost, lost, 0, took, slowest)


def server_of(project: Project) -> list[int]:
    found = processes(project)
    return [pid for pid, words in found.items() if "server" in words and "tether" not in words]


def test_stacks(fresh: Project, tmp_path: Path) -> None:
    """`smrt up` loses its worker, its server, a flow run, or dies: all is made good."""
    draw = random.Random(f"{SEED} kills of stacks")
    whole = copy(fresh, tmp_path / "whole")
    whole.smrt("run")
    begun, slowest, wanted = time.monotonic(), 0.0, scaled(10)
    for number in range(wanted):
        project = copy(fresh, tmp_path / str(number))
        project.extra["FAULTS_PROJECT"] = str(project.root)
        try:
            with up(project) as stack:
                stack.start("balance-nightly")
                time.sleep(draw.uniform(1, 12))
                os.kill(draw.choice(sorted(processes(project))), signal.SIGKILL)
                time.sleep(draw.uniform(0, 3))
        except (AssertionError, OSError, subprocess.TimeoutExpired):
            pass  # smrt up may be what was killed
        slowest = max(slowest, gone(project))
        project.smrt("run")
        assert results(project) == results(whole)
        assert temporary(project) == []
    took = round(time.monotonic() - begun)
    RESULTS["kills of smrt up"] = (wanted, wanted, 0, 0, took, slowest)
