"""A messy table, understood, and a project that was started with it."""

import shutil
from pathlib import Path

import pytest
from intake_tables import messy_table

from components.intake import project
from components.intake.understanding import Understanding, open_table, understand


@pytest.fixture(scope="session")
def messy(tmp_path_factory: pytest.TempPathFactory) -> Understanding:
    path = tmp_path_factory.mktemp("table") / "Mess werte.csv"
    text = messy_table().to_csv(index=False, sep=";").replace("\u2028", " ").replace("☃", "*")
    path.write_bytes(text.replace(".0;", ";").encode("cp1252"))
    frame, layout = open_table(path)
    return understand(path, frame, layout, "Ergebnis")


@pytest.fixture(scope="session")
def template(messy: Understanding, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("started") / "a new project"
    root.mkdir()
    project.start(root, messy, project.plan(root, messy))
    return root


@pytest.fixture
def started(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "a new project", symlinks=True))
