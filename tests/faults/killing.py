"""Commands that are killed at random instants, again and again, until they end by themselves."""

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from campaign import RESULTS, SEED, scaled
from projects import Project

_PATIENCE_SECONDS = 30
_LONGEST_SECONDS = 600


def processes(project: Project) -> dict[int, str]:
    """Return the processes that a project's commands started, and what they run."""
    mark = f"FAULTS_PROJECT={project.root}".encode()
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (entry / "environ").read_bytes().split(b"\0"):
                words = (entry / "cmdline").read_bytes().replace(b"\0", b" ")
                found[int(entry.name)] = words.decode(errors="replace")
        except OSError:
            continue
    return found


def started(project: Project, command: list[str]) -> "subprocess.Popen[bytes]":
    """Start Python with a project's environment, so that its processes are found again."""
    said = (project.root.parent / "said").open("wb")
    with said:
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=project.root,
            env=project.environment() | {"FAULTS_PROJECT": str(project.root)},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def said(project: Project) -> str:
    """Return the end of what the last command said."""
    return (project.root.parent / "said").read_text(errors="replace")[-3000:]


def gone(project: Project) -> float:
    """Wait until no process of a project is left; return how long that took, in seconds."""
    since = time.monotonic()
    while left := processes(project):
        assert time.monotonic() - since < _PATIENCE_SECONDS, left
        time.sleep(0.02)
    return time.monotonic() - since


def held(project: Project, *patterns: str) -> dict[str, str]:
    """Return the digests of a project's files."""
    files = {path for pattern in patterns for path in project.root.glob(pattern) if path.is_file()}
    return {
        str(path.relative_to(project.root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(files)
    }


def temporary(project: Project) -> list[Path]:
    """Return what an unfinished write left: our own names, and git's locks."""
    own = [path for path in project.root.rglob("*.tmp") if ".dvc" not in path.parts]
    return [*own, *(project.root / ".git").rglob("*.lock")]


class Killing:
    """Kills one command in copies of one project.

    Parameters
    ----------
    kind : str
        Seeds the instants, with FAULTS_SEED.
    start : Project
        What to begin with.
    folder : Path
        Where the copies go.
    command : list of str
        For Python.
    state : callable
        What is to be the same in the end as after one undisturbed command.
    """

    def __init__(
        self,
        kind: str,
        start: Project,
        folder: Path,
        command: list[str],
        state: Callable[[Project], Any],
    ) -> None:
        self.kind, self.start, self.folder = kind, start, folder
        self.command, self.state = command, state
        self.draw = random.Random(f"{SEED} kills {kind}")
        self.slowest = self.long = 0.0
        self.wanted: Any = None

    def run(self, count: int, longest: float = 12.0) -> None:
        """Kill ``count`` times at a FAULTS_SCALE of 1, each at most ``longest`` seconds in."""
        begun, kills, wanted = time.monotonic(), 0, scaled(count)
        project = self._new()
        self._end(project)
        self.wanted = self.state(project)
        longest = min(longest, 1.1 * self.long)
        project = self._new()
        while kills < wanted:
            run = started(project, self.command)
            try:
                run.wait(self.draw.uniform(0.1, longest))
            except subprocess.TimeoutExpired:
                self._kill(run)
                kills += 1
                self.slowest = max(self.slowest, gone(project))
                continue
            project = self._checked(project, run.returncode)
        self._end(project)
        self._checked(project, 0)
        took = round(time.monotonic() - begun)
        RESULTS[f"kills of {self.kind}"] = (kills, kills, 0, 0, took, self.slowest)

    def _kill(self, run: "subprocess.Popen[bytes]") -> None:
        """Kill the command alone, or with the git and DVC that it has started."""
        if self.draw.random() < 0.5:
            run.kill()
        else:
            os.killpg(run.pid, signal.SIGKILL)
        assert run.wait() == -signal.SIGKILL

    def _end(self, project: Project) -> None:
        begun = time.monotonic()
        run = started(project, self.command)
        assert run.wait(_LONGEST_SECONDS) == 0, said(project)
        self.long = time.monotonic() - begun

    def _checked(self, project: Project, code: int) -> Project:
        assert code == 0, said(project)
        self.slowest = max(self.slowest, gone(project))
        assert self.state(project) == self.wanted
        assert temporary(project) == []
        shutil.rmtree(project.root)
        return self._new()

    def _new(self) -> Project:
        place = self.folder / self.kind.replace(" ", "-") / str(time.monotonic_ns())
        place.mkdir(parents=True)
        return Project(Path(shutil.copytree(self.start.root, place / "a project", symlinks=True)))
