"""The deterministic autoencoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from smrt_lightning.model.base import BaseAutoEncoder

if TYPE_CHECKING:
    import torch


class AutoEncoder(BaseAutoEncoder):
    """Deterministic autoencoder of a table: the last hidden layer is the code.

    Parameters
    ----------
    n_hidden : int, sequence of int or "auto"
        Widths of the encoder's layers; the decoder mirrors them.
    activation_function : {"silu", "relu", "elu", "gelu", "tanh", "sigmoid"}
        Between layers.
    learning_function : {"adamw", "adam", "rms_prop", "sgd"}
        The optimiser.
    learning_rate : float
        Peak of the one-cycle schedule.
    n_epochs : int
        Passes over the rows, within ``min_steps`` and ``max_steps`` steps.
    min_steps, max_steps : int
        Bounds on the optimiser's steps; tiny tables make tiny epochs.
    batch_size : int
        Rows a step.
    l2_penalty : float
        Weight decay.
    dropout : float
        Rate (share dropped), not a keep-probability.
    early_stopping : bool
        Stop when the cost of a pass no longer falls by ``min_change``.
    min_change : float
        In nats a row.
    clip : float
        Bound on the gradient's norm; 0 for none.
    column_kinds : mapping, optional
        Column name to "numeric" or "categorical"; inferred otherwise.
    max_levels : int
        Places of a categorical column; rarer levels share the last.
    accelerator : str
        As Lightning's Trainer takes it.
    logger : bool, "csv", "tensorboard" or Lightning logger
        Where the cost of each pass goes; off by default.
    verbose : int
        Above 0, Lightning's progress bar is shown.
    random_state : int, RandomState or None
        Seed of weights, batches and draws.

    Attributes
    ----------
    epoch_costs_ : list of float
        Mean cost of a row in each pass, in nats.
    """

    def __init__(
        self,
        n_hidden: int | Sequence[int] | str = "auto",
        *,
        activation_function: str = "silu",
        learning_function: str = "adamw",
        learning_rate: float = 3e-3,
        n_epochs: int = 100,
        min_steps: int = 600,
        max_steps: int = 1500,
        batch_size: int = 128,
        l2_penalty: float = 1e-4,
        dropout: float = 0.0,
        early_stopping: bool = True,
        min_change: float = 1e-3,
        clip: float = 5.0,
        column_kinds: Mapping[Any, str] | None = None,
        max_levels: int = 100,
        accelerator: str = "auto",
        logger: Any = False,
        verbose: int = 0,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.n_hidden = n_hidden
        self.activation_function = activation_function
        self.learning_function = learning_function
        self.learning_rate = learning_rate
        self.n_epochs = n_epochs
        self.min_steps = min_steps
        self.max_steps = max_steps
        self.batch_size = batch_size
        self.l2_penalty = l2_penalty
        self.dropout = dropout
        self.early_stopping = early_stopping
        self.min_change = min_change
        self.clip = clip
        self.column_kinds = column_kinds
        self.max_levels = max_levels
        self.accelerator = accelerator
        self.logger = logger
        self.verbose = verbose
        self.random_state = random_state

    def _n_latent(self) -> int:
        return self.sizes_[-1]

    def _build(self, generator: torch.Generator) -> Any:
        from smrt_lightning.model.network import PlainNetwork

        return PlainNetwork(
            self.codec_.layout, self.sizes_, self.activation_function, self.dropout, generator
        )
