"""Fitted models by content: the fingerprint of a fit names everything that decides its result.

An interrupted run finds its finished fits here, and a class whose rows did not change is not
trained again. The store is not versioned; ``artifacts/models`` is built from it.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.project import code
from components.project.workspace import (
    Workspace,
    digest_json,
    read_json,
    replacing_directory,
    write_json,
)
from smrt_lightning import kernels
from smrt_lightning.errors import SmrtError

if TYPE_CHECKING:
    import pandas as pd

    from smrt_lightning.model.variational import VariationalAutoEncoder

LIBRARIES = ("numpy", "pandas", "pytorch-lightning", "scikit-learn", "scipy", "torch")


def rows_digest(rows: pd.DataFrame) -> str:
    """Return the SHA-256 of a table's names, types and values, in their order."""
    import hashlib

    import pyarrow as pa
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(rows, preserve_index=False), buffer, compression="none")
    return hashlib.sha256(buffer.getbuffer()).hexdigest()


@cache
def code_of_fits() -> dict[str, Any]:
    """Name the code that fits a model: our sources by digest, the libraries by version."""
    from importlib.metadata import version

    libraries = {name: version(name).partition("+")[0] for name in LIBRARIES}
    return {"sources_sha256": code.of_fits(), "libraries": libraries}


@cache
def kernels_of_fits() -> dict[str, str]:
    """Name the kernels that fit a model; under the pin they are the same on all machines."""
    return kernels.chosen()


def lineage(label: str, n_rows: int, sha256: dict[str, str], vae: dict[str, Any], seed: int) -> Any:
    """Return what a model came from; equal lineages give equal models."""
    return {
        "label": label,
        "rows": n_rows,
        **sha256,
        "parameters": vae,
        "seed": seed,
        "code": code_of_fits(),
        "kernels": kernels_of_fits(),
    }


def fingerprint(origin: Any) -> str:
    """Return the name of a fit: the SHA-256 of its lineage."""
    return digest_json(origin)


def model_directory(workspace: Workspace, name: str) -> Path:
    """Return where the store keeps the files of a model."""
    return workspace.store / name / "model"


def holds(workspace: Workspace, name: str) -> bool:
    """Tell whether the store has a whole, unaltered model of this fingerprint."""
    from smrt_lightning.model.variational import VariationalAutoEncoder

    directory = model_directory(workspace, name)
    if not directory.is_dir():
        return False
    try:
        VariationalAutoEncoder.load(directory)
        return fingerprint(read_json(directory / "lineage.json")) == name
    except SmrtError:
        return False


def keep(workspace: Workspace, origin: Any, model: VariationalAutoEncoder, seconds: float) -> None:
    """Put a fitted model into the store, whole or not at all."""
    with replacing_directory(workspace.store / fingerprint(origin)) as temporary:
        model.save(temporary / "model")
        write_json(temporary / "model" / "lineage.json", origin)
        write_json(temporary / "timing.json", {"seconds": seconds})


def seconds(workspace: Workspace, name: str) -> float:
    """Return how long the fit of a stored model took."""
    return float(read_json(workspace.store / name / "timing.json")["seconds"])


def prune(workspace: Workspace, names: Iterable[str]) -> None:
    """Remove every stored model but those named."""
    kept = set(names)
    for directory in workspace.store.iterdir() if workspace.store.is_dir() else ():
        if directory.name not in kept:
            shutil.rmtree(directory, ignore_errors=True)
