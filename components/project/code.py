"""Which source files a module depends on, and a digest that names the code by its content.

``python -m components.project.code`` writes the source files of each stage into dvc.yaml, so that
DVC reruns a stage when, and only when, code that it runs has changed.
"""

from __future__ import annotations

import ast
import hashlib
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

PACKAGES = ("smrt_lightning", "components")
PACKAGE = (__package__ or "components.project").rpartition(".")[0]
HOME = Path(__file__).resolve().parents[2 + PACKAGE.count(".")]
"""The folder that holds our packages: the checkout, or site-packages."""

_MARK = "      # this stage's code, kept by `python -m components.project.code`"


def closure(module: str, home: Path = HOME) -> list[Path]:
    """Find the source files that importing and running a module may execute.

    Imports inside functions count; those for type checkers only do not. Of a package that is
    merely passed through (``import a.b`` executes ``a/__init__.py``) only the imports at the top
    count, since its functions are not called by that.

    Parameters
    ----------
    module : str
        A dotted name inside our packages, such as ``components.train``.
    home : Path
        The folder that holds the packages.

    Returns
    -------
    list of Path
        Relative to ``home``, sorted.
    """
    found: dict[Path, bool] = {}
    pending = [(module, True)]
    while pending:
        name, whole = pending.pop()
        parts = name.split(".")
        if len(parts) > 1:
            pending.append((".".join(parts[:-1]), False))
        path = _file(name, home)
        if path is None or found.get(path) in (whole, True):
            continue
        found[path] = whole
        tree = ast.parse((home / path).read_text(encoding="utf-8"))
        is_package = path.name == "__init__.py"
        pending += [
            (target, True)
            for node in _imports(tree, whole)
            for target in _targets(node, name, is_package, home)
        ]
    return sorted(found)


def stage_sources(stage: str, stages: Iterable[str], home: Path = HOME) -> list[Path]:
    """Find the source files on which a stage's outputs depend, of all the stages there are.

    The report names the code of every stage, so it depends on all of it.
    """
    named = list(stages) if stage == "report" else [stage]
    return sorted({path for name in named for path in closure(f"{PACKAGE}.{name}", home)})


def code_digest(module: str, home: Path = HOME) -> str:
    """Return the SHA-256 over the names and contents of a module's source files."""
    digest = hashlib.sha256()
    for path in closure(module, home):
        content = (home / path).read_bytes()
        digest.update(f"{path.as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _file(name: str, home: Path) -> Path | None:
    if name.split(".")[0] not in PACKAGES:
        return None
    base = Path(*name.split("."))
    for candidate in (base.with_suffix(".py"), base / "__init__.py"):
        if (home / candidate).is_file():
            return candidate
    return None


def _imports(tree: ast.AST, whole: bool) -> Iterator[ast.Import | ast.ImportFrom]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for child in node.orelse:
                yield from _imports(child, whole)
        elif whole or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _imports(node, whole)


def _targets(
    node: ast.Import | ast.ImportFrom, module: str, is_package: bool, home: Path
) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    base = node.module or ""
    if node.level:
        parents = module.split(".")
        parents = parents[: len(parents) - node.level + is_package]
        base = ".".join([*parents, base] if base else parents)
    for alias in node.names:
        submodule = f"{base}.{alias.name}"
        yield submodule if _file(submodule, home) is not None else base


def rewrite(text: str, home: Path = HOME) -> str:
    """Return the text of dvc.yaml with every stage's list of source files brought up to date."""
    stages = re.findall(r"^  (\w+):$", text, re.MULTILINE)
    lines: list[str] = []
    stage = ""
    listing = False
    for line in text.splitlines():
        if listing and re.fullmatch(r"      - \S+\.py", line):
            continue
        lines.append(line)
        if heading := re.fullmatch(r"  (\w+):", line):
            stage = heading[1]
        listing = line == _MARK
        if listing:
            sources = stage_sources(stage, stages, home)
            lines += [f"      - {path.as_posix()}" for path in sources]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Rewrite the lists of source files in the current directory's dvc.yaml."""
    path = Path("dvc.yaml")
    old = path.read_text(encoding="utf-8")
    new = rewrite(old)
    if new != old:
        path.write_text(new, encoding="utf-8")
    sys.stderr.write(f"sources: dvc.yaml {'rewritten' if new != old else 'is up to date'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
