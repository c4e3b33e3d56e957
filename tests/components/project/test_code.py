"""dvc.yaml lists exactly the source files and parameters that each stage uses."""

import ast
from pathlib import Path

import pytest
import yaml
from component_projects import ROOT

from components.page.lineage import SHOWN
from components.pipeline import STAGES
from components.project import code

PIPELINE = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]


def test_dvc_yaml_has_the_stages_in_their_order() -> None:
    assert tuple(PIPELINE) == STAGES
    for name, stage in PIPELINE.items():
        assert stage["cmd"] == f"python -m components.{name}"
        outs = stage["outs"] + stage.get("metrics", []) + stage.get("plots", [])
        assert all(next(iter(out.values()))["persist"] for out in outs)


@pytest.mark.parametrize("stage", STAGES)
def test_dependencies_are_the_import_closure(stage: str) -> None:
    listed = [dep for dep in PIPELINE[stage]["deps"] if dep.endswith(".py")]
    found = [path.as_posix() for path in code.stage_sources(stage, STAGES)]
    assert listed == found, "run `python -m components.project.code`"


def test_rewriting_restores_the_lists() -> None:
    text = (ROOT / "dvc.yaml").read_text()
    broken = text.replace("      - components/project/params.py\n", "      - components/gone.py\n")
    assert broken != text
    assert code.rewrite(broken) == text


def used_params(path: Path) -> set[str]:
    """Return the dotted keys that a file reads from a variable named ``params``."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.insert(0, node.attr)
            node = node.value
        if isinstance(node, ast.Name) and node.id == "params" and parts:
            found.add(".".join(part for part in parts if part != "model_dump"))
    return {key for key in found if not any(other.startswith(f"{key}.") for other in found)}


def test_the_report_depends_on_the_code_that_it_names() -> None:
    listed = set(PIPELINE["report"]["deps"])
    for stage in STAGES:
        assert {path.as_posix() for path in code.closure(f"components.{stage}")} <= listed


def test_the_report_declares_the_parameters_that_it_shows() -> None:
    assert set(PIPELINE["report"]["params"]) == SHOWN
    declared = {key.split(".")[0] for stage in STAGES for key in PIPELINE[stage]["params"]}
    assert declared == SHOWN


@pytest.mark.parametrize("stage", STAGES[:-1])
def test_parameters_of_a_stage_are_declared(stage: str) -> None:
    declared = set(PIPELINE[stage]["params"])
    # Modules shared by stages read only what a stage hands to them.
    used = used_params(ROOT / "components" / f"{stage}.py")
    if stage in ("train", "generate"):
        used |= used_params(ROOT / "components" / "table" / "classes.py")
    if stage in ("split", "train", "generate", "evaluate"):
        used |= used_params(ROOT / "components" / "table" / "rows.py")
    covered = {key for key in used if key in declared or key.split(".")[0] in declared}
    assert used == covered
    needless = {
        key for key in declared if not any(use == key or use.startswith(f"{key}.") for use in used)
    }
    assert not needless


@pytest.fixture
def home(tmp_path: Path) -> Path:
    files = {
        "components/__init__.py": "def lazy():\n    import components.never\n",
        "components/a.py": (
            "from __future__ import annotations\n"
            "import json\n"
            "from typing import TYPE_CHECKING\n"
            "from . import b\n"
            "if TYPE_CHECKING:\n    from components import typed\n"
            "def f():\n    from components.sub.c import thing\n"
        ),
        "components/b.py": "from components import a\n",
        "components/never.py": "",
        "components/typed.py": "",
        "components/sub/__init__.py": "from components.sub import d\n",
        "components/sub/c.py": "from ..e import x\n",
        "components/sub/d.py": "",
        "components/e.py": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_closure_of_a_small_package(home: Path) -> None:
    assert [path.as_posix() for path in code.closure("components.a", home)] == [
        "components/__init__.py",
        "components/a.py",
        "components/b.py",
        "components/e.py",
        "components/sub/__init__.py",
        "components/sub/c.py",
        "components/sub/d.py",
    ]


def test_code_digest_follows_what_runs(home: Path) -> None:
    before = code.code_digest("components.a", home)
    (home / "components" / "never.py").write_text("# changed")
    assert code.code_digest("components.a", home) == before
    (home / "components" / "e.py").write_text("# changed")
    assert code.code_digest("components.a", home) != before
