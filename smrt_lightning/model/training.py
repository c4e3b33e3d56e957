"""Train a network with PyTorch Lightning, on batches sliced from one tensor.

Small tables make tiny epochs, so the unit here is the step: all passes over the rows are one
Lightning epoch, which spares its per-epoch work.
"""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn

from smrt_lightning.errors import TrainingDivergedError
from smrt_lightning.model.loggers import make_logger
from smrt_lightning.model.progress import Progress
from smrt_lightning.threads import one_thread

OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "adamw": torch.optim.AdamW,
    "adam": torch.optim.Adam,
    "rms_prop": torch.optim.RMSprop,
    "sgd": torch.optim.SGD,
    "momentum": partial(torch.optim.SGD, momentum=0.9),
    "adagrad": torch.optim.Adagrad,
    "adadelta": torch.optim.Adadelta,
}
_CHATTY = ("pytorch_lightning.utilities.rank_zero", "lightning_fabric.utilities.rank_zero")
_KL_WARM_UP = 0.3
_PATIENCE = 5


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to train.

    Attributes
    ----------
    n_steps : int
        Steps of the optimiser at the most.
    min_steps : int
        Steps before early stopping may end the training.
    batch_size : int
        Rows a step.
    learning_function : str
        One of ``OPTIMIZERS``.
    learning_rate : float
        The peak of the one-cycle schedule (Smith & Topin 2019).
    l2_penalty : float
        Weight decay.
    clip : float
        Bound on the norm of the gradient; 0 for none.
    clip_values : tuple of float, optional
        Bounds on each entry of the gradient.
    early_stopping : bool
        Whether to stop when the cost of a pass no longer falls by ``min_change`` nats.
    min_change : float
        See ``early_stopping``.
    accelerator : str
        As Lightning's Trainer takes it: "auto", "cpu", "gpu", …
    logger : Any
        False, True, "csv", "tensorboard" or a Lightning logger.
    verbose, display_step : int
        What :class:`~smrt_lightning.model.progress.Progress` says.
    """

    n_steps: int
    min_steps: int
    batch_size: int
    learning_function: str
    learning_rate: float
    l2_penalty: float
    clip: float
    early_stopping: bool
    min_change: float
    accelerator: str
    clip_values: tuple[float, float] | None = None
    logger: Any = False
    verbose: int = 0
    display_step: int = 5


class Batches:
    """Shuffled slices of one tensor, pass after pass, each with its own latent noise."""

    def __init__(
        self, rows: Tensor, n_latent: int, schedule: Schedule, generator: torch.Generator
    ) -> None:
        self.rows = rows
        self.n_latent = n_latent
        self.schedule = schedule
        self.generator = generator

    @property
    def per_pass(self) -> int:
        """Batches in one pass over the rows."""
        return -(-len(self.rows) // self.schedule.batch_size)

    def __len__(self) -> int:
        return self.schedule.n_steps

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        size, step = self.schedule.batch_size, 0
        while step < self.schedule.n_steps:
            order = torch.randperm(len(self.rows), generator=self.generator)
            for part in torch.split(order, size):
                noise = torch.randn(len(part), self.n_latent, generator=self.generator)
                yield self.rows[part], noise
                step += 1
                if step == self.schedule.n_steps:
                    return


class TrainingModule(pl.LightningModule):
    """The training loop's view of a network: loss, optimiser, stopping, and the NaN guard.

    Attributes
    ----------
    epoch_costs : list of float
        Mean cost of a row (nats) in each pass over the rows, at full weight of the divergence.
    """

    def __init__(self, network: nn.Module, schedule: Schedule, per_pass: int) -> None:
        super().__init__()
        self.network = network
        self.schedule = schedule
        self.per_pass = per_pass
        self.epoch_costs: list[float] = []
        self._pass: list[Tensor] = []
        self._best = float("inf")
        self._best_weights: dict[str, Tensor] = {}
        self._since_best = 0
        self.stopped_early = False
        self.progress = Progress(
            -(-schedule.n_steps // per_pass), schedule.verbose, schedule.display_step
        )

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        """Return the evidence lower bound's negative, the divergence warmed up linearly."""
        cost, divergence = self.network.costs(*batch)  # type: ignore[operator]
        weight = min(1.0, (batch_idx + 1) / (_KL_WARM_UP * self.schedule.n_steps))
        self._pass.append((cost + divergence).detach().mean())
        loss: Tensor = (cost + weight * divergence).mean()
        return loss

    def configure_optimizers(self) -> Any:
        """Return the optimiser with a one-cycle learning rate, stepped every batch."""
        schedule = self.schedule
        kind = OPTIMIZERS[schedule.learning_function]
        optimizer = kind(
            self.network.parameters(),
            lr=schedule.learning_rate,
            weight_decay=schedule.l2_penalty,
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
        """Bound the gradient's norm, or each of its entries."""
        if self.schedule.clip_values is None:
            self.clip_gradients(optimizer, gradient_clip_val, gradient_clip_algorithm)
            return
        for parameter in self.network.parameters():
            if parameter.grad is not None:
                parameter.grad.clamp_(*self.schedule.clip_values)

    def on_train_batch_end(self, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Close a pass: note its cost, keep the best weights, stop on NaN or a plateau."""
        if len(self._pass) < self.per_pass and batch_idx + 1 < self.schedule.n_steps:
            return
        cost = float(torch.stack(self._pass).mean())
        self._pass.clear()
        if not cost < float("inf"):
            self.trainer.should_stop = True
            return
        self.epoch_costs.append(cost)
        self.progress.epoch(cost)
        if self.logger is not None:
            self.logger.log_metrics({"cost": cost}, step=batch_idx + 1)
        if cost < self._best - self.schedule.min_change:
            self._best, self._since_best = cost, 0
        else:
            self._since_best += 1
        step = batch_idx + 1
        if step % max(100, self.per_pass) < self.per_pass:
            self._remember()
        patience = max(_PATIENCE, 300 // self.per_pass)
        if self.schedule.early_stopping and step >= self.schedule.min_steps:
            self.stopped_early = self._since_best >= patience
            self.trainer.should_stop = self.stopped_early

    def _remember(self) -> None:
        """Keep finite weights to return to."""
        state = {name: value.detach().clone() for name, value in self.network.state_dict().items()}
        if all(bool(torch.isfinite(value).all()) for value in state.values()):
            self._best_weights = state

    def recover(self) -> None:
        """Return to the last finite weights if the present ones are not.

        Raises
        ------
        TrainingDivergedError
            If there were never any.
        """
        if all(bool(torch.isfinite(value).all()) for value in self.network.parameters()):
            return
        if not self._best_weights:
            raise TrainingDivergedError(
                f"training diverged at learning_rate={self.schedule.learning_rate:g}: the cost is "
                "no longer a finite number. Lower learning_rate (0.003 is a good start) or set "
                "clip."
            )
        self.network.load_state_dict(self._best_weights)


def train(
    network: nn.Module, rows: Tensor, n_latent: int, schedule: Schedule, generator: torch.Generator
) -> list[float]:
    """Train ``network`` in place on ``rows`` and return the cost of each pass.

    Parameters
    ----------
    network : Module
        With a method ``costs(x, noise)`` that returns two tensors of shape (n_rows,).
    rows : Tensor of shape (n_rows, width)
        The coded table.
    n_latent : int
        Width of the noise that a row gets.
    schedule : Schedule
        How long and how fast.
    generator : Generator
        Shuffles and draws the noise, on the CPU.

    Returns
    -------
    list of float
        Mean cost of a row in each pass, in nats.
    """
    batches = Batches(rows, n_latent, schedule, generator)
    module = TrainingModule(network, schedule, batches.per_pass)
    with one_thread(), _Quiet():
        trainer = pl.Trainer(
            max_epochs=1,
            accelerator=schedule.accelerator,
            devices=1,
            logger=make_logger(schedule.logger),
            log_every_n_steps=1,  # the cost of each pass is logged, however many there are
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            gradient_clip_val=schedule.clip or None,
            use_distributed_sampler=False,
        )
        trainer.fit(module, train_dataloaders=batches)
    module.progress.close(stopped_early=module.stopped_early)
    module.recover()
    network.to("cpu").eval()
    return module.epoch_costs


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
