"""Small projects to run stages in."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from component_projects import Project, hostile_table

from components.pipeline import STAGES, run_stage


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with a small table of mixed columns, in a folder with a space in its name."""
    return Project(tmp_path / "a project")


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project in which every stage has run, with hostile labels and bad rows. Read only."""
    project = Project(tmp_path_factory.mktemp("finished") / "a project")
    table = hostile_table()
    table.loc[[3, 40], "size"] = "-5"
    table.loc[41, "weight"] = "<b>heavy</b>"
    project.put_table(table)
    for stage in STAGES:
        run_stage(stage, project.workspace, project.params)
    return project


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def frame(rng: np.random.Generator) -> pd.DataFrame:
    return pd.DataFrame({"a": rng.normal(size=30), "b": rng.integers(0, 9, 30)})
