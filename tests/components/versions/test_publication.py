"""The pointer to the published version, over a real DVC and git, with artifacts made of text."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from components.versions import dvc, experiments, names, publication
from components.versions.processes import environment
from smrt_lightning.errors import DamagedFileError, NotFoundError

OUTS = (
    "validated.parquet",
    "splits.json",
    "models/index.json",
    "balanced.parquet",
    "decision.json",
)
SCRIPT = f"""
import json
from pathlib import Path
text = Path("data/table.csv").read_text()
for name in {OUTS!r}:
    path = Path("artifacts") / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({{"adopted_method": "smrt", "sentence": text, "file": name}}))
"""
PIPELINE = """
stages:
  train:
    cmd: python make.py
    deps: [data, make.py]
    params: [seed]
    outs:
      - artifacts/validated.parquet
      - artifacts/splits.json
      - artifacts/models
      - artifacts/balanced.parquet
      - artifacts/decision.json
"""


def call(root: Path, *command: str) -> str:
    without_config = {**environment(), "GIT_CONFIG_GLOBAL": os.devnull}
    done = subprocess.run(
        command, cwd=root, capture_output=True, text=True, check=True, env=without_config
    )
    return done.stdout


def run_dvc(root: Path, *arguments: str) -> str:
    return call(root, sys.executable, "-m", "dvc", *arguments)


def run(root: Path, name: str, content: str) -> None:
    """Make a version of everything and keep it as a run."""
    (root / "data" / "table.csv").write_text(content)
    dvc.add_data(root=root)
    run_dvc(root, "repro", "-q")
    experiments.save(name, root=root)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with three runs, of which none is published."""
    root = tmp_path_factory.mktemp("publication") / "a project"
    (root / "data").mkdir(parents=True)
    (root / "data" / "table.csv").write_text("")
    (root / "make.py").write_text(SCRIPT)
    (root / "dvc.yaml").write_text(PIPELINE)
    (root / "params.yaml").write_text("seed: 0\n")
    (root / ".gitignore").write_text("/data\n/artifacts\n/.smrt\n")
    call(root, "git", "init", "-q")
    run_dvc(root, "init", "-q")
    run_dvc(root, "config", "core.analytics", "false")
    run_dvc(root, "remote", "add", "-q", "-d", "shelf", "../shelf")
    run_dvc(root, "add", "-q", "data")
    call(root, "git", "add", ".")
    author = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    call(root, "git", *author, "commit", "-qm", "start")
    for name in ("first", "second", "third"):
        run(root, name, f"rows of {name}\n")
        dvc.push_if_remote(root=root)
    return root


@pytest.fixture
def root(template: Path, tmp_path: Path) -> Path:
    return copy(template, tmp_path)


@pytest.fixture(scope="module")
def published_template(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the project with its second run published."""
    root = copy(template, tmp_path_factory.mktemp("published"))
    publication.publish(root, "second")
    return root


@pytest.fixture
def published(published_template: Path, tmp_path: Path) -> Path:
    return copy(published_template, tmp_path)


def copy(template: Path, folder: Path) -> Path:
    shutil.copytree(template.parent / "shelf", folder / "shelf")
    return Path(shutil.copytree(template, folder / "a copy"))


def test_runs_are_listed_in_their_order(root: Path) -> None:
    assert list(experiments.kept(root=root)) == ["first", "second", "third"]


def test_publishing_and_going_back(root: Path) -> None:
    assert publication.current(root) is None
    with pytest.raises(NotFoundError, match="none is"):
        publication.rollback(root)
    first = publication.publish(root, "first")
    assert first.sentence == "rows of first\n"
    assert publication.publish(root, "first") == first
    with pytest.raises(NotFoundError, match="'first' is the first"):
        publication.rollback(root)
    second = publication.publish(root, "second")
    assert publication.history(root) == [first, second]
    assert second.outputs["artifacts/models"] != first.outputs["artifacts/models"]
    assert publication.rollback(root) == first
    assert publication.current(root) == first
    assert not publication.is_current(root, first)
    assert publication.is_current(root, publication.publish(root, "third"))


def test_an_unknown_run_names_the_nearest(root: Path) -> None:
    with pytest.raises(NotFoundError, match=r"^no run is kept as 'secnod' .*'second'") as caught:
        publication.publish(root, "secnod")
    assert "\n" not in str(caught.value)
    assert not (root / publication.POINTER).exists()


def test_a_version_is_fetched_whole_and_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = experiments.kept(root=root)["second"]
    version = publication.fetch(root, commit)
    assert "rows of second" in version.validated.read_text()
    assert (version.models / "index.json").is_file()
    assert (version.root / "params.yaml").read_text() == "seed: 0\n"
    monkeypatch.setattr(experiments, "fetch", None)
    assert publication.fetch(root, commit) == version


def test_what_killed_commands_left_is_swept_and_what_others_write_is_not(root: Path) -> None:
    commit = experiments.kept(root=root)["first"]
    versions = publication.fetch(root, commit).root.parent
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        pass
    for writer in (dead.pid, os.getpid()):
        left = versions / f".{commit}.{writer}-0123abcd.tmp"
        left.mkdir()
        (left / "models").write_text("half")
    publication.fetch(root, commit)
    assert [path.name for path in versions.iterdir() if path.name.endswith(".tmp")] == [
        f".{commit}.{os.getpid()}-0123abcd.tmp"
    ]


def test_files_of_versions_long_past_are_let_go_and_fetched_again(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publication, "_FETCHED", 1)
    first, second, third = (publication.publish(root, run) for run in ("first", "second", "third"))
    at_hand = {path.name for path in (root / ".smrt" / "versions").iterdir()}
    assert at_hand == {second.commit, third.commit}
    publication.rollback(root)
    assert publication.rollback(root) == first
    assert "rows of first" in publication.reference(root)[0].validated.read_text()


def test_a_failed_fetch_publishes_nothing(root: Path) -> None:
    publication.publish(root, "first")
    before = (root / publication.POINTER).read_bytes()
    shutil.rmtree(root / ".dvc" / "cache")
    run_dvc(root, "remote", "modify", "-q", "shelf", "url", "../elsewhere")
    with pytest.raises(Exception, match="dvc get"):
        publication.publish(root, "second")
    assert (root / publication.POINTER).read_bytes() == before
    assert not list((root / ".smrt" / "versions").glob(".*"))


def test_the_reference_is_the_published_version(root: Path) -> None:
    workspace, name = publication.reference(root)
    assert (workspace.root, name) == (root, "latest")
    publication.publish(root, "second")
    workspace, name = publication.reference(root)
    assert name == "second"
    assert "rows of second" in workspace.validated.read_text()


def test_a_pointer_that_somebody_edited(published: Path) -> None:
    root = published
    pointer = root / publication.POINTER
    content = json.loads(pointer.read_text())
    content["published"][0]["rnu"] = content["published"][0].pop("run")
    pointer.write_text(json.dumps(content))
    with pytest.raises(DamagedFileError, match=r"git checkout published\.json"):
        publication.current(root)


def test_a_fresh_clone_brings_back_every_version(root: Path, tmp_path: Path) -> None:
    """The table and the artifacts of a run, from a clone of git and the DVC remote alone."""
    artifacts = {name: (root / "artifacts" / name).read_bytes() for name in OUTS}
    call(tmp_path, "git", "clone", "-q", str(root), "clone")
    clone = tmp_path / "clone"
    for name in ("first", "third"):
        run_dvc(clone, "exp", "pull", "-q", "--no-cache", "origin", name)
        call(clone, "git", "checkout", "-q", experiments.kept(root=clone)[name])
        run_dvc(clone, "pull", "-q")
        run_dvc(clone, "checkout", "-q")
        assert (clone / "data" / "table.csv").read_text() == f"rows of {name}\n"
        assert f"rows of {name}" in (clone / "artifacts" / "models" / "index.json").read_text()
    assert {name: (clone / "artifacts" / name).read_bytes() for name in OUTS} == artifacts


@pytest.mark.parametrize("commit", ["../../../x", "/tmp/x", "HEAD", "A" * 40, ""])
def test_a_pointer_to_no_commit_makes_no_folder(published: Path, commit: str) -> None:
    root = published
    path = root / publication.POINTER
    held = json.loads(path.read_text())
    held["published"][-1]["commit"] = commit
    path.write_text(json.dumps(held))
    before = sorted(root.parent.rglob("*"))
    with pytest.raises(DamagedFileError, match="40 hexadecimal digits"):
        publication.reference(root)
    assert sorted(root.parent.rglob("*")) == before


def test_versions_have_names(root: Path) -> None:
    runs = experiments.kept(root=root)
    publication.publish(root, "first")
    publication.publish(root, "second")
    asked = {"third": "third", "published": "second", "before": "first", runs["first"][:12]: None}
    for name, run_of in asked.items():
        found = names.find(root, name)
        assert found.name == (run_of or name)
        assert found.commit == runs[run_of or "first"]
        assert f"rows of {run_of or 'first'}" in found.workspace.validated.read_text()
    here = names.find(root, "here")
    assert (here.workspace.root, here.commit, here.name) == (root, None, "here")


@pytest.mark.parametrize("name", ["thrid", "--help", "HEAD~99", "", "a b", "../x", "v1..v2"])
def test_a_name_that_nothing_has_is_refused(template: Path, name: str) -> None:
    with pytest.raises(NotFoundError, match="no version is called") as caught:
        names.find(template, name)
    assert ("did you mean" in str(caught.value)) == (name == "thrid")


def test_nothing_is_published_yet(root: Path) -> None:
    with pytest.raises(NotFoundError, match="nothing is published"):
        names.find(root, "published")
    publication.publish(root, "first")
    with pytest.raises(NotFoundError, match="nothing was published before"):
        names.find(root, "before")


@pytest.mark.parametrize(
    "wrong",
    [{"run": 0}, {"sentence": None}, {"commit": []}, {"outputs": "x"}, {"outputs": {"a": 1}}],
)
def test_a_pointer_holds_texts(published: Path, wrong: dict[str, object]) -> None:
    root = published
    path = root / publication.POINTER
    held = json.loads(path.read_text())
    held["published"][-1].update(wrong)
    path.write_text(json.dumps(held))
    with pytest.raises(DamagedFileError, match=f"git checkout {publication.POINTER}"):
        publication.current(root)
