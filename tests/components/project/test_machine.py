"""Faults of the machine are called by their names, and are nobody's mistake."""

import errno
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import torch

from components.project.machine import fault, fault_of

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("[Errno 28] No space left on device", "disk is full"),
        ("[Errno 24] Too many open files: 'x'", "ulimit -n"),
        ("[Errno 30] Read-only file system: '.dvc/tmp'", "read-only"),
        ("[Errno 13] Permission denied: 'data/t.csv'", "right to it"),
        ("[Errno 27] File too large", "ulimit -f"),
        ("[Errno 12] Cannot allocate memory", "out of memory"),
    ],
)
def test_a_fault_of_the_machine_is_called_by_its_name(words: str, named: str) -> None:
    found = fault(words)
    assert found is not None
    assert named in found
    assert words in found


def test_other_words_are_no_fault_of_the_machine() -> None:
    assert fault("failed to pull data from the cloud") is None


@pytest.mark.parametrize(
    "ask",
    [
        lambda: np.empty(2**55),
        lambda: pa.allocate_buffer(2**55),
        lambda: torch.empty(2**52),
        lambda: bytearray(2**60),
    ],
)
def test_every_library_that_lacks_memory_is_understood(ask: object) -> None:
    with pytest.raises((MemoryError, RuntimeError)) as caught:
        ask()  # type: ignore[operator]
    assert "out of memory" in str(fault_of(caught.value))


@pytest.mark.parametrize("wrapped", [False, True])
def test_the_errors_of_databases_and_of_groups_are_understood(
    tmp_path: Path, wrapped: bool
) -> None:
    first = sqlite3.connect(tmp_path / "d", timeout=0)
    second = sqlite3.connect(tmp_path / "d", timeout=0)
    first.execute("BEGIN EXCLUSIVE")
    with pytest.raises(sqlite3.OperationalError) as caught:
        second.execute("CREATE TABLE t (x)")
    first.close()
    second.close()
    error: Exception = caught.value
    if wrapped:
        error = ExceptionGroup("a task failed", [KeyError("x"), error])
    assert "database under .smrt" in str(fault_of(error))


def test_what_a_mistake_comes_from_is_looked_at() -> None:
    error = ValueError("no table")
    error.__cause__ = OSError(errno.EIO, "Input/output error")
    assert "disk reports an error" in str(fault_of(error))


def test_a_mistake_of_ours_is_no_fault_of_the_machine() -> None:
    assert fault_of(KeyError("permission denied")) is None
    assert fault_of(RuntimeError("mat1 and mat2 shapes cannot be multiplied")) is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
@pytest.mark.parametrize("command", [["flows.cli", "report"], ["components.report"]])
def test_a_short_address_space_is_named_before_a_library_ends_the_process(
    command: list[str], tmp_path: Path
) -> None:
    import resource

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))

    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        preexec_fn=limit,
    )
    assert done.returncode == 2, done.stderr
    assert "may address 3.0 GB of memory" in done.stderr
    assert "ulimit -v" in done.stderr
