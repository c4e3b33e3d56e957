"""Which DVC experiment holds the artifacts that are in the checkout."""

from __future__ import annotations

from pathlib import Path

from components.artifacts import digest, read_json, write_json

_NOTE = Path(".smrt") / "kept.json"


def kept(root: Path) -> str | None:
    """Return the name of the experiment, None if the artifacts are in none yet."""
    path, lock = root / _NOTE, root / "dvc.lock"
    if not path.is_file() or not lock.is_file():
        return None
    note = read_json(path)
    return str(note["run"]) if note["lock_sha256"] == digest(lock) else None


def note_kept(root: Path, name: str) -> None:
    """Note that an experiment now holds the artifacts."""
    write_json(root / _NOTE, {"run": name, "lock_sha256": digest(root / "dvc.lock")})
