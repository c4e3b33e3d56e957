"""The git repository of a project: made where there is none, and what the user is to commit."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path

from components.project.errors import VersionsError
from components.versions.processes import reason_of, run

_MESSAGE = "Start with smrt init"


def make(root: Path) -> bool:
    """Make a git repository unless there is one; return whether it has no commit yet."""
    if _git(root, "rev-parse", "--is-inside-work-tree").returncode:
        done = _git(root, "init", "--quiet")
        if done.returncode:
            raise VersionsError(f"`git init` failed: {reason_of(done.stderr)}")
    return bool(_git(root, "rev-parse", "--verify", "--quiet", "HEAD").returncode)


def own_ignores(root: Path, source: Path) -> list[str]:
    """Return the pattern that keeps a user's table out of git, where it lies in the project.

    A table that git tracks already stays tracked.
    """
    place, source = root.resolve(), source.resolve()
    if not source.is_relative_to(place) or source.is_relative_to(place / "data"):
        return []
    name = source.relative_to(place).as_posix()
    if "\n" in name or _git(root, "ls-files", "--error-unmatch", "--", name).returncode == 0:
        return []
    pattern = re.sub(r"([*?\[\]\\#! ])", r"\\\1", name)
    return [f"/{pattern}"]


def first_commit(root: Path, written: list[str]) -> None:
    """Commit the project's files: DVC keeps experiments only beside a first commit."""
    identity = []
    if _git(root, "config", "user.email").returncode:
        identity = ["-c", "user.name=smrt", "-c", "user.email=smrt@localhost"]
    kept = _for_git(root, written)
    added = _git(root, "add", "--", *kept)
    done = _git(root, *identity, "commit", "--quiet", "--message", _MESSAGE, "--", *kept)
    if added.returncode or done.returncode:
        _git(root, "rm", "--cached", "--quiet", "--ignore-unmatch", "--", *kept)
        raise VersionsError(
            "the project is written, but the first git commit failed: "
            f"{reason_of(added.stderr or done.stderr or done.stdout)}. Commit it by hand: "
            f"{_commands(kept)}; then: smrt run"
        )


def refuse_ignored(root: Path, names: Sequence[str]) -> None:
    """Refuse a folder in which git leaves out what DVC and experiments need in it.

    Parameters
    ----------
    root : Path
        The project; its own .gitignore takes these names back in already.
    names : sequence of str
        Files and folders relative to it, there or not.

    Raises
    ------
    VersionsError
        If git ignores one of them, as all in a folder that it ignores.
    """
    found = _git(root, "check-ignore", "--verbose", "--", *names)
    for match in found.stdout.splitlines():  # SOURCE:LINE:PATTERN<tab>NAME
        where, _, name = match.partition("\t")
        source, line, pattern = where.split(":", 2)
        if pattern.startswith("!"):  # takes it back in
            continue
        raise VersionsError(
            f"git ignores {name!r} in {str(root.resolve())!r}, by the pattern {pattern!r} in "
            f"line {line} of {source}: runs could not be kept. Change the pattern, or start in a "
            "folder that git does not ignore"
        )


def advice(root: Path, written: list[str], source: Path) -> list[str]:
    """Say what git holds of a project that was just started, and what the user is to commit.

    Parameters
    ----------
    root : Path
        The project.
    written : list of str
        What was written, relative to it.
    source : Path
        The user's own table.

    Returns
    -------
    list of str
        Sentences.
    """
    kept = _for_git(root, written)
    changed = _git(root, "status", "--porcelain", "--", *kept).stdout.strip()
    if changed:
        said = [
            "This git repository existed before, so nothing was committed to it. Commit the "
            f"project: {_commands(kept)}"
        ]
    else:
        said = [f"Committed to git: {', '.join(kept)}."]
    said.append("After a run, commit dvc.lock too: it records the versions of all artifacts.")
    inside = _git(root, "ls-files", "--others", "--exclude-standard", "--", str(source.resolve()))
    if inside.returncode == 0 and inside.stdout.strip():
        said.append(
            f"{source.name!r} lies in this git repository and is not ignored; add it to .gitignore "
            "unless it belongs there. data.dvc names the project's own copy."
        )
    return said


def _commands(kept: list[str]) -> str:
    return f"git add -- {shlex.join(kept)} && git commit -m {shlex.quote(_MESSAGE)}"


def _for_git(root: Path, written: list[str]) -> list[str]:
    names = [".dvc/config", ".dvc/.gitignore", *(n for n in written if not n.startswith("data/"))]
    return [name for name in names if (root / name).is_file()]


def _git(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    try:
        return run(["git", *arguments], root, stoppable=True)
    except FileNotFoundError:
        raise VersionsError("git is not installed: DVC needs it to version the table") from None
