"""Runs kept as DVC experiments: git commits under ``refs/exps/``, beside the user's own work.

An experiment is a commit on top of HEAD that no branch holds; ``dvc exp list``, ``show``, ``apply``
and ``push`` find it by its reference. ``dvc exp save`` makes one from the user's index: what is
staged becomes unstaged and enters the commit, and files that git does not know yet stay out. Here
the commit is made in an index of its own, from HEAD and the project's files, so that the user's
index is never touched.
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from components.project.errors import VersionsError, shorten
from components.versions import dvc
from components.versions.processes import git, run

_REFERENCES = "refs/exps/"
_PROJECT = (
    ".dvc/.gitignore",
    ".dvc/config",
    ".dvc/plots",
    ".dvcignore",
    ".gitignore",
    "code.yaml",
    "data.dvc",
    "dvc.lock",
    "dvc.yaml",
    "params.yaml",
    "prefect.yaml",
    "published.json",
    "schema.yaml",
)
"""What a version needs besides what git tracks already, whether or not the user has added it."""


def experiment_name(name: str) -> str:
    """Return a name for an experiment that git takes; a run may have been given any."""
    return re.sub(r"\W+", "-", name).strip("-") or "run"


def save(name: str, *, root: Path) -> str:
    """Keep the state of the checkout as a DVC experiment; one of the same name is replaced.

    Returns
    -------
    str
        The commit.

    Raises
    ------
    VersionsError
        If git has no commit yet, or does not take the name.
    """
    base = git("rev-parse", "--verify", "--quiet", "HEAD", root=root, check=False).strip()
    if not base:
        raise VersionsError(
            "git has no commit yet, and a run is kept beside one: `git add dvc.yaml dvc.lock "
            "params.yaml schema.yaml data.dvc`, then `git commit`"
        )
    reference = f"{_REFERENCES}{base[:2]}/{base[2:]}/{name}"
    if run(["git", "check-ref-format", reference], root, stoppable=True).returncode:
        raise VersionsError(f"git takes no run of the name {shorten(name)}: use letters and digits")
    with tempfile.TemporaryDirectory() as folder:
        own = {"GIT_INDEX_FILE": str(Path(folder) / "index"), **_committer(root)}
        git("read-tree", base, root=root, extra=own)
        git("add", "--update", "--", ".", root=root, extra=own)
        there = [path for path in _PROJECT if (root / path).exists()]
        git("add", "--force", "--", *there, root=root, extra=own)
        tree = git("write-tree", root=root, extra=own).strip()
        message = f"dvc: commit experiment {name}"
        commit = git("commit-tree", tree, "-p", base, "-m", message, root=root, extra=own).strip()
    git("update-ref", reference, commit, root=root)
    return commit


def kept(*, root: Path) -> dict[str, str]:
    """Return the runs that are kept: name → git commit, the oldest first.

    DVC keeps an experiment as a git reference, refs/exps/<2>/<38 digits of its start>/<name>.
    """
    arguments = ("for-each-ref", "--sort=creatordate", "--format=%(objectname) %(refname)")
    found = {}
    for line in git(*arguments, _REFERENCES, root=root).splitlines():
        commit, reference = line.split(" ", 1)
        parts = reference.removeprefix(_REFERENCES).split("/")
        if len(parts) == 3 and len(parts[0]) == 2:
            found[parts[2]] = commit
    return found


def fetch(commit: str, destination: Path, *, root: Path) -> None:
    """Bring the artifacts of a version, from the cache or else the remote, and what names them.

    Raises
    ------
    VersionsError
        If the commit holds no version of this project, or its artifacts are nowhere to be had.
    """
    place = root.resolve()
    top = Path(git("rev-parse", "--show-toplevel", root=place).strip()).resolve()
    inner = place.relative_to(top)
    dvc.get(top, inner / "artifacts", commit, (destination / "artifacts").resolve(), root=place)
    for name in ("dvc.lock", dvc.DATA, "params.yaml"):
        text = git("show", f"{commit}:{(inner / name).as_posix()}", root=place)
        (destination / name).write_text(text, encoding="utf-8", newline="\n")


def _committer(root: Path) -> dict[str, str]:
    """Return a name for commits where git knows none, as on a new machine or in a service."""
    if git("config", "user.email", root=root, check=False).strip():
        return {}
    who = {"NAME": "smrt", "EMAIL": "smrt@localhost"}
    names = {f"GIT_{role}_{key}": who[key] for role in ("AUTHOR", "COMMITTER") for key in who}
    return {name: os.environ.get(name, value) for name, value in names.items()}
