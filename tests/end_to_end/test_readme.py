"""What the README says one can type, typed."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from projects import ROOT, Project

README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.M | re.S)


def test_links_lead_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert targets
    assert [t for t in targets if "://" not in t and not (ROOT / t).exists()] == []


def test_paths_exist() -> None:
    named = set(re.findall(r"`((?:smrt_lightning|components|flows)/|\w+\.(?:yaml|dvc))`", README))
    assert {"params.yaml", "schema.yaml", "data.dvc", "flows/"} <= named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_it_stays_short_and_opens_with_the_page() -> None:
    assert len(README.splitlines()) < 180
    picture = re.search(r"\]\((docs/pictures/[^)]+)\)", README)
    assert picture is not None
    assert README.index("```") > picture.start()
    data = (ROOT / picture.group(1)).read_bytes()
    assert int.from_bytes(data[16:20], "big") == 1440  # the width, in a PNG's header
    assert len(data) < 400_000


def test_library_block_runs() -> None:
    (code,) = blocks("python")
    scope: dict[str, object] = {}
    exec(compile(code, "README.md", "exec"), scope)
    assert scope["sampler"].synthetic_mask_.sum() > 0  # type: ignore[attr-defined]


@pytest.mark.slow
def test_shell_blocks_run(fresh: Callable[[str], Project], tmp_path: Path) -> None:
    """In a copy whose .venv is the environment of the tests, so that nothing is installed."""
    project = fresh("readme")
    scripts = project.root / ".venv" / "bin"
    scripts.mkdir(parents=True)
    for name, command in {"python": "", "dvc": "-m dvc", "smrt": "-m flows.cli"}.items():
        script = scripts / name
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" {command} "$@"\n')
        script.chmod(0o755)
    (scripts / "activate").write_text(f'PATH="{scripts}:$PATH"\nexport PATH\n')
    stamp = project.root / ".venv" / ".installed"
    stamp.touch()

    shell = blocks("bash")
    assert len(shell) == 2
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(shell)],
        cwd=project.root,
        env={**project.environment(), "HOME": os.environ.get("HOME", str(tmp_path))},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Nothing changed" in done.stdout
    assert "up to date" in done.stdout
    assert "Running stage" not in done.stdout
