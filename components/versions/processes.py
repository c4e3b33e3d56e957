"""The processes that DVC and git run in, and what they say when they fail."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from components.project.errors import VersionsError


def run(
    command: list[str],
    root: Path,
    *,
    stoppable: bool,
    extra: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a command; one that is not to be stopped ends in full before Ctrl-C is heeded."""
    with subprocess.Popen(
        command,
        cwd=root,
        env={**environment(), **(extra or {})},
        stdin=subprocess.DEVNULL,  # a question that DVC would ask is a failure here
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=not stoppable,
    ) as process:
        try:
            output, errors = process.communicate()
        except BaseException:
            if stoppable:
                process.kill()
            process.communicate()
            raise
    return subprocess.CompletedProcess(command, process.returncode, output, errors)


def git(
    *arguments: str, root: Path, extra: Mapping[str, str] | None = None, check: bool = True
) -> str:
    """Run a git command and return what it printed.

    Raises
    ------
    VersionsError
        If git is not installed, or, with ``check``, if it fails; the message has git's reason.
    """
    try:
        done = run(["git", *arguments], root, stoppable=True, extra=extra)
    except FileNotFoundError:
        raise VersionsError("git is not installed: DVC needs it to version the table") from None
    if done.returncode and check:
        raise VersionsError(f"`git {' '.join(arguments)}` failed: {reason_of(done.stderr)}")
    return done.stdout


def environment() -> dict[str, str]:
    """Return an environment in which ``python`` is this interpreter and DVC stays silent."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    return {**os.environ, "PATH": path, "DVC_NO_ANALYTICS": "1"}


def reason_of(output: str) -> str:
    """Return DVC's own words for what went wrong, on one line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR:")]
    return (" ".join(errors) or " ".join(lines) or "no reason given")[:400]
