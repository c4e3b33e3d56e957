"""A wheel of this tree, and an interpreter that has it beside a user's own packages."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from wheels import build, snapshot

Python = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return snapshot(tmp_path_factory.mktemp("source"))


@pytest.fixture(scope="session")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", source, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Python:
    """Return an interpreter with the wheel and with packages of a user's own, which win."""
    place = tmp_path_factory.mktemp("environment")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place / "site")
    for name in ("components", "flows"):
        package = place / "own" / name / "__init__.py"
        package.parent.mkdir(parents=True)
        package.write_text(f"MINE = {name!r}\n")

    def run(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        search = os.pathsep.join([str(place / "own"), str(place / "site")])
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PREFECT_", "DVC_"))}
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=cwd or place / "own",
            env={**kept, "PYTHONPATH": search, "COLUMNS": "120"},
            capture_output=True,
            text=True,
        )

    return run
