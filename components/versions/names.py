"""The names of versions: runs, git revisions, what is published, what is here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from components.project.errors import nearest, shorten
from components.project.workspace import Workspace
from components.versions import experiments, publication
from components.versions.processes import git
from smrt_lightning.errors import NotFoundError

HERE, PUBLISHED, BEFORE = "here", "published", "before"


@dataclass(frozen=True)
class Version:
    """A version whose files are at hand.

    Attributes
    ----------
    name : str
        For a person: the name of its run, or the revision as it was asked for.
    commit : str or None
        None for the artifacts in the checkout.
    workspace : Workspace
        Read only.
    """

    name: str
    commit: str | None
    workspace: Workspace


def find(root: Path, asked: str) -> Version:
    """Find a version by its name, and bring its files.

    Parameters
    ----------
    root : Path
        The project.
    asked : str
        The name of a kept run; "here" for the artifacts in the checkout; "published", and "before"
        for what was published before that; or a git revision whose commit has a dvc.lock.

    Raises
    ------
    NotFoundError
        If there is no such version.
    VersionsError
        If its artifacts are neither in DVC's cache nor in its remote.
    """
    runs = experiments.kept(root=root)
    if asked in runs:
        return Version(asked, runs[asked], publication.fetch(root, runs[asked]))
    if asked == HERE:
        kept = publication.kept(root)
        return Version(f"here ({kept})" if kept else "here", None, Workspace(root))
    published = publication.history(root)
    by_name = {entry.run: entry for entry in published}
    by_name |= dict(zip((PUBLISHED, BEFORE), reversed(published), strict=False))
    if asked in by_name:
        entry = by_name[asked]
        return Version(entry.run, entry.commit, publication.fetch(root, entry.commit))
    if asked in (PUBLISHED, BEFORE):
        raise NotFoundError(f"nothing {_FEW[asked]}: `smrt publish RUN` publishes a run")
    commit = git(
        "rev-parse", "--verify", "--quiet", "--end-of-options", f"{asked}^{{commit}}",
        root=root, check=False,
    ).strip()  # fmt: skip
    if not commit:
        known = [HERE, PUBLISHED, *runs]
        raise NotFoundError(
            f"no version is called {shorten(asked)}{nearest(asked, known)}: give the name of a run "
            "(`dvc exp list -A` lists them), here, published, before, or a git revision"
        )
    return Version(asked, commit, publication.fetch(root, commit))


_FEW = {PUBLISHED: "is published", BEFORE: "was published before the present version"}
