"""Seconds per stage, beside the artifacts and never in them: they differ from run to run."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from components.project.workspace import Workspace, write_json


def read_timings(workspace: Workspace) -> dict[str, Any]:
    """Return what was measured last, by stage; empty when nothing was."""
    try:
        timings = json.loads(workspace.timings.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return timings if isinstance(timings, dict) else {}


def record(workspace: Workspace, stage: str, **measured: Any) -> None:
    """Replace a stage's entry by ``measured``."""
    write_json(workspace.timings, {**read_timings(workspace), stage: measured})


@contextmanager
def timed(workspace: Workspace, stage: str) -> Iterator[dict[str, Any]]:
    """Record the seconds that the block takes, and what it puts into the yielded dict."""
    started = time.perf_counter()
    details: dict[str, Any] = {}
    yield details
    record(workspace, stage, seconds=round(time.perf_counter() - started, 3), **details)
