"""Which DVC experiment holds the artifacts that are in the checkout, and whether it is pushed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from components.project.workspace import digest, read_json, write_json

_NOTE = Path(".smrt") / "kept.json"


def kept(root: Path) -> str | None:
    """Return the name of the experiment, None if the artifacts are in none yet."""
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
