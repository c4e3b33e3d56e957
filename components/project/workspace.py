"""The places of all artifacts, and writing them: to a temporary place, then renamed.

A reader never sees a half-written file, and the same content gives the same bytes: JSON with
sorted keys, Parquet with fixed writer settings, and no clock, host or absolute path in either.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from components.project.errors import ArtifactWriteError
from components.project.machine import remedy
from components.project.text_files import read_text
from smrt_lightning.errors import DamagedFileError, MissingFileError, SmrtError

if TYPE_CHECKING:
    import pandas as pd


class _Place:
    """A place relative to the root of its workspace."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __get__(self, workspace: Workspace, _kind: type[Workspace]) -> Path:
        return workspace.root / self.path


@dataclass(frozen=True)
class Workspace:
    """The files of one checkout.

    Parameters
    ----------
    root : Path
        The project's root: the folder of params.yaml and dvc.yaml.
    """

    root: Path
    artifacts = _Place("artifacts")  # everything that DVC versions, apart from the input table
    work = _Place(".smrt")  # unversioned files: the model store, timings, rows of a refused table
    schema = _Place("schema.yaml")  # the reviewed pandera schema of the input table
    validated = _Place("artifacts/validated.parquet")  # the rows of the table that pass the schema
    quarantine = _Place("artifacts/quarantine.parquet")  # the rows that do not, and why
    validation = _Place("artifacts/validation.json")  # counts of rows, reasons and classes
    splits = _Place("artifacts/splits.json")  # positions of training and test rows
    models = _Place("artifacts/models")  # <split>/<class directory>/, a model each
    synthetic = _Place("artifacts/synthetic")  # <split>/<class directory>.parquet
    balanced = _Place("artifacts/balanced.parquet")  # real rows, then synthetic
    scores = _Place("artifacts/scores.csv")  # every score of every fit
    metrics = _Place("artifacts/metrics.json")  # means and standard deviations over the splits
    decision = _Place("artifacts/decision.json")  # the method to adopt, and why
    comparison = _Place("artifacts/comparison.json")  # what is behind it
    report = _Place("artifacts/report.html")  # the page for the reviewer
    store = _Place(".smrt/models")  # fitted models by fingerprint
    gate = _Place(".smrt/gate.json")  # classes that the gate turned away; absent if none
    timings = _Place(".smrt/timings.json")  # seconds by stage and fit; nothing hashes them


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, or of a folder's files and their names, in hexadecimal."""
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file())
        return digest_json({file.relative_to(path).as_posix(): digest(file) for file in files})
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_json(value: Any) -> str:
    """Return the SHA-256 of a JSON-able value, whatever the order of its keys."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _temporary(path: Path) -> Path:
    """Return a new name beside ``path`` that says which process writes there."""
    return path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")


def sweep(folder: Path) -> None:
    """Remove what killed processes left half-written in a folder."""
    for path in folder.glob(".*.tmp"):
        writer = re.fullmatch(r"\..*\.(\d+)-[0-9a-f]{8}\.tmp", path.name)
        if writer is None or psutil.pid_exists(int(writer[1])):
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; on success it takes the place of ``path``.

    Raises
    ------
    ArtifactWriteError
        If the disk is full or the folder cannot be written.
    """
    temporary = _temporary(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        temporary.replace(path)
    except SmrtError:
        raise
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        with suppress(OSError):
            temporary.unlink()


@contextmanager
def replacing_directory(path: Path) -> Iterator[Path]:
    """Yield an empty temporary directory; on success it takes the place of ``path``."""
    temporary = _temporary(path)
    try:
        temporary.mkdir(parents=True)
        yield temporary
        replace_directory(temporary, path)
    except SmrtError:
        raise
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def replace_directory(source: Path, destination: Path) -> None:
    """Rename the complete directory ``source`` to ``destination``, whatever was there before."""
    if destination.exists():
        outgoing = _temporary(destination)
        destination.replace(outgoing)
        source.replace(destination)
        shutil.rmtree(outgoing)
    else:
        source.replace(destination)


def write_json(path: Path, value: Any, *, compact: bool = False) -> None:
    """Write JSON with sorted keys; NaN and infinities are refused, as they are not JSON."""
    layout: dict[str, Any] = {"separators": (",", ":")} if compact else {"indent": 2}
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, **layout)
    with replacing(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8", errors="surrogatepass", newline="\n")


def read_json(path: Path) -> Any:
    """Read an artifact written by :func:`write_json`."""
    try:
        return json.loads(read_text(path, at_most=None))
    except FileNotFoundError:
        raise _missing(path) from None
    except (ValueError, RecursionError) as error:
        raise _damaged(path, error) from error


INDEX = "index.json"
"""Name of the file that lists what is in models/ and synthetic/."""


def read_index(directory: Path, key: str) -> Any:
    """Read an entry of ``index.json`` in a directory of models or of synthetic rows."""
    path = directory / INDEX
    try:
        return read_json(path)[key]
    except (KeyError, TypeError) as error:
        raise _damaged(path, error) from error


def write_parquet(path: Path, frame: pd.DataFrame) -> None:
    """Write a frame as Parquet; its index is left out."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(frame, preserve_index=False)
    with replacing(path) as temporary:
        pq.write_table(table, temporary, compression="zstd", version="2.6", row_group_size=1 << 20)


def read_parquet(path: Path) -> pd.DataFrame:
    """Read an artifact written by :func:`write_parquet`, dtypes included."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        frame: pd.DataFrame = pq.read_table(path).to_pandas()
    except FileNotFoundError:
        raise _missing(path) from None
    except pa.ArrowException as error:
        raise _damaged(path, error) from error
    return frame


def _unwritable(path: Path, error: OSError) -> ArtifactWriteError:
    return ArtifactWriteError(f"cannot write {path}: {remedy(error)}")


def _missing(path: Path) -> MissingFileError:
    return MissingFileError(f"{path} is missing: run `dvc repro` to build what comes before")


def _damaged(path: Path, error: Exception) -> DamagedFileError:
    return DamagedFileError(
        f"{path} cannot be read ({' '.join(str(error).split())[:120]}): "
        "delete it and run `dvc repro`"
    )
