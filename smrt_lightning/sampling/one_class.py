"""The work on one class of a table: its model, its candidates, those that are kept."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.model.generator import Drawer
from smrt_lightning.model.variational import VariationalAutoEncoder
from smrt_lightning.sampling.acceptance import Clearance, sample
from smrt_lightning.sampling.choice import Choice, Trial, candidates, choose
from smrt_lightning.sampling.drawing import Drawing
from smrt_lightning.sampling.models import ClassModel, foreign_draw
from smrt_lightning.sampling.pool import Recipe, equal_rows
from smrt_lightning.sampling.report import ClassReport
from smrt_lightning.seeds import class_seed
from smrt_lightning.table.pictures import pictures

if TYPE_CHECKING:
    from smrt_lightning.sampling.sampler import SMRT

OF_PICTURES = "prior_mean"
"""A picture's draw: no noise to speckle it, and no real picture retouched. In a trial the few rows
of the other classes would not show what many do to a linear model."""


@dataclass(frozen=True)
class ClassWork:
    """All that the rows of one class are drawn from; it can be sent to another process.

    Attributes
    ----------
    label : Any
        The class.
    table : DataFrame
        Its real rows.
    fitted : ClassModel
        Its model, if it has one.
    choice : Choice
        How its rows are drawn.
    drawing : Drawing
        The way to them.
    seconds : float
        Spent so far.
    """

    label: Any
    table: pd.DataFrame
    fitted: ClassModel
    choice: Choice
    drawing: Drawing
    seconds: float

    def copies(self, rows: pd.DataFrame) -> int:
        """Count the rows that equal a real one."""
        return int(equal_rows(rows, self.table).sum())

    def report(
        self,
        n_candidates: int,
        counts: NDArray[np.int64],
        n_copies: int,
        some: pd.DataFrame,
        seconds: float,
    ) -> ClassReport:
        """Report on the rows that were drawn.

        Parameters
        ----------
        n_candidates, counts
            As :class:`~smrt_lightning.sampling.drawing.Drawn` has them, of all rows.
        n_copies : int
            As :meth:`copies` gives it, of all rows.
        some : DataFrame
            The first of the rows, some thousands.
        seconds : float
            Spent on drawing.
        """
        model = self.fitted.drawer
        return ClassReport(
            label=self.label,
            n_rows=len(self.table),
            n_candidates=n_candidates,
            n_synthetic=self.drawing.n,
            draw=self.choice.recipe.draw,
            reason=self.choice.reason,
            scores=self.choice.scores,
            n_copies=n_copies,
            closest_distance=self.drawing.clearance.closest(some),
            coverage=self.drawing.coverage(counts),
            notes=self.fitted.codec.notes,
            seconds=self.fitted.seconds + self.seconds + seconds,
            loss_history=[] if model is None else list(model.epoch_costs_),
        )


def begin(
    smrt: SMRT,
    label: Any,
    n: int,
    X: pd.DataFrame,
    own: NDArray[np.int64],
    fitted: ClassModel,
    sizes: tuple[int, int] | None = None,
) -> ClassWork:
    """Choose how the rows of one class are drawn.

    Parameters
    ----------
    smrt : SMRT
        With its parameters, its seed, and what it learned of the table; nothing of it is changed.
    label : Any
        The class.
    n : int
        Rows to draw.
    X : DataFrame of shape (n_rows, n_columns)
        The table, or a sample of it.
    own : ndarray of int
        The class's rows.
    fitted : ClassModel
        The class's model, if it has one.
    sizes : (int, int), optional
        Rows of the class and of all others in the table, where X is a sample.
    """
    start = time.perf_counter()
    table = X.iloc[own].reset_index(drop=True)
    seed = class_seed(smrt.seed_, label)
    some, others = sample(own, seed), sample(np.setdiff1d(np.arange(len(X)), own), seed)
    reference = X.iloc[np.sort(np.concatenate([some, others]))]
    clearance = Clearance(reference, X.iloc[some], X.iloc[others], smrt.k_neighbors, smrt.kinds_)
    choice = _choose(smrt, X, own, fitted.drawer, n, seed, sizes)
    drawing = Drawing(
        table, fitted.drawer, clearance, n, recipe=choice.recipe, seed=seed, codec=fitted.codec
    )
    return ClassWork(label, table, fitted, choice, drawing, time.perf_counter() - start)


def work_on_class(
    smrt: SMRT, label: Any, n: int, X: pd.DataFrame, own: NDArray[np.int64], fitted: ClassModel
) -> tuple[pd.DataFrame, NDArray[np.int64], ClassReport]:
    """Draw n rows of one class.

    Parameters
    ----------
    smrt, label, n, X, own, fitted
        As :func:`begin` takes them.

    Returns
    -------
    rows : DataFrame of shape (n, n_columns)
        Synthetic rows.
    anchors : ndarray of int, shape (n,)
        The row of the class that each was drawn from; -1 when not from one row alone.
    report : ClassReport
        What was done.
    """
    work = begin(smrt, label, n, X, own, fitted)
    start = time.perf_counter()
    drawn = work.drawing.all()
    n_copies, seconds = work.copies(drawn.rows), time.perf_counter() - start
    report = work.report(drawn.n_candidates, drawn.counts, n_copies, drawn.rows, seconds)
    return drawn.rows, drawn.anchors, report


def _choose(
    smrt: SMRT,
    X: pd.DataFrame,
    own: NDArray[np.int64],
    model: VariationalAutoEncoder | Drawer | None,
    n: int,
    seed: int,
    sizes: tuple[int, int] | None,
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
    trial = Trial(X, own, model, n, smrt.k_neighbors, seed, smrt.rules_, smrt.kinds_, sizes)
    return choose(trial, candidates(smrt.acceptance, smrt.coverage))
