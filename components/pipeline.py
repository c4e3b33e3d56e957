"""The stages in their order."""

from __future__ import annotations

import importlib

from components.project.console import Progress, Stage
from components.project.params import Params
from components.project.workspace import Workspace

STAGES = ("validate", "split", "train", "generate", "evaluate", "report")
"""Names of the stages, in dvc.yaml as here; each is the module ``components.<name>``."""


def stage_function(name: str) -> Stage:
    """Return the ``run`` function of a stage, importing its module only now."""
    if name not in STAGES:
        raise KeyError(f"{name!r} is no stage; the stages are {', '.join(STAGES)}")
    run: Stage = importlib.import_module(f"{__package__}.{name}").run
    return run


def run_stage(
    name: str, workspace: Workspace, params: Params, progress: Progress | None = None
) -> None:
    """Run one stage by name."""
    stage_function(name)(workspace, params, progress)
