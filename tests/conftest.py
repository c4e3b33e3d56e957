"""What several test folders share, and which tests run beside which."""

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)  # a busy machine is no fault of the code

FIRST = ("end_to_end", "flows", "packaging", "smrt_lightning/test_", "docs", "components")
"""Long files and those that start processes: short ones then fill the end up, on every core."""
TOGETHER = {
    "end_to_end/test_report_": "browser",
    "end_to_end/": "projects that have run",
    "flows/server/": "projects that have run",
    "packaging/": "wheel",
}
"""Files whose costly fixtures are made once: one process has them all."""


def pytest_configure() -> None:
    """Take SIGINT, and let what tests start take it, though a shell's ``&`` has it ignored."""
    settings.load_profile("untimed")
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # Tests run beside each other already: what they compare starts no processes of its own.
    os.environ.setdefault("LOKY_MAX_CPU_COUNT", "1")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long."""

    def place(item: pytest.Item) -> int:
        path = item.path.relative_to(Path(__file__).parent).as_posix()
        return next((i for i, name in enumerate(FIRST) if path.startswith(name)), len(FIRST))

    items.sort(key=place)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep the tests of a file, and of files that belong together, on one process."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.split("::")[0]
            place = file.removeprefix("tests/")
            return next((own for name, own in TOGETHER.items() if place.startswith(name)), file)

    config.option.loadscopereorder = False
    return Scheduling(config, log)


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
