"""The surroundings of ``python -m components.<stage>``: errors, progress, exit code, seconds.

Seconds stand beside the artifacts and never in them, since they differ from run to run.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from components.project.machine import short_address_space
from components.project.params import MACHINE_INDEPENDENT, Params, load_params
from components.project.workspace import Workspace, read_json, write_json
from smrt_lightning import kernels
from smrt_lightning.errors import SmrtError

Progress = Callable[[int, int, str], None]
"""Called with the steps done, the steps in all, and what was done last."""


class Stage(Protocol):
    """The ``run`` function of a stage."""

    def __call__(
        self, workspace: Workspace, params: Params, progress: Progress | None = None
    ) -> None:
        """Read the stage's inputs, write its outputs."""


def one_line(text: str) -> str:
    """Return text with line breaks and control characters escaped, for a terminal or a log."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )


class LineProgress:
    """Progress as plain lines on standard error, at most one a second."""

    def __init__(self, stage: str) -> None:
        self._stage = stage
        self._next = time.monotonic() + 1.0

    def __call__(self, done: int, total: int, what: str) -> None:
        """Print a line when the last one is more than a second old."""
        now = time.monotonic()
        if now >= self._next:
            sys.stderr.write(f"{self._stage}: {done}/{total} {one_line(what)}\n")
            sys.stderr.flush()
            self._next = now + 1.0


def run_stage(name: str, run: Stage) -> int:
    """Run a stage in the current directory and return its exit code.

    A mistake of the user is one line on standard error and exit code 2; a bug keeps its traceback.
    """
    if (shortage := short_address_space()) is not None:
        sys.stderr.write(f"{name}: {shortage}\n")
        return 2
    try:
        workspace = Workspace(Path.cwd())
        params = load_params(workspace.root)
        if (
            params.reproducible == MACHINE_INDEPENDENT
            and not kernels.pinned()
            and _is_command(name)
        ):
            kernels.restart()
        run(workspace, params, LineProgress(name))
    except SmrtError as error:
        sys.stderr.write(f"{name}: {one_line(str(error))}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write(f"{name}: interrupted; earlier artifacts are as they were\n")
        return 130
    return 0


def _is_command(name: str) -> bool:
    """Tell whether this process is ``python -m components.<name>``, and nothing else."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    return spec is not None and f".{spec.name}".endswith(f".components.{name}")


def read_timings(workspace: Workspace) -> dict[str, Any]:
    """Return what was measured last, by stage; empty when nothing was."""
    try:
        timings = read_json(workspace.timings)
    except SmrtError:
        return {}
    return timings if isinstance(timings, dict) else {}


def record_timing(workspace: Workspace, stage: str, **measured: Any) -> None:
    """Replace a stage's entry by ``measured``."""
    write_json(workspace.timings, {**read_timings(workspace), stage: measured})


@contextmanager
def timed(workspace: Workspace, stage: str) -> Iterator[dict[str, Any]]:
    """Record the seconds that the block takes, and what it puts into the yielded dict."""
    started = time.perf_counter()
    details: dict[str, Any] = {}
    yield details
    record_timing(workspace, stage, seconds=round(time.perf_counter() - started, 3), **details)
