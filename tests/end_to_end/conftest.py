"""Projects in several states, each made once."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browser import Tab, tab
from projects import Project, copy, make_template
from report_pages import hostile_report


@pytest.fixture(scope="session")
def fresh(
    tmp_path_factory: pytest.TempPathFactory, prefect_home: Callable[[Path], None]
) -> Callable[[str], Project]:
    """Return a maker of projects in which nothing has run yet, in paths with a space."""
    template = make_template(tmp_path_factory.mktemp("template") / "a project")
    prefect_home(template.root)

    def make(name: str) -> Project:
        return copy(template, tmp_path_factory.mktemp(name))

    return make


@pytest.fixture(scope="session")
def by_flow(fresh: Callable[[str], Project]) -> tuple[Project, str]:
    """Return a project that `smrt run` has brought up to date, and what it printed."""
    project = fresh("by-flow")
    return project, project.smrt("run").stdout


@pytest.fixture
def done(by_flow: tuple[Project, str], tmp_path: Path) -> Project:
    """Return a copy, of its own for one test, of the project after `smrt run`."""
    return copy(by_flow[0], tmp_path)


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report on a table whose labels, levels and column names are all hostile."""
    return hostile_report(tmp_path_factory.mktemp("browser") / "a project")


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with tab(tmp_path_factory.mktemp("profile")) as opened:
        yield opened
