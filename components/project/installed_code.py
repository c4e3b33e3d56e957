"""code.yaml: which code made the artifacts, for a project that has only the installed package.

In the repository dvc.yaml lists each stage's source files, so that a stage runs again when its
code changed. Elsewhere the code lies in site-packages; a digest for each stage stands in, which
`smrt run` brings up to date.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import yaml

from components.project.code import HOME
from components.project.workspace import replacing

FILE = "code.yaml"
TEMPLATES = Path(__file__).resolve().parents[2]
"""Where dvc.yaml and the other files of a project lie: the repository, or beside components."""

OURS = ("components", "flows", "smrt_lightning")
_HEAD = (
    "# Kept by `smrt run`: the code of each stage, so that DVC sees an upgrade that changed it.\n"
)


def pipeline() -> dict[str, Any]:
    """Return the content of our own dvc.yaml."""
    text = (TEMPLATES / "dvc.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


def is_code(dependency: str) -> bool:
    """Tell whether a dependency of a stage is a file of ours, not of the project."""
    return dependency.split("/")[0] in OURS


def digests() -> dict[str, str]:
    """Return the SHA-256 over the code of each stage, by the lists in our dvc.yaml."""
    found = {}
    for stage, content in pipeline()["stages"].items():
        digest = hashlib.sha256()
        for name in sorted(filter(is_code, content["deps"])):
            for inner, path in _files(name):
                text = path.read_bytes()
                digest.update(f"{name} {inner} {len(text)}\n".encode())
                digest.update(text)
        found[stage] = digest.hexdigest()
    return found


def _files(dependency: str) -> list[tuple[str, Path]]:
    """Return the files of a dependency, itself or those below it, by their place in it."""
    base = next(place / dependency for place in (TEMPLATES, HOME) if (place / dependency).exists())
    if base.is_file():
        return [("", base)]
    below = (path for path in sorted(base.rglob("*")) if path.is_file())
    return [(path.relative_to(base).as_posix(), path) for path in below]


def record(root: Path) -> None:
    """Bring a project's code.yaml up to date; a project that lists its sources has none."""
    path = root / FILE
    if path.is_file():
        write(root)


def write(root: Path) -> None:
    """Write code.yaml, unless it says the same already."""
    lines = [f"{stage}: {json.dumps(digest)}\n" for stage, digest in digests().items()]
    content = _HEAD + "".join(lines)
    path = root / FILE
    if not path.is_file() or path.read_text(encoding="utf-8") != content:
        with replacing(path) as temporary:
            temporary.write_text(content, encoding="utf-8")
