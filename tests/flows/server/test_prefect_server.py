"""The embedded server answers, and goes with its parent however that ends."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from components.project.errors import ServerAddressError
from flows.errors import ServerError
from flows.server.prefect_server import PrefectServer, no_proxy, prefect_settings, require_answer
from flows.server.tether import PATIENCE_SECONDS


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]


def wait_until_gone(pid: int, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not is_alive(pid)


@pytest.fixture
def project(tmp_path: Path, prefect_home: Callable[[Path], None]) -> Path:
    prefect_home(tmp_path)
    return tmp_path


def test_answers_out_of_the_terminals_reach_and_stops(project: Path) -> None:
    """That it goes with a run that is killed, or met by Ctrl-C, is tested in end_to_end/."""
    with PrefectServer({**os.environ, **prefect_settings(project)}) as server:
        server.wait_until_ready()
        with urllib.request.urlopen(f"{server.api_url}/health") as answer:
            assert json.load(answer) is True
        pid = server._process.pid
        assert os.getpgid(pid) != os.getpgid(os.getpid())
    assert not is_alive(pid)
    server.stop()
    assert (project / ".smrt" / "prefect" / "prefect.db").is_file()


def test_an_orphan_that_will_not_end_is_made_to(tmp_path: Path) -> None:
    """As the server will not while it makes its database."""
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True)"
    parent = f"""
import sys, time
from pathlib import Path
from flows.server.child import Child
child = Child("deaf", ["-c", {deaf + "; time.sleep(60)"!r}], {{}}, Path(sys.argv[1]))
while not Path(sys.argv[1]).read_text():
    time.sleep(0.01)
print(child._process.pid, flush=True)
time.sleep(60)
"""
    command = [sys.executable, "-c", parent, str(tmp_path / "log")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        assert is_alive(pid)
        starter.kill()
        assert wait_until_gone(pid, PATIENCE_SECONDS / 2)


def test_no_place_for_the_database_is_named(tmp_path: Path) -> None:
    (tmp_path / ".smrt").write_text("a file where the folder should be")
    with pytest.raises(ServerError, match="PREFECT_HOME"):
        PrefectServer({**os.environ, **prefect_settings(tmp_path)})


def test_a_server_that_ends_at_once_is_named(tmp_path: Path) -> None:
    settings = {**prefect_settings(tmp_path), "PREFECT_API_DATABASE_CONNECTION_URL": "nonsense://"}
    server = PrefectServer({**os.environ, **settings})
    with pytest.raises(ServerError, match="PREFECT_API_URL"):
        server.wait_until_ready()
    assert not is_alive(server._process.pid)


def test_a_named_server_that_does_not_answer_is_named() -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    nowhere = "http://127.0.0.1:9/api"
    with (
        temporary_settings({PREFECT_API_URL: nowhere}),
        pytest.raises(ServerAddressError, match="unset the variable"),
    ):
        require_answer(nowhere)


def test_a_proxy_in_the_environment_is_not_asked_for_this_machine(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    def set_proxy(address: str) -> None:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, address)

    set_proxy("socks5://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "example.org")
    for name, value in no_proxy().items():
        monkeypatch.setenv(name, value)
    with PrefectServer({**os.environ, **prefect_settings(project)}) as server:
        server.wait_until_ready()
        for address in ("socks5://127.0.0.1:9", "http://127.0.0.1:9"):
            set_proxy(address)
            with temporary_settings({PREFECT_API_URL: server.api_url}):
                require_answer(server.api_url)
    assert os.environ["NO_PROXY"] == "example.org,127.0.0.1,localhost"
