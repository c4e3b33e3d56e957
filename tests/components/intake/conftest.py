"""A messy table, understood, and a project that was started with it."""

from pathlib import Path

import pytest
from intake_tables import messy_table

from components.intake import project
from components.intake.understanding import Understanding, open_table, understand


@pytest.fixture
def messy(tmp_path: Path) -> Understanding:
    path = tmp_path / "Mess werte.csv"
    text = messy_table().to_csv(index=False, sep=";").replace("\u2028", " ").replace("☃", "*")
    path.write_bytes(text.replace(".0;", ";").encode("cp1252"))
    frame, layout = open_table(path)
    return understand(path, frame, layout, "Ergebnis")


@pytest.fixture
def started(messy: Understanding, tmp_path: Path) -> Path:
    root = tmp_path / "a new project"
    root.mkdir()
    project.start(root, messy, project.plan(root, messy))
    return root
