"""Which module of ours imports which, wherever in the file it does so."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("smrt_lightning", "components", "flows")
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def module_name(path: Path) -> str:
    """Return the dotted name of a source file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in FILES}


def imports(tree: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yield the imports that are executed, those inside functions too."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for child in node.orelse:
                yield from imports(child)
        else:
            yield from imports(node)


def targets(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    """Yield the modules of ours that an import names."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name in MODULES)
        return
    assert not node.level, "imports are absolute"
    for alias in node.names:
        for name in (f"{node.module}.{alias.name}", node.module or ""):
            if name in MODULES:
                yield name
                break


def import_graph() -> dict[str, set[str]]:
    """Return for each module of ours the modules of ours that it imports."""
    return {
        name: {
            target
            for node in imports(ast.parse(path.read_text(encoding="utf-8")))
            for target in targets(node)
        }
        for name, path in MODULES.items()
    }


def closure(graph: dict[str, set[str]], module: str) -> set[str]:
    """Return a module and all that it imports, directly or not."""
    found, pending = set(), [module]
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += graph[name]
    return found
