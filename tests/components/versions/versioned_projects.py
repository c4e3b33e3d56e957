"""A small project under a real DVC and a real git, in a folder with a space in its name."""

import subprocess
import sys
from pathlib import Path

from components.versions import dvc

PIPELINE = """
stages:
  validate:
    cmd: python -c "open('valid', 'w').write(open('data/table.csv').read())"
    deps: [data]
    outs:
      - valid:
          persist: true
  split:
    cmd: python -c "open('parts', 'w').write(str(len(open('valid').read())))"
    deps: [valid]
    params: [seed]
    outs:
      - parts:
          persist: true
"""


def call(root: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    return done.stdout


def run_dvc(root: Path, *arguments: str) -> str:
    return call(root, sys.executable, "-m", "dvc", *arguments)


def run_by_hand(root: Path) -> None:
    """Do what the two stages do, and commit each as the flow does."""
    assert dvc.stale_stages(root=root)[0] == "validate"
    text = (root / "data" / "table.csv").read_text()
    (root / "valid").write_text(text)
    dvc.commit("validate", root=root)
    assert dvc.stale_stages(root=root) == ["split"]
    (root / "parts").write_text(str(len(text)))
    dvc.commit("split", root=root)
