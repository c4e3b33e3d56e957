"""One run at a time, and no lock left behind by a killed one."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from components.project.errors import RunInProgressError
from components.versions.lock import exclusive

HOLD = """
import sys, time
from pathlib import Path
from components.versions.lock import exclusive
with exclusive(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def hold(root: Path, seconds: float) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(root), str(seconds)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    return child


def end(child: subprocess.Popen[str]) -> None:
    child.kill()
    child.communicate()


def test_second_process_is_refused_and_told_who(tmp_path: Path) -> None:
    child = hold(tmp_path, 60)
    try:
        with pytest.raises(RunInProgressError, match=rf"process {child.pid}"), exclusive(tmp_path):
            pass
    finally:
        end(child)


def test_killed_holder_leaves_no_lock(tmp_path: Path) -> None:
    child = hold(tmp_path, 60)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    with exclusive(tmp_path):
        pass


def test_waiting_says_so_once_and_gets_it(tmp_path: Path) -> None:
    child = hold(tmp_path, 1.2)
    heard: list[str] = []
    try:
        with exclusive(tmp_path, wait=True, waiting=heard.append):
            assert child.wait(5) == 0
    finally:
        end(child)
    assert len(heard) == 1
    assert str(child.pid) in heard[0]


def test_can_be_entered_again_and_is_freed(tmp_path: Path) -> None:
    with exclusive(tmp_path), exclusive(tmp_path / "." / "x" / ".."):
        pass
    child = hold(tmp_path, 0)
    assert child.wait(5) == 0
    end(child)


def test_inner_block_does_not_free_the_outer(tmp_path: Path) -> None:
    with exclusive(tmp_path):
        with exclusive(tmp_path):
            pass
        refused = subprocess.run(
            [sys.executable, "-c", HOLD, str(tmp_path), "0"], capture_output=True, text=True
        )
    assert "RunInProgressError" in refused.stderr
