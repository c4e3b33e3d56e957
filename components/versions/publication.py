"""The versions of a project: the run that holds the artifacts at hand, and the one published.

``published.json`` is small text for git. It names a run (a DVC experiment), the commit that holds
it, and the content of what it made by DVC's own digests; before it the ones that were published
earlier. dvc.yaml's ``artifacts:`` section gives the models and the balanced table their names, so
``dvc get`` brings either of any version. The file is replaced in one step, so that a reader sees
the old pointer or the new one.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from components.project.errors import listing, nearest, shorten
from components.project.workspace import (
    Workspace,
    digest,
    read_json,
    replacing_directory,
    sweep,
    write_json,
)
from components.versions import dvc, experiments
from smrt_lightning.errors import DamagedFileError, NotFoundError

POINTER = "published.json"
LAST_RUN = "latest"
"""The name of what lies under artifacts/, where nothing is published."""
_COMMIT = re.compile(r"[0-9a-f]{40}")
_NOTE = Path(".smrt") / "kept.json"
_FETCHED = 3  # versions whose files stay at hand: a comparison may still read the one before


@dataclass(frozen=True)
class Publication:
    """A published version.

    Attributes
    ----------
    run : str
        Name of the run, which is that of its DVC experiment.
    commit : str
        The git commit of the experiment.
    adopted_method, sentence : str
        What its decision says.
    outputs : dict of str to str
        DVC's digest of each output, by path.
    """

    run: str
    commit: str
    adopted_method: str
    sentence: str
    outputs: dict[str, str]


def history(root: Path) -> list[Publication]:
    """Return what is published, preceded by what was before it; empty when nothing is."""
    path = root / POINTER
    if not path.is_file():
        return []
    try:
        found = [_publication(entry) for entry in read_json(path)["published"]]
        strange = [entry.commit for entry in found if not _COMMIT.fullmatch(entry.commit)]
    except (AttributeError, KeyError, TypeError) as error:
        raise DamagedFileError(
            f"{POINTER} is not what `smrt publish` writes ({type(error).__name__}: {error}): "
            f"restore it with `git checkout {POINTER}`"
        ) from error
    if strange:
        raise DamagedFileError(
            f"{POINTER} names the commit {shorten(strange[0])}; a commit is 40 hexadecimal digits: "
            f"restore the file with `git checkout {POINTER}`"
        )
    return found


def _publication(entry: dict[str, Any]) -> Publication:
    found = Publication(**entry)
    texts = {**entry, "outputs": "", **found.outputs}
    if wrong := sorted(name for name, text in texts.items() if not isinstance(text, str)):
        raise TypeError(f"no text: {listing(wrong)}")
    return found


def current(root: Path) -> Publication | None:
    """Return what is published now, if anything is."""
    published = history(root)
    return published[-1] if published else None


def publish(root: Path, run: str) -> Publication:
    """Publish a run.

    Raises
    ------
    NotFoundError
        If no run of this name is kept in DVC.
    """
    runs = experiments.kept(root=root)
    if run not in runs:
        known = ", ".join(sorted(runs)[:8]) or "none"
        raise NotFoundError(
            f"no run is kept as {run!r}{nearest(run, runs)}: kept are {known}; `dvc exp list -A` "
            "lists them all"
        )
    published = history(root)
    if published and published[-1].commit == runs[run]:
        return published[-1]
    version = fetch(root, runs[run])
    decision = read_json(version.decision)
    publication = Publication(
        run,
        runs[run],
        str(decision["adopted_method"]),
        str(decision["sentence"]),
        dvc.outputs(root=version.root),
    )
    _point(root, [*published, publication])
    return publication


def rollback(root: Path) -> Publication:
    """Return to what was published before.

    Raises
    ------
    NotFoundError
        If nothing was.
    """
    published = history(root)
    if len(published) < 2:
        only = f"{published[0].run!r} is the first that was published" if published else "none is"
        raise NotFoundError(f"there is no published version to go back to: {only}")
    _point(root, published[:-1])
    return published[-2]


def fetch(root: Path, commit: str) -> Workspace:
    """Bring the files of a version to .smrt/versions/<commit>/, unless they are there.

    Returns
    -------
    Workspace
        Holds the artifacts that later runs are compared with; read only.
    """
    place = root / ".smrt" / "versions" / commit
    sweep(place.parent)
    if not place.is_dir():
        with replacing_directory(place) as temporary:
            experiments.fetch(commit, temporary, root=root)
    return Workspace(place)


def reference(root: Path) -> tuple[Workspace, str]:
    """Return what new rows are compared with: the published version, else the latest artifacts."""
    published = current(root)
    if published is None:
        return Workspace(root), LAST_RUN
    return fetch(root, published.commit), published.run


def is_current(root: Path, publication: Publication) -> bool:
    """Tell whether the artifacts in the checkout are those of a published version."""
    return dvc.outputs(root=root) == publication.outputs


def _point(root: Path, published: list[Publication]) -> None:
    in_use = {entry.commit for entry in (*history(root)[-_FETCHED:], *published[-_FETCHED:])}
    entries: list[dict[str, Any]] = [asdict(entry) for entry in published]
    write_json(root / POINTER, {"published": entries})
    for place in (root / ".smrt" / "versions").glob("[0-9a-f]*"):
        if place.name not in in_use:
            shutil.rmtree(place, ignore_errors=True)  # DVC has it; it is fetched again when needed


def kept(root: Path) -> str | None:
    """Return the name of the DVC experiment that holds the artifacts; None if none does yet."""
    note = _note(root)
    return None if note is None else str(note["run"])


def is_pushed(root: Path) -> bool:
    """Tell whether the experiment has been pushed, or there was no remote to push it to."""
    note = _note(root)
    return note is not None and bool(note.get("pushed"))


def note_kept(root: Path, name: str, *, pushed: bool = False) -> None:
    """Note that an experiment now holds the artifacts, and whether that is settled."""
    note = {"run": name, "lock_sha256": digest(root / "dvc.lock"), "pushed": pushed}
    write_json(root / _NOTE, note)


def _note(root: Path) -> dict[str, Any] | None:
    path, lock = root / _NOTE, root / "dvc.lock"
    if not path.is_file() or not lock.is_file():
        return None
    note: dict[str, Any] = read_json(path)
    return note if note["lock_sha256"] == digest(lock) else None
