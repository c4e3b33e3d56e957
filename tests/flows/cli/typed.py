"""Commands as typed: in this process, which is quick, or in one of their own."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path
from unittest import mock

from typer.testing import CliRunner

from flows.cli.app import app

ROOT = Path(__file__).parents[3]


def smrt(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in this process, in a folder, with nobody at the terminal."""
    with contextlib.chdir(cwd), mock.patch.dict(os.environ, COLUMNS="100"):
        done = CliRunner().invoke(app, arguments)
    return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)


def by_process(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as a shell would."""
    return subprocess.run(
        [sys.executable, "-m", "smrt_lightning", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
