"""Runs whose process is gone, with real processes that are really killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from components.project.errors import RunInProgressError, ServerAddressError
from flows.alive import dead_runs
from flows.server.child import Child
from flows.server.prefect_server import listen
from flows.server.stack import Where, only_stack, standing

ROOT = Path(__file__).parents[2]
WORK = """
import fcntl, sys, time
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
print("working", flush=True)
time.sleep(60)
"""
PARENT = """
import sys, time
from pathlib import Path
from flows.server.child import Child
import os
inner = "import time; print(1, flush=True); time.sleep(600)"
Child("x", ["-c", inner, sys.argv[2]], os.environ, Path(sys.argv[1]))
print("started", flush=True)
time.sleep(60)
"""


def processes(mark: str) -> list[int]:
    """Return the processes that have a word among their arguments."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (entry / "cmdline").read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except OSError:
            continue
    return [pid for pid in found if pid != os.getpid()]


def until(true: object, seconds: float = 30.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():  # type: ignore[operator]
            return True
        time.sleep(0.1)
    return False


@pytest.fixture
def worker(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    path = tmp_path / ".smrt" / "runs" / str(uuid4())
    path.parent.mkdir(parents=True)
    process = subprocess.Popen(
        [sys.executable, "-c", WORK, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "working\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_run_is_dead_when_its_process_is(tmp_path: Path, worker: "subprocess.Popen[str]") -> None:
    (path,) = (tmp_path / ".smrt" / "runs").iterdir()
    assert dead_runs(tmp_path) == []
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    assert dead_runs(tmp_path) == [path.name]


def test_nothing_has_run_yet(tmp_path: Path) -> None:
    assert dead_runs(tmp_path) == []


def test_what_hangs_on_a_tether_ends_with_its_starter(tmp_path: Path) -> None:
    mark = f"mark-{uuid4()}"
    starter = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path / "log"), mark],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert starter.stdout is not None
    assert starter.stdout.readline() == "started\n"
    assert until(lambda: (tmp_path / "log").read_text() == "1\n")
    assert len(processes(mark)) >= 2
    starter.kill()
    starter.wait()
    starter.stdout.close()
    assert until(lambda: processes(mark) == [])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of such a death")
def test_a_killed_tether_takes_its_command_along(tmp_path: Path) -> None:
    mark = f"mark-{uuid4()}"
    inner = "import time; print(1, flush=True); time.sleep(600)"
    child = Child("x", ["-c", inner, mark], os.environ, tmp_path / "log")
    assert until(lambda: (tmp_path / "log").read_text() == "1\n")
    child._process.kill()
    assert until(lambda: processes(mark) == [])
    child.stop()


def test_what_ends_is_seen_and_stopping_it_is_no_mistake(tmp_path: Path) -> None:
    child = Child("x", ["-c", "raise SystemExit(3)"], os.environ, tmp_path / "log")
    assert until(lambda: not child.running())
    child.stop()
    child.stop()


def test_one_stack_a_project(tmp_path: Path) -> None:
    where = Where(os.getpid(), "http://127.0.0.1:1", "http://127.0.0.1:1/api")
    assert standing(tmp_path) is None
    with only_stack(tmp_path, where):
        assert standing(tmp_path) == where
        with (
            pytest.raises(RunInProgressError, match=f"process {os.getpid()}, pages at http"),
            only_stack(tmp_path, where),
        ):
            pass
    assert standing(tmp_path) is None


def test_a_taken_port_is_named() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServerAddressError, match=rf"127\.0\.0\.1:{port} .*--port 0"):
            listen("127.0.0.1", port)


@pytest.mark.parametrize(
    ("host", "own"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("a", False)],
)
def test_who_can_reach_a_host(host: str, own: bool) -> None:
    from flows.server.up import is_loopback

    assert is_loopback(host) is own
