"""The course of training of each model of a stack: its costs, its best weights, its end."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray
from torch import Tensor

from smrt_lightning.model.training.batches import Batches
from smrt_lightning.model.training.progress import Progress

if TYPE_CHECKING:
    from smrt_lightning.model.training.loop import Schedule
    from smrt_lightning.model.training.stack import Alone, Stack

_PATIENCE = 5
_PATIENCE_STEPS = 300


@dataclass
class Course:
    """The course of the training of one model.

    Attributes
    ----------
    n_rows, batch_size : int
        Rows of the model, and of a step.
    costs : list of float
        Mean cost of a row (nats) in each pass over the rows, at full weight of the divergence.
    weights : Tensor of shape (size,) or None
        What the model ends with; None if its cost was never a finite number.
    ended : bool
        Whether the model has stopped: early, or since its cost was no longer finite.
    """

    n_rows: int
    batch_size: int
    costs: list[float] = field(default_factory=list)
    weights: Tensor | None = None
    ended: bool = False
    _steps: list[float] = field(default_factory=list)
    _best: float = math.inf
    _since: int = 0
    _best_epoch: float = math.inf

    @property
    def per_pass(self) -> int:
        """Steps in one pass over the rows."""
        return -(-self.n_rows // self.batch_size)

    def extend(self, costs: list[float], *, last: bool, min_change: float) -> None:
        """Take the costs of further steps, and close the passes that they end.

        Parameters
        ----------
        costs : list of float
            Mean cost of a row in each step.
        last : bool
            Whether no further steps follow, so that a pass may be left unfinished.
        min_change : float
            By how much a cost must fall below the lowest one to count as progress.
        """
        self._steps += costs
        size, n_rows = self.per_pass, self.n_rows
        while len(self._steps) >= size or (last and self._steps):
            steps, self._steps = self._steps[:size], self._steps[size:]
            rows = [min(self.batch_size, n_rows - at * self.batch_size) for at in range(len(steps))]
            cost = sum(n * c for n, c in zip(rows, steps, strict=True)) / sum(rows)
            self.costs.append(cost)
            self._since += 1
            if cost < self._best - min_change:
                self._best, self._since = cost, 0

    def improves(self, cost: float) -> bool:
        """Note the mean cost of an epoch, and tell whether it is the lowest."""
        if not cost < self._best_epoch:
            return False
        self._best_epoch = cost
        return True

    @property
    def stands_still(self) -> bool:
        """Tell whether no pass has made progress for long."""
        return self._since >= max(_PATIENCE, _PATIENCE_STEPS // self.per_pass)


class BestWeights(pl.Callback):
    """Keeps each model's best weights in memory, and ends its training.

    A model ends when its cost stands still, or is no longer a finite number; both it ends with the
    weights of the epoch with the lowest cost. The others go on: once half of a stack has ended,
    without it.
    """

    def __init__(self, batches: Batches, schedule: Schedule) -> None:
        self.batches = batches
        self.schedule = schedule
        self.courses = [Course(n, schedule.batch_size) for n in batches.n_rows]
        longest = max(course.per_pass for course in self.courses)
        self.progress = Progress(
            -(-schedule.n_steps // longest), schedule.verbose, schedule.display_step
        )

    @torch.no_grad()
    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Read the epoch's costs from the device, once for all models."""
        stack, models = pl_module.stack, self.batches.models
        weights = stack.weights.detach()
        finite = torch.isfinite(weights).all(dim=1, keepdim=True).T
        seen = torch.cat([pl_module.costs, finite.to(weights.dtype)]).cpu().double().numpy()
        for place, model in enumerate(models):
            if not self.courses[model].ended:
                self._follow(
                    self.courses[model],
                    seen[: self.batches.steps, place],
                    weights[place] if seen[-1, place] else None,
                    trainer.global_step,
                )
        going = [place for place, model in enumerate(models) if not self.courses[model].ended]
        if not going:
            trainer.should_stop = True
        elif len(going) <= len(models) / 2:
            stack.keep(torch.tensor(going, device=weights.device), trainer.optimizers[0])
            self.batches.keep(going)
        pl_module.mean_cost = float(seen[: self.batches.steps, going or slice(None)].mean())

    def _follow(
        self, course: Course, costs: NDArray[np.float64], weights: Tensor | None, step: int
    ) -> None:
        """Take an epoch of one model; ``weights`` are None where they are not finite."""
        schedule, n_passes = self.schedule, len(course.costs)
        last = step >= schedule.n_steps
        if not np.isfinite(costs).all():
            course.ended = True
            return
        course.extend(costs.tolist(), last=last, min_change=schedule.min_change)
        if weights is not None and (course.improves(float(costs.mean())) or last):
            course.weights = weights.clone()
        self.progress.epochs(course.costs[n_passes:])
        if schedule.early_stopping and step >= schedule.min_steps and not last:
            course.ended = course.stands_still

    def finish(self, stack: Stack | Alone) -> None:
        """Give the networks the weights that their models ended with."""
        for model, course in enumerate(self.courses):
            if course.weights is not None:
                stack.write_back(model, course.weights.cpu())
        self.progress.close(stopped_early=all(course.ended for course in self.courses))
