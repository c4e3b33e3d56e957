"""No advice names a module or a command that an installed package lacks."""

import ast
import importlib.util
import re
from pathlib import Path

import pytest
import typer

from flows.cli.app import app

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path
    for name in ("smrt_lightning", "components", "flows")
    for path in (ROOT / name).rglob("*.py")
)
INSTALLED = ("smrt_lightning", "dvc", "prefect", "pip")
COMMANDS = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def texts(path: Path) -> list[str]:
    """Return the texts of a module that somebody may be shown: all but its docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    own = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in own
    ]


ADVICE = [(path, text) for path in SOURCES for text in texts(path)]


def test_modules_are_in_the_wheel() -> None:
    named = [
        (path.name, module)
        for path, text in ADVICE
        for module in re.findall(r"python -m ([\w.]+)", text)
    ]
    assert named
    for where, module in named:
        assert module.split(".")[0] in INSTALLED, where
        assert importlib.util.find_spec(module) is not None, (where, module)


def test_commands_exist() -> None:
    named = {
        (path.name, command)
        for path, text in ADVICE
        for command in re.findall(r"`smrt (?:--\w+ \w+ )?([a-z]+)", text)
    }
    assert {command for _, command in named} >= {"run", "init"}
    for where, command in sorted(named):
        assert command in COMMANDS, where


@pytest.mark.parametrize("tool", ["make", "pytest", "tox"])
def test_no_tool_of_the_repository_is_named(tool: str) -> None:
    pattern = re.compile(rf"`(?:\./|\.venv/bin/)?{tool} ")
    assert not [(path.name, text) for path, text in ADVICE if pattern.search(text)]
