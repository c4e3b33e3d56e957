"""Build the API pages from the docstrings: `python docs/api.py FOLDER`. A warning is an error."""

import sys
import warnings
from importlib import import_module
from pathlib import Path

import pdoc

PUBLIC = (
    "smrt_lightning",
    "smrt_lightning.sampling.acceptance",
    "smrt_lightning.sampling.choice",
    "smrt_lightning.sampling.coverage",
    "smrt_lightning.model.plain",
    "smrt_lightning.sampling.balance",
    "smrt_lightning.model.codec",
    "smrt_lightning.model.columns",
    "smrt_lightning.table.columns",
    "smrt_lightning.model.draws",
    "smrt_lightning.errors",
    "smrt_lightning.evaluation",
    "smrt_lightning.evaluation.compare",
    "smrt_lightning.evaluation.comparison",
    "smrt_lightning.evaluation.scores.metrics",
    "smrt_lightning.evaluation.splits",
    "smrt_lightning.evaluation.decision.evidence",
    "smrt_lightning.evaluation.decision.statistics",
    "smrt_lightning.evaluation.decision.verdict",
    "smrt_lightning.model.explanation",
    "smrt_lightning.model.interpolation",
    "smrt_lightning.model.network",
    "smrt_lightning.sampling.notebook_view",
    "smrt_lightning.sampling.pool",
    "smrt_lightning.sampling.report",
    "smrt_lightning.sampling.sampler",
    "smrt_lightning.seeds",
    "smrt_lightning.model.storage",
    "smrt_lightning.model.training.loop",
    "smrt_lightning.table.constraints",
    "smrt_lightning.table.rules",
    "smrt_lightning.kernels",
    "smrt_lightning.model.variational",
)


def build(folder: Path) -> None:
    """Write a page for each public module."""
    for name in ("smrt_lightning", "smrt_lightning.evaluation"):
        module = import_module(name)
        for public in module.__all__:  # imported on first use otherwise, which pdoc does not do
            vars(module)[public] = getattr(module, public)
    pdoc.render.configure(docformat="numpy", search=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pdoc.pdoc(*PUBLIC, output_directory=folder)


if __name__ == "__main__":
    build(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/api"))
