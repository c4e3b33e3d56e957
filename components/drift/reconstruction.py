"""The reconstruction error of new rows under the model of their class.

A model's error on rows that it learned from is too small a yardstick, and the errors of two models
have two scales. So each split's model is given the rows that it held out and, in the same
proportion, rows of the batch: without drift the two sets of errors have one distribution.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from components.drift.shift import Shift, error_shift
from components.project.errors import shorten
from components.project.params import DriftParams
from components.project.workspace import Workspace, read_index
from components.table.rows import RELEASE, Part, load_parts

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from smrt_lightning.model.variational import VariationalAutoEncoder


def reconstruction_shifts(
    reference: Workspace,
    old: tuple[pd.DataFrame, pd.Series[Any]],
    new: tuple[pd.DataFrame, pd.Series[Any]],
    settings: DriftParams,
) -> tuple[list[Shift], list[str]]:
    """Compare, class by class, errors on new rows with errors on rows that were held out."""
    every = read_index(reference.models, "models")
    jobs = [job for job in every if job["fingerprint"] is not None]
    parts = load_parts(reference, len(old[0]))
    shifts = []
    notes = [
        f"class {shorten(str(job['label']))}: no model to compare with: {job['reason']}"
        for job in every
        if job["split"] == RELEASE and job["fingerprint"] is None
    ]
    for label in sorted({str(job["label"]) for job in jobs if job["split"] == RELEASE}):
        own = {str(job["split"]): job for job in jobs if job["label"] == label}
        held_out = _held_out(old[1], label, own, parts)
        n_held_out = sum(len(rows) for _, rows in held_out)
        rows = new[0][(new[1] == label).to_numpy()]
        if min(len(rows), n_held_out) < settings.min_class_rows:
            notes.append(
                f"class {shorten(label)}: {len(rows)} new and {n_held_out} held-out rows, one of "
                f"them below drift.min_class_rows = {settings.min_class_rows}: not compared"
            )
            continue
        turns = _turns(len(rows), [len(held) for _, held in held_out])
        before, after = [], []
        for turn, (job, held) in enumerate(held_out):
            model = _load(reference, job)
            before.append(_errors(model, old[0].iloc[held]))
            after.append(_errors(model, rows[turns == turn]))
        shifts.append(
            error_shift(
                label, np.concatenate(before), np.concatenate(after), settings.smallest_error_shift
            )
        )
    return shifts, notes


def _held_out(
    y: pd.Series[Any], label: str, jobs: dict[str, dict[str, Any]], parts: list[Part]
) -> list[tuple[dict[str, Any], NDArray[np.int64]]]:
    """Return the splits' models of a class, each with rows of the class that it has not seen.

    A row goes to the first such model only, so that the errors are those of different rows.
    """
    own = (y == label).to_numpy()
    taken = np.zeros(len(y), dtype=bool)
    found = []
    for part in parts:
        rows = part.test[own[part.test] & ~taken[part.test]]
        if part.name != RELEASE and part.name in jobs and len(rows):
            taken[rows] = True
            found.append((jobs[part.name], rows))
    return found


def _turns(n: int, weights: list[int]) -> NDArray[np.int64]:
    """Deal ``n`` rows out to models in proportion to ``weights``, evenly along the batch.

    The golden ratio's multiples fill the unit interval evenly, whatever the order of the rows.
    """
    shares = np.cumsum(weights) / sum(weights)
    golden = (np.sqrt(5.0) - 1.0) / 2.0
    places = np.searchsorted(shares, (np.arange(n) * golden + 0.5) % 1.0, side="right")
    return np.asarray(np.minimum(places, len(weights) - 1), dtype=np.int64)


def _load(reference: Workspace, job: dict[str, Any]) -> VariationalAutoEncoder:
    from smrt_lightning.model.variational import VariationalAutoEncoder

    return VariationalAutoEncoder.load(reference.models / job["split"] / job["class_dir"])


def _errors(model: VariationalAutoEncoder, rows: pd.DataFrame) -> NDArray[np.float64]:
    """Return errors; what overflowed goes to the end of the scale, where ranks lose nothing."""
    if not len(rows):
        return np.empty(0)
    errors = model.reconstruction_error(rows.reset_index(drop=True))
    most = np.finfo(np.float64).max
    return np.nan_to_num(errors, nan=most, posinf=most)
