"""What ``python -m components.<stage>`` does around its stage: errors, progress, exit code."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from components.project.params import Params, load_params
from components.project.workspace import Workspace
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
    try:
        workspace = Workspace(Path.cwd())
        run(workspace, load_params(workspace.root), LineProgress(name))
    except SmrtError as error:
        sys.stderr.write(f"{name}: {one_line(str(error))}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write(f"{name}: interrupted; earlier artifacts are as they were\n")
        return 130
    return 0
