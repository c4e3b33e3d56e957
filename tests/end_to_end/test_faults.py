"""A full disk, a folder that cannot be written, a remote that is away, a clock gone back."""

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from projects import Project
from test_run import history as asked

from flows.server.prefect_server import PrefectServer, prefect_settings

pytestmark = pytest.mark.slow


@contextmanager
def mounted(path: Path, *options: str) -> Iterator[None]:
    """Mount something on a folder for a while; skip where that is not allowed."""
    path.mkdir(exist_ok=True)
    done = subprocess.run(["mount", *options, str(path)], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"this machine lets nobody mount: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", str(path)], check=True)


def clear_failure(done: "subprocess.CompletedProcess[str]", *words: str) -> None:
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr


def test_disk_full(done: Project) -> None:
    before, lock = done.digests(), done.lock()
    done.set_params({"seed": 1})
    with mounted(done.root / ".smrt" / "models", "-t", "tmpfs", "-o", "size=64k", "tmpfs"):
        clear_failure(done.smrt("run", check=False), "No space left on device", "free some space")
    assert done.dvc("checkout") is not None
    assert {k: v for k, v in done.digests().items() if k.startswith("models/")} == {
        k: v for k, v in before.items() if k.startswith("models/")
    }
    done.set_params({"seed": 0})
    done.smrt("run")
    assert done.lock() == lock
    assert done.digests() == before


def test_artifacts_cannot_be_written(done: Project) -> None:
    before = done.digests()
    done.set_params({"evaluate": {"primary_metric": "f1"}})
    folder = done.root / "artifacts"
    with mounted(folder, "--bind", str(folder)):
        remount = ["mount", "-o", "remount,ro,bind", str(folder)]
        if subprocess.run(remount, capture_output=True).returncode:
            pytest.skip("this machine cannot mount a folder read-only")
        clear_failure(done.smrt("run", check=False), "Read-only file system", "make the folder")
    assert done.digests() == before
    done.smrt("run")
    assert done.digests() != before


def test_remote_away(done: Project, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done.dvc("remote", "add", "-d", "shelf", str(tmp_path / "file" / "inside"))
    done.set_params({"evaluate": {"primary_metric": "f1"}})
    failed = done.smrt("run", check=False)
    clear_failure(failed, "cannot push to the DVC remote 'shelf'", "safe in the local cache")
    assert len(done.dvc("exp", "list", "--name-only").split()) == 2
    again = done.smrt("run", check=False)  # nothing to train, but still to push
    clear_failure(again, "cannot push to the DVC remote 'shelf'", "safe in the local cache")
    assert len(done.dvc("exp", "list", "--name-only").split()) == 2

    done.dvc("remote", "modify", "shelf", "url", str(tmp_path / "shelf"))
    said = done.smrt("run").stdout
    assert "pushed to the DVC remote 'shelf'" in said
    assert "Nothing changed" in said
    assert "pushed" not in done.smrt("run").stdout
    done.set_params({"evaluate": {"primary_metric": "mcc"}})
    assert "pushed to the DVC remote 'shelf'" in done.smrt("run").stdout
    artifacts = done.digests()
    shutil.rmtree(done.root / ".dvc" / "cache")
    shutil.rmtree(done.root / "artifacts")
    done.dvc("pull")
    assert done.digests() == artifacts


class Shelf(BaseHTTPRequestHandler):
    """A remote that is overloaded: it takes each file at the second attempt only."""

    files: dict[str, bytes]
    tried: set[str]

    def do_POST(self) -> None:
        content = b""
        while size := int(self.rfile.readline(), 16):  # chunks
            content += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        if self.path in self.tried:
            self.files[self.path] = content
        self.answer(200 if self.path in self.tried else 503, b"")
        self.tried.add(self.path)

    def do_GET(self) -> None:
        found = self.files.get(self.path)
        self.answer(404 if found is None else 200, found or b"")

    def do_HEAD(self) -> None:
        self.do_GET()

    def answer(self, code: int, content: bytes) -> None:
        self.send_response(code)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


def test_remote_overloaded(done: Project) -> None:
    class Own(Shelf):
        files: ClassVar = {}
        tried: ClassVar = set()

    with ThreadingHTTPServer(("127.0.0.1", 0), Own) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            done.dvc("remote", "add", "-d", "shelf", f"http://127.0.0.1:{server.server_port}/files")
            done.set_params({"evaluate": {"primary_metric": "f1"}})
            assert "pushed to the DVC remote 'shelf'" in done.smrt("run").stdout
            artifacts = done.digests()
            shutil.rmtree(done.root / ".dvc" / "cache")
            shutil.rmtree(done.root / "artifacts")
            done.dvc("pull")
        finally:
            server.shutdown()
    assert done.digests() == artifacts
    with PrefectServer({**os.environ, **prefect_settings(done.root)}) as history:
        history.wait_until_ready()
        pushes = [run["run_count"] for run in asked(history, "task_runs") if run["name"] == "push"]
    assert sorted(pushes) == [1, 3]  # without a remote; then files, and listings of folders


def test_clock_gone_back(by_flow: tuple[Project, str], fresh: Callable[[str], Project]) -> None:
    if shutil.which("faketime") is None:
        pytest.skip("faketime is not installed")
    project = fresh("yesterday")
    project.smrt("run")
    lock = project.lock()
    project.set_params({"evaluate": {"primary_metric": "f1"}})
    project.run("flows.cli", "run")
    project.set_params({"evaluate": {"primary_metric": "average_precision"}})
    back = subprocess.run(
        ["faketime", "-f", "-400d", "python", "-m", "flows.cli", "run"],
        cwd=project.root,
        env={**os.environ, **project.environment()},
        capture_output=True,
        text=True,
    )
    assert back.returncode == 0, back.stdout + back.stderr
    assert project.lock() == lock
    assert project.digests() == by_flow[0].digests()
