"""Train stacks of networks with PyTorch Lightning, one model being the stack of one.

An epoch of Lightning is a fixed number of steps, whatever the number of rows: tiny tables would
make tiny epochs. What is said of a training per *pass* is said of one pass over the rows.
"""

from __future__ import annotations

import logging
import math
import threading
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor

from smrt_lightning.model.network import Dropout
from smrt_lightning.model.parameters import TrainingParameters
from smrt_lightning.model.training.batches import Batch, Batches
from smrt_lightning.model.training.course import BestWeights, Course
from smrt_lightning.model.training.loggers import make_logger
from smrt_lightning.model.training.stack import Alone, Stack
from smrt_lightning.threads import one_thread

OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "adamw": partial(torch.optim.AdamW, fused=True),
    "adam": partial(torch.optim.Adam, fused=True),
    "rms_prop": torch.optim.RMSprop,
    "sgd": torch.optim.SGD,
    "momentum": partial(torch.optim.SGD, momentum=0.9),
    "adagrad": torch.optim.Adagrad,
    "adadelta": torch.optim.Adadelta,
}
_CHATTY = ("pytorch_lightning.utilities.rank_zero", "lightning_fabric.utilities.rank_zero")
_KL_WARM_UP = 0.3


@dataclass(kw_only=True, unsafe_hash=True)
class Schedule(TrainingParameters):
    """The length and speed of a training; the same for all models of a stack.

    Attributes
    ----------
    n_steps : int
        Steps of the optimiser at the most.
    min_steps : int
        Steps before early stopping may end the training.
    clip : float
        Bound on the norm of a model's gradient; 0 for none.
    clip_values : tuple of float, optional
        Bounds on each entry of the gradient.
    verbose, display_step : int
        What :class:`~smrt_lightning.model.training.progress.Progress` says.
    """

    n_steps: int
    min_steps: int
    clip: float
    clip_values: tuple[float, float] | None = None
    verbose: int = 0
    display_step: int = 5


class TrainingModule(pl.LightningModule):
    """The training loop's view of a stack: loss, optimiser and clipping.

    It logs ``cost``, the mean cost of a row in an epoch over the models, in nats, at full weight of
    the divergence.

    Attributes
    ----------
    costs : Tensor of shape (steps of the epoch, models)
        Mean cost of a row of each model in each step, on the device.
    """

    def __init__(self, stack: Stack | Alone, batches: Batches, schedule: Schedule) -> None:
        super().__init__()
        self.stack = stack
        self.batches = batches
        self.schedule = schedule
        self.costs = torch.empty(0)
        self.mean_cost = math.inf

    def __setattr__(self, name: str, value: Any) -> None:
        """Note quickly which hook runs, as Lightning does here fifty times a step."""
        if name == "_current_fx_name":
            vars(self)[name] = value
        else:
            super().__setattr__(name, value)

    def on_fit_start(self) -> None:
        """Make every random stream on the device that trains."""
        self.batches.to(self.device)
        for module in self.modules():
            if isinstance(module, Dropout):
                module.to_device(self.device)

    def train_dataloader(self) -> Batches:
        """Return the batches; Lightning iterates over them once an epoch."""
        return self.batches

    def on_train_epoch_start(self) -> None:
        """Make room for the costs of an epoch."""
        self.costs = torch.zeros(len(self.batches), len(self.batches.models), device=self.device)

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Return the evidence lower bound's negative, the divergence warmed up linearly."""
        rows, share, noise = batch
        cost, divergence = self.stack.costs(rows, noise, share)
        weight = min(1.0, (self.global_step + 1) / (_KL_WARM_UP * self.schedule.n_steps))
        self.costs[batch_idx] = ((cost + divergence).detach() * share).sum(dim=1)
        return ((cost + weight * divergence) * share).sum()

    def on_train_epoch_end(self) -> None:
        """Log the epoch's cost for loggers and callbacks; it was read from the device before."""
        self.log("cost", self.mean_cost)

    def configure_optimizers(self) -> Any:
        """Return the optimiser with a one-cycle learning rate, stepped every batch."""
        schedule = self.schedule
        optimizer = OPTIMIZERS[schedule.learning_function](
            [p for p in self.stack.parameters() if p.requires_grad],
            lr=schedule.learning_rate,
            weight_decay=schedule.l2_penalty or 0.0,
        )
        cycle = torch.optim.lr_scheduler.OneCycleLR(
            optimizer,
            max_lr=schedule.learning_rate,
            total_steps=schedule.n_steps + 1,
            cycle_momentum=False,
        )
        return [optimizer], [{"scheduler": cycle, "interval": "step"}]

    def configure_gradient_clipping(
        self,
        optimizer: torch.optim.Optimizer,
        gradient_clip_val: float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """Bound the norm of each model's gradient, or each of its entries."""
        if self.schedule.clip_values is not None:
            for parameter in self.stack.parameters():
                if parameter.grad is not None:
                    parameter.grad.clamp_(*self.schedule.clip_values)
        elif self.schedule.clip:
            self.stack.clip(self.schedule.clip)

    def transfer_batch_to_device(
        self, batch: Batch, device: torch.device, dataloader_idx: int
    ) -> Batch:
        """Return the batch as it is: it was made on the device."""
        return batch


def train(
    stack: Stack | Alone,
    batches: Batches,
    schedule: Schedule,
    logger: Any = False,
    callbacks: Sequence[pl.Callback] = (),
) -> list[Course]:
    """Train the networks of a stack in their place.

    Parameters
    ----------
    stack : Stack or Alone
        Of one model or many.
    batches : Batches
        Their rows.
    schedule : Schedule
        How long and how fast.
    logger : bool, str or Lightning logger
        See :func:`~smrt_lightning.model.training.loggers.make_logger`.
    callbacks : sequence of Lightning callbacks
        Called besides the ones that keep each model's best weights.

    Returns
    -------
    list of Course
        How the training of each model went.
    """
    module = TrainingModule(stack, batches, schedule)
    best = BestWeights(batches, schedule)
    with one_thread(), _Quiet():
        trainer = pl.Trainer(
            max_epochs=-1,
            max_steps=schedule.n_steps,
            accelerator=schedule.accelerator,
            devices=1,
            logger=make_logger(logger),
            log_every_n_steps=len(batches),
            callbacks=[best, *callbacks],
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            use_distributed_sampler=False,
        )
        trainer.fit(module)
    best.finish(stack)
    for network in stack.networks:
        network.to("cpu").eval()
    return best.courses


class _Quiet:
    """None of Lightning's device lines and tips."""

    def __enter__(self) -> None:
        self.thread = threading.get_ident()
        # Lightning 2.6 asks torch 2.13 in a way it deprecated; catch_warnings is not thread-safe.
        warnings.filterwarnings("ignore", "`isinstance.treespec, LeafSpec.` is deprecated")
        for name in _CHATTY:
            logging.getLogger(name).addFilter(self)

    def __exit__(self, *exception: object) -> None:
        for name in _CHATTY:
            logging.getLogger(name).removeFilter(self)

    def filter(self, record: logging.LogRecord) -> bool:
        """Let through other threads' records, and this one's from WARNING up."""
        return record.thread != self.thread or record.levelno >= logging.WARNING
