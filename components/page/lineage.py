"""The page's origins: parameters, and digests of the data, the artifacts and the code."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from components.project import code
from components.project.params import Params
from components.project.workspace import Workspace, digest, read_json

SHOWN = {"seed", "reproducible", "data", "split", "vae", "smrt", "evaluate", "report"}
"""The sections of params.yaml that a stage reads."""


def origins(workspace: Workspace, params: Params) -> dict[str, Any]:
    """Name everything by its content: no clock, host or commit, so equal inputs give equal pages.

    Returns
    -------
    dict
        ``params``: list of (dotted key, JSON text); ``files`` and ``code``: lists of (name,
        SHA-256).
    """
    table = (params.data.path, read_json(workspace.validation)["table_sha256"])
    paths = (
        workspace.schema,
        workspace.validated,
        workspace.quarantine,
        workspace.splits,
        workspace.models,
        workspace.synthetic,
        workspace.balanced,
        workspace.scores,
        workspace.decision,
        workspace.comparison,
    )
    files = [(path.relative_to(workspace.root).as_posix(), content_digest(path)) for path in paths]
    return {
        "params": [
            (key, json.dumps(value, ensure_ascii=False))
            for key, value in _flat(params.model_dump(include=SHOWN))
        ],
        "files": [table, *files],
        "code": list(code.of_stages().items()),
    }


def run_name(made_of: dict[str, Any]) -> str:
    """Return eight digits that name a run by all that it was made of."""
    text = json.dumps(made_of, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def content_digest(path: Path) -> str:
    """Return the SHA-256 of a file, or of the names and digests of the files in a directory."""
    if not path.is_dir():
        return digest(path)
    found = hashlib.sha256()
    for file in sorted(path.rglob("*")):
        if file.is_file():
            found.update(f"{file.relative_to(path).as_posix()} {digest(file)}\n".encode())
    return found.hexdigest()


def _flat(values: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Return dotted keys and values; sections are opened, other mappings stay whole."""
    pairs: list[tuple[str, Any]] = []
    for key, value in values.items():
        if isinstance(value, dict) and not prefix:
            pairs += _flat(value, f"{key}.")
        else:
            pairs.append((f"{prefix}{key}", value))
    return pairs
