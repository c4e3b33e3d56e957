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
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return an environment with the wheel and with packages of a user's own, which win."""
    place = tmp_path_factory.mktemp("environment")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place / "site")
    for name in ("components", "flows"):
        package = place / "own" / name / "__init__.py"
        package.parent.mkdir(parents=True)
        package.write_text(f"MINE = {name!r}\n")

    search = os.pathsep.join([str(place / "own"), str(place / "site")])
    return {"PYTHONPATH": search, "COLUMNS": "120"}


@pytest.fixture(scope="session")
def python(environment: dict[str, str]) -> Python:
    """Return an interpreter in that environment."""
    own = Path(environment["PYTHONPATH"].split(os.pathsep)[0])

    def run(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PREFECT_", "DVC_"))}
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=cwd or own,
            env={**kept, **environment},
            capture_output=True,
            text=True,
        )

    return run
