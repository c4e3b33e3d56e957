"""Faults of the machine at random places: exit 2 and a name, and nothing is lost."""

import contextlib
import errno
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from campaign import Campaign
from killing import held
from projects import Project, copy, make_template, small_table
from test_random_kills import FAST, POINTER, results, second

from flows.server.prefect_server import prefect_settings

pytestmark = [pytest.mark.faults, pytest.mark.timeout(0)]
HERE = Path(__file__).parent
_LONGEST_SECONDS = 300
_FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)


@dataclass
class Fault:
    """What ails the machine while a command runs.

    Attributes
    ----------
    name : str
    environment : dict of str to str
    limits : dict of int to int
        Soft limits of resources.
    around : callable or None
        Given the project, a context in which the command runs.
    """

    name: str
    environment: dict[str, str] = field(default_factory=dict)
    limits: dict[int, int] = field(default_factory=dict)
    around: Callable[[Project], contextlib.AbstractContextManager[None]] | None = None


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the library that lets writes fail, compiled."""
    if shutil.which("gcc") is None:
        pytest.skip("writes are made to fail by a small C library: install gcc")
    path = tmp_path_factory.mktemp("failing") / "failing.so"
    command = ["gcc", "-shared", "-fPIC", "-o", str(path), str(HERE / "failing.c"), "-ldl"]
    subprocess.run(command, check=True)
    return path


@contextlib.contextmanager
def read_only(folder: Path) -> Iterator[None]:
    if subprocess.run(["mount", "--bind", folder, folder], capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", folder], check=True)
        yield
    finally:
        for _ in range(60):  # a server that has not quite ended keeps the place busy
            if subprocess.run(["umount", folder], capture_output=True).returncode == 0:
                break
            time.sleep(0.5)
        else:
            raise AssertionError(f"{folder} is still in use")


@contextlib.contextmanager
def locked_database(project: Project) -> Iterator[None]:
    home = Path(prefect_settings(project.root)["PREFECT_HOME"])
    with contextlib.closing(sqlite3.connect(home / "prefect.db")) as database:
        database.execute("BEGIN EXCLUSIVE")
        yield


def fault(draw: random.Random, library: Path, project: Project) -> Fault:
    """Draw a fault."""
    name = draw.choice(
        ["disk full"] * 4
        + ["disk error"] * 2
        + ["read-only place"] * 3
        + ["file size", "handles", "memory", "memory", "locked SQLite"]
        + ["clock"] * (_FAKETIME is not None)
    )
    if name in ("disk full", "disk error"):
        number = errno.ENOSPC if name == "disk full" else errno.EIO
        return Fault(
            name,
            {
                "LD_PRELOAD": str(library),
                "FAULTS_ROOT": str(project.root),
                "FAULTS_NTH": str(round(2 ** draw.uniform(0, 9))),
                "FAULTS_ERRNO": str(number),
            },
        )
    if name == "read-only place":
        places = [".", ".smrt", ".dvc", "artifacts", "data", ".git", ".dvc/cache", ".smrt/models"]
        place = draw.choice([p for p in places if (project.root / p).is_dir()])
        return Fault(f"{name} {place}", around=lambda p: read_only(p.root / place))
    if name == "file size":
        return Fault(name, limits={resource.RLIMIT_FSIZE: round(2 ** draw.uniform(8, 21))})
    if name == "handles":
        return Fault(name, limits={resource.RLIMIT_NOFILE: draw.randint(8, 120)})
    if name == "memory":
        return Fault(name, limits={resource.RLIMIT_AS: draw.randint(300, 3000) << 20})
    if name == "clock":
        shift = draw.choice(["-400d", "+400d", "-1h", "+30y", "-20y"])
        return Fault(name, {"LD_PRELOAD": str(_FAKETIME), "FAKETIME": shift})
    return Fault(name, around=locked_database)


def run(
    project: Project, arguments: list[str], ailing: Fault
) -> "subprocess.CompletedProcess[str]":
    """Run `smrt` on an ailing machine."""

    def limit() -> None:
        for what, most in ailing.limits.items():
            resource.setrlimit(what, (most, resource.getrlimit(what)[1]))

    around = ailing.around(project) if ailing.around else contextlib.nullcontext()
    with around:
        return subprocess.run(
            [sys.executable, "-m", "flows.cli", *arguments],
            cwd=project.root,
            env=project.environment() | ailing.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_LONGEST_SECONDS,
            preexec_fn=limit if ailing.limits else None,
        )


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, prefect_home: Callable[[Path], None]) -> Project:
    """Return a project with two runs, the first of which is published."""
    project = make_template(tmp_path_factory.mktemp("ran") / "a project")
    project.set_params(FAST)
    prefect_home(project.root)
    small_table().iloc[90:].to_csv(project.root / "new.csv", index=False)
    project.smrt("run")
    (first,) = project.dvc("exp", "list", "--name-only").split()
    project.smrt("publish", first)
    project.set_params({"evaluate": {"primary_metric": "f1"}})
    project.smrt("run")
    return project


def test_machine(campaign: Campaign, ran: Project, library: Path, tmp_path: Path) -> None:
    """What a command does under a fault it says; repeated without it, all is as it should be."""
    name = second(ran)
    commands = {
        "run": ["run"],
        "balance": ["balance", "data/table.csv", "out.csv", "--target", "target", "--yes"],
        "drift": ["drift", "new.csv"],
        "publish": ["publish", name],
    }
    params = {"split": {"test_size": 0.4}}
    wanted = {}
    for key, arguments in commands.items():
        project = copy(ran, tmp_path / key)
        if key == "run":
            project.set_params(params)
        project.smrt(*arguments)
        wanted[key] = state(project)

    def case(draw: random.Random, place: Path) -> None:
        key = draw.choice(["run", "run", *commands])
        project = copy(ran, place)
        before = state(project)
        if key == "run":
            project.set_params(params)
        ailing = fault(draw, library, project)
        done = run(project, commands[key], ailing)
        told = f"{ailing} {key}: {done.returncode}\n{done.stdout[-600:]}\n{done.stderr[-1500:]}"
        assert "Traceback" not in done.stderr, told
        assert "fault of smrt-lightning" not in done.stderr, told
        assert done.returncode in (0, 2), told
        if done.returncode == 2:
            assert done.stderr.strip(), told
        if key != "run" and done.returncode == 2:
            now = state(project)
            assert now in (before, wanted[key]), (told, set(now) ^ set(before))
        again = project.smrt(*commands[key], check=False)
        assert again.returncode == 0, told + again.stderr[-1500:]
        assert state(project) == wanted[key], told
        shutil.rmtree(project.root)

    campaign.longest_seconds = 600
    campaign.memory_bytes = None
    campaign.run(case, 100)


def state(project: Project) -> dict[str, str]:
    """Return what a user has: results, findings, what is published, what was balanced."""
    return results(project) | held(project, ".smrt/drift/*", POINTER, "out.csv")
