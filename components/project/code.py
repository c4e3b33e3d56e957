"""The code of the stages by its content: a digest over the folders that dvc.yaml lists for each.

In the repository DVC looks at these folders itself. Elsewhere the code lies in site-packages, whose
path differs on every machine: there code.yaml holds one digest a stage, over the same folders,
which the stages depend on and ``smrt run`` brings up to date.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import smrt_lightning
from components.project.workspace import replacing
from components.project.yaml_files import parse_yaml

FILE = "code.yaml"
TEMPLATES = Path(__file__).resolve().parents[2]
"""Where dvc.yaml and the other files of a project lie: the repository, or beside components."""

OURS = ("components", "smrt_lightning")
_PLACES = (TEMPLATES, Path(smrt_lightning.__file__).resolve().parents[1])
_HEAD = (
    "# Kept by `smrt run`: the code of each stage, so that DVC sees an upgrade that changed it.\n"
)


def pipeline() -> dict[str, Any]:
    """Return the content of our own dvc.yaml."""
    return dict(parse_yaml((TEMPLATES / "dvc.yaml").read_text(encoding="utf-8")))


def is_code(dependency: str) -> bool:
    """Tell whether a dependency of a stage is a folder or file of ours, not of the project."""
    return dependency.split("/")[0] in OURS


def of_stages() -> dict[str, str]:
    """Return the digest of the code of each stage."""
    return {
        stage: digest(filter(is_code, content["deps"]))
        for stage, content in pipeline()["stages"].items()
    }


def of_fits() -> str:
    """Return the digest of what decides a fitted model: the library's part of the train stage."""
    names = pipeline()["stages"]["train"]["deps"]
    return digest(name for name in names if name.startswith("smrt_lightning/"))


def digest(names: Iterable[str]) -> str:
    """Return the SHA-256 over the names and contents of files, and of those below folders."""
    found = hashlib.sha256()
    for name in sorted(names):
        base = next(place / name for place in _PLACES if (place / name).exists())
        for path in [base] if base.is_file() else sorted(base.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                content = path.read_bytes()
                inner = path.relative_to(base).as_posix()
                found.update(f"{name} {inner} {len(content)}\n".encode())
                found.update(content)
    return found.hexdigest()


def record(root: Path) -> None:
    """Bring a project's code.yaml up to date; the repository itself has none."""
    if (root / FILE).is_file():
        write(root)


def write(root: Path) -> None:
    """Write code.yaml, unless it says the same already."""
    lines = [f"{stage}: {json.dumps(found)}\n" for stage, found in of_stages().items()]
    content = _HEAD + "".join(lines)
    path = root / FILE
    if not path.is_file() or path.read_text(encoding="utf-8") != content:
        with replacing(path) as temporary:
            temporary.write_text(content, encoding="utf-8")
