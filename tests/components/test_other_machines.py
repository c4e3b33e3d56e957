"""Every artifact of all stages on other machines, by imitation: masked kernels, other threads."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from component_projects import ROOT, Project

from components.pipeline import STAGES
from components.project.workspace import read_json
from smrt_lightning import kernels

NATIVE: dict[str, str] = {}
OTHER = {
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    "ATEN_CPU_CAPABILITY": "default",
    "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
    "OPENBLAS_CORETYPE": "Nehalem",
    "OMP_NUM_THREADS": "3",
    "PYTHONHASHSEED": "11",
    "LC_ALL": "C",
    "TZ": "Asia/Kolkata",
}


def artifacts(project: Project, environment: dict[str, str]) -> dict[str, bytes]:
    """Run the stages as DVC does, a process each, and return what they leave."""
    inherited = {k: v for k, v in os.environ.items() if k not in kernels.pins()}
    for stage in STAGES:
        subprocess.run(
            [sys.executable, "-m", f"components.{stage}"],
            cwd=project.root,
            env={**inherited, "PYTHONPATH": str(ROOT), **environment},
            check=True,
            capture_output=True,
        )
    return project.bytes_of(project.workspace.artifacts)


def differing(tmp_path: Path, reproducible: str) -> tuple[Project, list[str]]:
    """Return a project, and its artifacts that differ between two imitations."""
    projects = [Project(tmp_path / f"{reproducible} {name}") for name in ("native", "other")]
    for project in projects:
        params = (project.root / "params.yaml").read_text()
        changed = params.replace("machine-independent", reproducible)
        (project.root / "params.yaml").write_text(changed)
    native, other = (
        artifacts(project, environment)
        for project, environment in zip(projects, (NATIVE, OTHER), strict=True)
    )
    assert native.keys() == other.keys()
    return projects[0], [name for name in native if native[name] != other[name]]


@pytest.mark.slow
@pytest.mark.skipif(not kernels.pins(), reason="there is no pin for this machine")
def test_machines_leave_the_same_artifacts_under_the_pin(tmp_path: Path) -> None:
    project, names = differing(tmp_path, "machine-independent")
    assert names == []
    lineage = read_json(next(project.workspace.models.rglob("lineage.json")))
    assert lineage["kernels"]["aten"] == "AVX2"
    assert lineage["kernels"]["openblas"] == "Haswell"


@pytest.mark.slow
@pytest.mark.skipif(not kernels.pins(), reason="there is no pin for this machine")
def test_machines_leave_others_without(tmp_path: Path) -> None:
    _, names = differing(tmp_path, "fast")
    assert any(name.endswith("weights.safetensors") for name in names)
