"""What smrt init does to git, and what it tells a user to do."""

import subprocess
from pathlib import Path

import pytest

from components.intake import repository
from components.project.errors import VersionsError
from components.versions import dvc


def git(root: Path, *words: str) -> str:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *words]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("dvc.yaml", "params.yaml", "t.csv"):
        (tmp_path / name).write_text("x")
    return tmp_path


WRITTEN = ["data/t.csv", "dvc.yaml", "params.yaml"]


def test_a_new_repository_holds_the_project_and_says_so(root: Path) -> None:
    assert repository.make(root)
    repository.first_commit(root, WRITTEN)
    assert not repository.make(root)
    assert git(root, "ls-tree", "-r", "--name-only", "HEAD").split() == ["dvc.yaml", "params.yaml"]
    committed, after, table = repository.advice(root, WRITTEN, root / "t.csv")
    assert committed == "Committed to git: dvc.yaml, params.yaml."
    assert "dvc.lock" in after
    assert "'t.csv' lies in this git repository" in table


def test_a_repository_that_was_there_is_left_to_its_user(root: Path) -> None:
    git(root, "init", "-q")
    git(root, "commit", "-q", "--allow-empty", "-m", "theirs")
    before = git(root, "rev-parse", "HEAD")
    (root / ".gitignore").write_text("/t.csv\n")
    said = repository.advice(root, WRITTEN, root / "t.csv")
    assert "git add -- dvc.yaml params.yaml && git commit" in said[0]
    assert len(said) == 2
    assert git(root, "rev-parse", "HEAD") == before
    assert git(root, "diff", "--cached", "--name-only") == ""


def test_a_first_commit_that_git_refuses_leaves_nothing_staged(root: Path) -> None:
    repository.make(root)
    (root / "theirs.txt").write_text("x")
    git(root, "add", "theirs.txt")
    hook = root / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'not today' >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(VersionsError, match=r"not today\. Commit it by hand: git add -- dvc\.yaml"):
        repository.first_commit(root, WRITTEN)
    assert git(root, "diff", "--cached", "--name-only").split() == ["theirs.txt"]


@pytest.mark.parametrize("pattern", ["inner/", "*"])
def test_a_folder_that_git_ignores_is_refused(tmp_path: Path, pattern: str) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / ".gitignore").write_text(f"*.log\n{pattern}\n")
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / ".gitignore").write_text("!/.dvc\n!/data.dvc\n")
    with pytest.raises(VersionsError, match=r"git ignores '\.dvc'.*line 2 of \.gitignore"):
        repository.refuse_ignored(inner, [".dvc", "data.dvc"])


def test_patterns_that_are_taken_back_are_none(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / ".gitignore").write_text("*.dvc\n.*\n!/.dvc\n!/data.dvc\n")
    repository.refuse_ignored(tmp_path, [".dvc", "data.dvc", "params.yaml"])


def test_the_index_of_the_user_is_left_alone(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "theirs")
    (tmp_path / "theirs.txt").write_text("x")
    git(tmp_path, "add", "theirs.txt")
    (tmp_path / "inside").mkdir()
    dvc.start(root=tmp_path / "inside")
    assert (tmp_path / "inside" / ".dvc" / "config").is_file()
    assert git(tmp_path, "diff", "--cached", "--name-only").split() == ["theirs.txt"]


@pytest.mark.parametrize("name", ["t.csv", "a b.csv", "[x]*.csv", "!#.csv"])
def test_a_table_in_the_project_is_kept_out_of_git(tmp_path: Path, name: str) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / name).write_text("a\n1\n")
    (tmp_path / "other.csv").write_text("a\n1\n")
    patterns = repository.own_ignores(tmp_path, tmp_path / name)
    (tmp_path / ".gitignore").write_text("\n".join(patterns) + "\n")
    assert git(tmp_path, "check-ignore", "--", name).strip()
    assert "other.csv" in git(tmp_path, "ls-files", "--others", "--exclude-standard")


def test_a_tracked_table_and_one_elsewhere_are_not_ignored(root: Path) -> None:
    git(root, "init", "-q")
    git(root, "add", "t.csv")
    assert repository.own_ignores(root, root / "t.csv") == []
    assert repository.own_ignores(root / "inner", root / "t.csv") == []
