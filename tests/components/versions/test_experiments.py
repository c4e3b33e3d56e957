"""Runs kept beside the user's own work in git: any repository, any folder of it, any index."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from components.project.errors import VersionsError
from components.versions import dvc, experiments, processes

PIPELINE = """
stages:
  train:
    cmd: python -c "open('artifacts', 'w').write('made')"
    outs: [artifacts]
"""


def call(root: Path, *command: str) -> str:
    environment = {**processes.environment(), "GIT_CONFIG_GLOBAL": os.devnull}
    done = subprocess.run(
        command, cwd=root, capture_output=True, text=True, check=True, env=environment
    )
    return done.stdout


def git(root: Path, *words: str) -> str:
    return call(root, "git", "-c", "user.name=a", "-c", "user.email=a@example.org", *words)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a git repository that existed before, with a project in a folder that git ignores."""
    top = tmp_path_factory.mktemp("repository") / "the user's"
    root = top / "ml" / "churn"
    (root / "data").mkdir(parents=True)
    git(top, "init", "-q")
    (top / "README").write_text("x")
    (top / ".gitignore").write_text("schema.yaml\n")
    git(top, "add", ".")
    git(top, "commit", "-qm", "first")
    dvc.start(root=root)
    (root / "data" / "table.csv").write_text("a\n1\n")
    (root / "dvc.yaml").write_text(PIPELINE)
    (root / "params.yaml").write_text("seed: 0\n")
    (root / "schema.yaml").write_text("columns: {}\n")
    dvc.add_data(root=root)
    call(root, sys.executable, "-m", "dvc", "repro", "-q")
    return top


@pytest.fixture
def top(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "the user's", symlinks=True))


def test_a_version_in_a_sub_folder_holds_what_the_user_has_not_added(
    top: Path, tmp_path: Path
) -> None:
    root = top / "ml" / "churn"
    commit = experiments.save("quiet-owl", root=root)
    held = git(top, "ls-tree", "-r", "--name-only", commit).splitlines()
    for name in ("dvc.yaml", "dvc.lock", "params.yaml", "data.dvc", "schema.yaml"):
        assert f"ml/churn/{name}" in held
    assert "README" in held
    assert experiments.kept(root=root) == {"quiet-owl": commit}
    assert "quiet-owl" in call(root, sys.executable, "-m", "dvc", "exp", "list", "-A")
    place = tmp_path / "fetched"
    place.mkdir()
    experiments.fetch(commit, place, root=root)
    assert (place / "artifacts").read_text() == "made"
    assert (place / "params.yaml").read_text() == "seed: 0\n"


def test_the_index_of_the_user_is_not_touched(top: Path) -> None:
    root = top / "ml" / "churn"
    (root / ".env").write_text("TOKEN=abc")
    (top / "README").write_text("half done")
    git(top, "add", "--force", "ml/churn/.env", "README")
    index = (top / ".git" / "index").read_bytes()
    commit = experiments.save("quiet-owl", root=root)
    assert (top / ".git" / "index").read_bytes() == index
    held = git(top, "ls-tree", "-r", "--name-only", commit)
    assert ".env" not in held
    assert git(top, "show", f"{commit}:README") == "x"


def test_a_repository_without_a_commit_is_named(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    with pytest.raises(VersionsError, match=r"no commit yet.*git commit"):
        experiments.save("quiet-owl", root=tmp_path)
