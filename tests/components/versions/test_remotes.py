"""Pushing to remotes: those that answer, refuse, or are away."""

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from versioned_projects import run_by_hand, run_dvc

from components.project.errors import (
    RemoteAwayError,
    VersionsError,
)
from components.versions import dvc


def test_pushing(root: Path, tmp_path: Path) -> None:
    run_by_hand(root)
    assert dvc.push_if_remote(root=root) == "no DVC remote is configured: nothing was pushed"
    remote = tmp_path / "remote"
    run_dvc(root, "remote", "add", "-q", "-d", "shelf", str(remote))
    assert dvc.push_if_remote(root=root) == "pushed to the DVC remote 'shelf'"
    # The table, the listing of data/, and the parts; "valid" has the bytes of the table.
    assert sum(path.is_file() for path in remote.rglob("*")) == 3
    (tmp_path / "file").write_text("")
    run_dvc(root, "remote", "modify", "shelf", "url", str(tmp_path / "file" / "inside"))
    with pytest.raises(VersionsError, match=r"'shelf'.*the run is safe in the local cache"):
        dvc.push_if_remote(root=root)


@contextlib.contextmanager
def answering(code: int) -> Iterator[str]:
    """Serve a remote that has nothing and answers every upload with one code."""

    class Remote(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(404)
            self.end_headers()

        def do_POST(self) -> None:
            while self.rfile.readline().strip() != b"0":  # chunks
                pass
            self.send_response(code)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Remote) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/shelf"
        finally:
            server.shutdown()


def test_a_remote_that_is_away_is_told_from_one_that_refuses(root: Path) -> None:
    for code, kind in ((503, RemoteAwayError), (403, VersionsError)):
        with answering(code) as url:
            run_dvc(root, "remote", "add", "-q", "-f", "-d", "shelf", url)
            with pytest.raises(VersionsError, match=f"'shelf'.*{code}.*the run is safe") as caught:
                dvc.push_if_remote(root=root)
        assert type(caught.value) is kind
    with pytest.raises(RemoteAwayError, match="Connect call failed"):  # nobody listens there now
        dvc.push_if_remote(root=root)
