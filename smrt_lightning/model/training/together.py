"""Fit many autoencoders at once: those of one shape and one schedule as a stack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import torch

from smrt_lightning.errors import TrainingDivergedError
from smrt_lightning.model.network import PlainNetwork, VariationalNetwork
from smrt_lightning.model.training.batches import Batches
from smrt_lightning.model.training.loop import Schedule, train
from smrt_lightning.model.training.stack import Alone, Shape, Stack

if TYPE_CHECKING:
    from smrt_lightning.model.base import BaseAutoEncoder
    from smrt_lightning.table.rules import TableRules

_WORK = 2**26
"""Multiplications a step beyond which a larger stack is not faster on one core."""
_MOST_ON_ACCELERATOR = 1024


def fit_together(
    models: Sequence[BaseAutoEncoder],
    tables: Sequence[Any],
    rules: Sequence[TableRules | None] | None = None,
) -> Iterator[list[int]]:
    """Fit each model to its table, as its ``fit`` would, to the bit.

    Parameters
    ----------
    models : sequence of BaseAutoEncoder
        Unfitted; fitted in their place.
    tables : sequence of DataFrame or array-like of shape (n_rows, n_columns)
        Rows for each of them.
    rules : sequence of TableRules or None, optional
        What holds in the table that the rows are part of, for each of them.

    Yields
    ------
    list of int
        The positions of models that are fitted now, those of a stack together.

    Raises
    ------
    TrainingDivergedError
        After all others are fitted, if the cost of a model was never a finite number.
    """
    schedules: list[Schedule] = []
    stacks: dict[Any, list[int]] = {}
    for position, (model, table) in enumerate(zip(models, tables, strict=True)):
        model._prepare(table, rules[position] if rules else None)
        schedules.append(model._schedule(len(model.rows_)))
        stacks.setdefault(_key(model, schedules[-1], position), []).append(position)
    diverged: list[BaseAutoEncoder] = []
    for positions in stacks.values():
        size = _most(models[positions[0]])
        for start in range(0, len(positions), size):
            together = positions[start : start + size]
            _fit_stack([models[position] for position in together], schedules[together[0]])
            diverged += [models[at] for at in together if not models[at].epoch_costs_]
            if fitted := [at for at in together if models[at].epoch_costs_]:
                yield fitted
    if diverged:
        raise TrainingDivergedError(
            f"training diverged at learning_rate={diverged[0].learning_rate:g}: the cost is no "
            "longer a finite number. Lower learning_rate (0.003 is a good start) or set clip."
        )


def _stackable(model: BaseAutoEncoder) -> bool:
    return type(model.network_) in (PlainNetwork, VariationalNetwork)


def _shape(model: BaseAutoEncoder) -> Shape:
    layout, n_latent = model.codec_.layout, model._n_latent()
    n_rows = min(len(model.rows_), model.batch_size)
    if _stackable(model):
        return Shape.of(layout, n_latent, n_rows)
    return Shape(layout.width, len(layout.blocks), bool(layout.presence), n_latent, n_rows)


def _key(model: BaseAutoEncoder, schedule: Schedule, position: int) -> Any:
    """Name what the models of a stack share; what a user watches or made trains alone."""
    network = model.network_
    watched = model.logger or model.callbacks or model.verbose
    if watched or not _stackable(model) or not model.codec_.layout.width:
        return position
    kind = (type(network), network.n_hidden, network.activation, network.dropout)
    return (*kind, _shape(model), schedule)


def _most(model: BaseAutoEncoder) -> int:
    """Return how many models like this one to stack at the most."""
    if model.accelerator != "cpu" and torch.accelerator.is_available():
        return _MOST_ON_ACCELERATOR
    size = sum(int(parameter.numel()) for parameter in model.network_.parameters())
    return max(1, _WORK // max(1, size * _shape(model).n_rows))


def _fit_stack(models: Sequence[BaseAutoEncoder], schedule: Schedule) -> None:
    """Train the networks of models of one key, and note how it went."""
    first = models[0]
    if not first.codec_.layout.width:
        first.epoch_costs_ = [0.0]
        return
    shape = _shape(first)
    stack: Stack | Alone = (
        Stack([model.network_ for model in models], shape)
        if _stackable(first)
        else Alone(first.network_)
    )
    batches = Batches(
        [torch.from_numpy(model.rows_) for model in models],
        [model._n_latent() for model in models],
        [model.seed_ for model in models],
        shape,
        schedule.batch_size,
        schedule.n_steps,
    )
    courses = train(stack, batches, schedule, first.logger, first.callbacks or ())
    for model, course in zip(models, courses, strict=True):
        model.epoch_costs_ = course.costs if course.weights is not None else []
