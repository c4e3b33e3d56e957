"""A stage runs again when its code changed; another stage's code fits no model anew."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from component_projects import ROOT
from import_graph import MODULES, closure, import_graph

from components.page.lineage import SHOWN
from components.pipeline import STAGES
from components.project import code

PIPELINE = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
GRAPH = import_graph()
DECIDES_NOTHING = {
    "components/__init__.py",
    "smrt_lightning/__init__.py",
    "smrt_lightning/_version.py",
    "smrt_lightning/errors.py",
}


def test_dvc_yaml_has_the_stages_in_their_order() -> None:
    assert tuple(PIPELINE) == STAGES
    for name, stage in PIPELINE.items():
        assert stage["cmd"] == f"python -m components.{name}"
        outs = stage["outs"] + stage.get("metrics", []) + stage.get("plots", [])
        assert all(next(iter(out.values()))["persist"] for out in outs)


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_depends_on_the_folders_of_the_code_that_it_imports(stage: str) -> None:
    modules = closure(GRAPH, f"components.{stage}")
    files = {MODULES[name].relative_to(ROOT).as_posix() for name in modules} - DECIDES_NOTHING
    listed = [name for name in PIPELINE[stage]["deps"] if code.is_code(name)]
    covered = {
        file: [name for name in listed if file == name or file.startswith(f"{name}/")]
        for file in files
    }
    assert [file for file, names in covered.items() if not names] == [], "dvc.yaml lacks these"
    used = {name for names in covered.values() for name in names}
    if stage != "report":  # it names the code of every stage, and so depends on all of it
        assert set(listed) == used, "dvc.yaml lists what the stage does not import"


def test_the_report_depends_on_the_code_that_it_names() -> None:
    listed = [name for name in PIPELINE["report"]["deps"] if code.is_code(name)]
    for stage in STAGES[:-1]:
        for name in filter(code.is_code, PIPELINE[stage]["deps"]):
            if name != f"components/{stage}.py":
                assert any(name == other or name.startswith(f"{other}/") for other in listed)


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
    declared -= {"reproducible"}  # read before the stage, by the process that it runs in
    needless = {
        key for key in declared if not any(use == key or use.startswith(f"{key}.") for use in used)
    }
    assert not needless


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of our code under git and DVC, with stages that do nothing and are done."""
    place = tmp_path_factory.mktemp("copy")
    for package in ("components", "smrt_lightning"):
        shutil.copytree(ROOT / package, place / package, ignore=shutil.ignore_patterns("*.pyc"))
    shutil.copyfile(ROOT / ".dvcignore", place / ".dvcignore")
    stages = {
        name: {"cmd": "true", "deps": [dep for dep in stage["deps"] if code.is_code(dep)]}
        for name, stage in PIPELINE.items()
    }
    (place / "dvc.yaml").write_text(yaml.safe_dump({"stages": stages}, sort_keys=False))
    dvc(place, "init", "--no-scm", "--quiet")
    dvc(place, "repro", "--quiet")
    return place


def dvc(place: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *arguments],
        cwd=place,
        env={**os.environ, "DVC_NO_ANALYTICS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize(
    ("changed", "stale"),
    [
        ("smrt_lightning/sampling/acceptance.py", ["generate", "evaluate", "report"]),
        ("smrt_lightning/model/codec.py", ["train", "generate", "evaluate", "report"]),
        ("components/page/templates/report/sort.js", ["report"]),
        ("components/drift/check.py", []),
        ("smrt_lightning/table/__pycache__/columns.cpython-311.pyc", []),
    ],
)
def test_stages_run_again_whose_code_changed_and_models_are_fitted_anew_for_their_own(
    copy: Path, changed: str, stale: list[str]
) -> None:
    path = copy / changed
    before = path.read_bytes() if path.is_file() else None
    path.parent.mkdir(exist_ok=True)
    fits = digest_of_fits(copy)
    try:
        path.write_bytes((before or b"") + b"\n# changed\n")
        found = yaml.safe_load(dvc(copy, "status", "--json"))
        assert [stage for stage in STAGES if stage in found] == stale
        assert (digest_of_fits(copy) != fits) == ("train" in stale)
    finally:
        path.unlink() if before is None else path.write_bytes(before)


def digest_of_fits(place: Path) -> str:
    script = "from components.project import code; print(code.__file__, code.of_fits())"
    command = [sys.executable, "-B", "-c", script]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(str(place))
    return done.stdout.split()[-1]
