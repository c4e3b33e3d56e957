"""Build hook: where the stages and the flows lie in a wheel.

In the repository `components` and `flows` are top-level packages, which a user's own project may
have too. A wheel ships them as `smrt_lightning.pipeline.components` and
`smrt_lightning.pipeline.flows`, with their imports of each other rewritten, and beside them the
files that `smrt init` starts a project from. An editable install stays as the repository is.
"""

import ast
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HOME = "smrt_lightning.pipeline"
MOVED = ("components", "flows")
DOOR = "smrt_lightning/__main__.py"
PROJECT_FILES = ("dvc.yaml", "params.yaml", "prefect.yaml", ".dvcignore", ".dvc/plots/scores.json")
INIT = '"""The stages, the flows and the command line: `smrt`."""\n'


def moved(source: str) -> str:
    """Return source text whose imports of the moved packages name their place in the wheel.

    Raises
    ------
    ValueError
        For ``import components.x``, which would bind another name after the move.
    """
    lines = source.splitlines(keepends=True)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] in MOVED:
                    raise ValueError(f"line {node.lineno}: write `from … import …`: {alias.name}")
        elif isinstance(node, ast.ImportFrom) and not node.level:
            line = lines[node.lineno - 1]
            if (node.module or "").split(".")[0] in MOVED:
                lines[node.lineno - 1] = line.replace("from ", f"from {HOME}.", 1)
    return "".join(lines)


class CustomBuildHook(BuildHookInterface[Any]):
    """Add the moved packages to the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the rewritten files to a temporary folder and have them included."""
        if version == "editable":
            return
        self._folder = tempfile.TemporaryDirectory()
        root, folder = Path(self.root), Path(self._folder.name)
        place = HOME.replace(".", "/")
        include = build_data["force_include"]

        def write(target: str, content: str) -> None:
            path = folder / target
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
            include[str(path)] = target

        write(f"{place}/__init__.py", INIT)
        write(DOOR, moved((root / DOOR).read_text(encoding="utf-8")))
        for package in MOVED:
            for path in sorted((root / package).rglob("*")):
                name = path.relative_to(root).as_posix()
                if path.suffix == ".py":
                    write(f"{place}/{name}", moved(path.read_text(encoding="utf-8")))
                elif path.is_file() and "__pycache__" not in path.parts:
                    include[str(path)] = f"{place}/{name}"
        for name in PROJECT_FILES:
            if (root / name).is_file():
                text = (root / name).read_text(encoding="utf-8")
                write(
                    f"{place}/{name}",
                    text.replace("entrypoint: flows.", f"entrypoint: {HOME}.flows."),
                )

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the temporary folder."""
        if version != "editable":
            self._folder.cleanup()
