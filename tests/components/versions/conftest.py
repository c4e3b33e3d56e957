"""Projects to version."""

from pathlib import Path

import pytest
from versioned_projects import PIPELINE, call, run_dvc


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("versions") / "a project"
    (root / "data").mkdir(parents=True)
    (root / "data" / "table.csv").write_text("a,b\n1,2\n")
    (root / "dvc.yaml").write_text(PIPELINE)
    (root / "params.yaml").write_text("seed: 0\n")
    (root / ".gitignore").write_text("/data\n/valid\n/parts\n")
    call(root, "git", "init", "-q")
    run_dvc(root, "init", "-q")
    run_dvc(root, "config", "core.analytics", "false")
    run_dvc(root, "add", "-q", "data")
    call(root, "git", "add", ".")
    author = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    call(root, "git", *author, "commit", "-qm", "start")
    return root


@pytest.fixture
def root(template: Path, tmp_path: Path) -> Path:
    import shutil

    copy = tmp_path / "a copy"
    shutil.copytree(template, copy)
    return copy
