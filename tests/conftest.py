"""What several test folders share."""

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)  # a busy machine is no fault of the code


def pytest_configure() -> None:
    """Take SIGINT, and let what tests start take it, though a shell's ``&`` has it ignored."""
    settings.load_profile("untimed")
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], None]:
    """Give a project a Prefect database that is already set up; setting one up takes 10 s."""
    from flows.server.prefect_server import PrefectServer, prefect_settings

    template = tmp_path_factory.mktemp("prefect-home")
    with PrefectServer({**os.environ, **prefect_settings(template)}) as server:
        server.wait_until_ready()

    def give(project: Path) -> None:
        home = Path(prefect_settings(project)["PREFECT_HOME"])
        shutil.copytree(Path(prefect_settings(template)["PREFECT_HOME"]), home, dirs_exist_ok=True)

    return give
