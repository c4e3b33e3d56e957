"""An empty folder, the wheel and a table: from `smrt init` to the report."""

import os
import re
import shlex
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml
from projects import Project
from stacks import belonging, up
from wheels import ROOT

Python = Callable[..., subprocess.CompletedProcess[str]]
SHORT = {
    "repeats": "2",
    "min_steps": "20",
    "max_steps": "30",
    "methods": "[none, smote, smrt]",
    "classifiers": "[logistic_regression]",
    "ratios": "[]",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a user's own `components` and a table; the wheel's `smrt` is on PATH."""
    place = tmp_path / "my project"
    (place / "components").mkdir(parents=True)
    (place / "components" / "__init__.py").write_text("raise ImportError('not meant for you')\n")
    rows = range(90)
    pd.DataFrame(
        {
            "customer": [f"c{row}" for row in rows],
            "spent": [f"{row % 13},{row % 7}" for row in rows],
            "visits": [None if row % 17 == 0 else row % 5 for row in rows],
            "churned": ["yes" if row % 5 == 0 else "no" for row in rows],
        }
    ).to_csv(place / "customers.csv", index=False, sep=";")
    return place


def shorten(folder: Path) -> None:
    path = folder / "params.yaml"
    text = path.read_text()
    for key, value in SHORT.items():
        text = re.sub(rf"^  {key}: [^#\n]*", f"  {key}: {value} ", text, flags=re.MULTILINE)
    path.write_text(text)


def test_init_beside_a_package_of_the_same_name(python: Python, folder: Path) -> None:
    done = python(
        "-m", "smrt_lightning", "init", "customers.csv", "--target", "churned", "-y", cwd=folder
    )
    assert done.returncode == 0, done.stderr
    assert "left out: identifier" in done.stdout
    digests = yaml.safe_load((folder / "code.yaml").read_text())
    assert len(set(digests.values())) == 6
    again = python("-m", "smrt_lightning", "stage", "validate", cwd=folder)
    assert again.returncode == 0, again.stderr
    assert (folder / "artifacts" / "validated.parquet").is_file()


@pytest.mark.slow
def test_from_a_table_to_a_report_and_dvc_agrees(
    python: Python, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def smrt(*arguments: str) -> str:
        done = python("-m", "smrt_lightning", *arguments, cwd=folder)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```sh\n(.*?)^```$", readme, flags=re.M | re.S)
    init, run = (shlex.split(line)[1:] for line in block.splitlines())
    monkeypatch.setenv("BROWSER", "true")  # a browser that shows nothing
    smrt(*init)
    shorten(folder)
    assert "Report: artifacts/report.html" in smrt(*run)
    assert (folder / "artifacts" / "report.html").is_file()
    assert "Nothing changed" in smrt("run")
    assert "class yes" in smrt("explain", "yes")

    command = folder.parent / "bin" / "smrt"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m smrt_lightning "$@"\n')
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", os.pathsep.join([str(command.parent), os.environ["PATH"]]))
    lock = (folder / "dvc.lock").read_bytes()
    repro = python("-m", "dvc", "repro", cwd=folder)
    assert repro.returncode == 0, repro.stderr
    assert (folder / "dvc.lock").read_bytes() == lock
    again = python("-m", "dvc", "repro", "--force", "--single-item", "split", cwd=folder)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "smrt stage split" in again.stdout
    assert (folder / "dvc.lock").read_bytes() == lock


class Installed(Project):
    """A project that has the wheel, on a machine on which git knows no name."""

    command = "smrt_lightning"

    def __init__(self, root: Path, environment: dict[str, str]) -> None:
        super().__init__(root)
        self.extra = {**environment, "HOME": str(root.parent), "GIT_CONFIG_NOSYSTEM": "1"}


@pytest.mark.slow
def test_up_serves_an_installed_project(folder: Path, environment: dict[str, str]) -> None:
    project = Installed(folder, environment)
    project.smrt("init", "customers.csv", "--target", "churned", "--yes")
    shorten(folder)
    with up(project) as stack:
        run = stack.start("balance-nightly")
        over = ("COMPLETED", "FAILED", "CRASHED")
        stack.until(lambda: stack.run(run)["state_type"] in over, 400)
        ended = stack.run(run)
        assert ended["state_type"] == "COMPLETED", stack.log()[-4000:]
    assert stack.process.returncode == 0
    assert belonging(project) == []
    assert project.dvc("exp", "list", "--name-only").split() == [ended["name"]]
    assert "Nothing changed" in project.smrt("run").stdout
