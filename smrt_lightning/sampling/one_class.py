"""The work on one class of a table: its model, its candidates, those that are kept."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.model.generator import Drawer
from smrt_lightning.model.pictures import pictures
from smrt_lightning.model.variational import VariationalAutoEncoder
from smrt_lightning.sampling.acceptance import Clearance, sample
from smrt_lightning.sampling.choice import Choice, Trial, candidates, choose
from smrt_lightning.sampling.models import ClassModel, foreign_draw
from smrt_lightning.sampling.pool import Recipe, draw_class, equal_rows
from smrt_lightning.sampling.report import ClassReport
from smrt_lightning.seeds import class_seed

if TYPE_CHECKING:
    from smrt_lightning.sampling.sampler import SMRT

OF_PICTURES = "prior_mean"
"""A picture's draw: no noise to speckle it, and no real picture retouched. In a trial the few rows
of the other classes would not show what many do to a linear model."""


def work_on_class(
    smrt: SMRT, label: Any, n: int, X: pd.DataFrame, own: NDArray[np.int64], fitted: ClassModel
) -> tuple[pd.DataFrame, NDArray[np.int64], ClassReport]:
    """Draw n rows of one class.

    Parameters
    ----------
    smrt : SMRT
        With its parameters, its seed, and what it learned of the table; nothing of it is changed.
    label : Any
        The class.
    n : int
        Rows to draw.
    X : DataFrame of shape (n_rows, n_columns)
        The table.
    own : ndarray of int
        The class's rows.
    fitted : ClassModel
        The class's model, if it has one.

    Returns
    -------
    rows : DataFrame of shape (n, n_columns)
        Synthetic rows.
    anchors : ndarray of int, shape (n,)
        The row of the class that each was drawn from; -1 when not from one row alone.
    report : ClassReport
        What was done.
    """
    start = time.perf_counter()
    table = X.iloc[own].reset_index(drop=True)
    seed = class_seed(smrt.seed_, label)
    model, codec = fitted.drawer, fitted.codec
    some, others = sample(own, seed), sample(np.setdiff1d(np.arange(len(X)), own), seed)
    reference = X.iloc[np.sort(np.concatenate([some, others]))]
    clearance = Clearance(reference, X.iloc[some], X.iloc[others], smrt.k_neighbors, smrt.kinds_)
    choice = _choose(smrt, X, own, model, n, seed)
    kept = draw_class(table, model, clearance, n, recipe=choice.recipe, seed=seed, codec=codec)
    report = ClassReport(
        label=label,
        n_rows=len(table),
        n_candidates=kept.n_candidates,
        n_synthetic=n,
        draw=choice.recipe.draw,
        reason=choice.reason,
        scores=choice.scores,
        n_copies=int(equal_rows(kept.rows, table).sum()),
        closest_distance=clearance.closest(kept.rows),
        coverage=kept.coverage,
        notes=codec.notes,
        seconds=fitted.seconds + time.perf_counter() - start,
        loss_history=[] if model is None else list(model.epoch_costs_),
    )
    return kept.rows, kept.anchors, report


def _choose(
    smrt: SMRT,
    X: pd.DataFrame,
    own: NDArray[np.int64],
    model: VariationalAutoEncoder | Drawer | None,
    n: int,
    seed: int,
) -> Choice:
    """Choose how the rows of a class are drawn, or take what the user asks for."""
    if len(own) == 1:
        reason = "a single row can only be repeated"
        return Choice(Recipe("repetition", 1.0, smrt.coverage), reason)
    if model is None:
        reason = f"{len(own)} rows, fewer than min_rows={smrt.min_rows}: no autoencoder"
        return Choice(Recipe("interpolation", 1.0, smrt.coverage), reason)
    if isinstance(model, Drawer):
        return Choice(Recipe(foreign_draw(model, smrt.draw), smrt.acceptance, smrt.coverage))
    if smrt.draw != "auto":
        return Choice(Recipe(smrt.draw, smrt.acceptance, smrt.coverage))
    if pictures(X.iloc[own]):
        return Choice(Recipe(OF_PICTURES, smrt.acceptance, smrt.coverage), "the rows are pictures")
    trial = Trial(X, own, model, n, smrt.k_neighbors, seed, smrt.rules_, smrt.kinds_)
    return choose(trial, candidates(smrt.acceptance, smrt.coverage))
