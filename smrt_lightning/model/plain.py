"""The deterministic autoencoder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from smrt_lightning.model.base import BaseAutoEncoder

if TYPE_CHECKING:
    pass


class AutoEncoder(BaseAutoEncoder):
    """Deterministic autoencoder of a table: the last hidden layer is the code.

    Parameters
    ----------
    n_hidden : int, sequence of int or "auto"
        Widths of the encoder's layers; the decoder mirrors them.
    activation_function : {"silu", "relu", "elu", "gelu", "tanh", "sigmoid", "identity"}
        Between layers.
    learning_function : {"adamw", "adam", "rms_prop", "sgd", "momentum", "adagrad", "adadelta"}
        The optimiser; "momentum" is stochastic gradient descent with a momentum of 0.9.
    learning_rate : float
        Peak of the one-cycle schedule.
    n_epochs : int, optional
        Passes over the rows. Unset, they follow from the rows: 100, within ``min_steps`` and
        ``max_steps``.
    min_steps, max_steps : int, optional
        Bounds on the optimiser's steps. Unset, they are 600 and 1500, since tiny tables make tiny
        epochs; and there are none where ``n_epochs`` is set.
    batch_size : int
        Rows a step.
    l2_penalty : float, optional
        Weight decay; None or 0 for none.
    dropout : float
        Rate (share dropped), not a keep-probability.
    early_stopping : bool
        Stop when the cost of an epoch no longer falls by ``min_change``.
    min_change : float
        In nats a row.
    clip : float or bool, optional
        Bound on the gradient's norm; True for 5, False, None or 0 for none.
    gclip_min, gclip_max : float, optional
        Bounds on each entry of the gradient, below and above 0, instead of one on its norm; only
        where ``clip`` is not off.
    layer_type : {"xavier", "gaussian"}
        First weights: uniform (Glorot & Bengio 2010), or normal of variance 2 / n_in.
    bias_strategy : {"zeros", "ones"}
        First biases.
    column_kinds : mapping, optional
        Column name to "numeric" or "categorical"; inferred otherwise.
    max_levels : int
        Places of a categorical column; rarer levels share the last.
    accelerator : str
        As Lightning's Trainer takes it.
    network : callable, optional
        Called with ``layout``, ``n_hidden``, ``activation``, ``dropout`` and ``generator`` by name
        (and ``n_latent_factors`` by a variational autoencoder); returns the network to train, a
        module with the methods of those in :mod:`smrt_lightning.model.network`, where the default
        is. ``costs`` returns the cost and the divergence of each row.
    callbacks : sequence of Lightning callbacks, optional
        Given to Lightning's Trainer, whose epoch is 25 steps; ``cost`` is logged in each. A model
        with callbacks, a logger, a progress to show or a network of its own trains by itself.
    logger : bool, "csv", "tensorboard" or Lightning logger
        Where the cost of each epoch goes; off by default.
    verbose : int
        0 is silent, 1 shows a bar, 2 writes a line every ``display_step`` epochs; see
        :mod:`smrt_lightning.model.training.progress`.
    display_step : int
        Epochs from one line to the next.
    random_state : int, RandomState or None
        Seed of weights, batches and draws.

    Raises
    ------
    TypeError
        For another name: with what to use instead, where it is a parameter of the original package
        that has no meaning here, and with the nearest name otherwise.

    Attributes
    ----------
    epoch_costs_ : list of float
        Mean cost of a row in each epoch, in nats.
    """

    def __init__(
        self,
        n_hidden: int | Sequence[int] | str = "auto",
        *,
        activation_function: str = "silu",
        learning_function: str = "adamw",
        learning_rate: float = 3e-3,
        n_epochs: int | None = None,
        min_steps: int | None = None,
        max_steps: int | None = None,
        batch_size: int = 128,
        l2_penalty: float | None = 1e-4,
        dropout: float = 0.0,
        early_stopping: bool = True,
        min_change: float = 1e-3,
        clip: float | bool | None = 5.0,
        gclip_min: float | None = None,
        gclip_max: float | None = None,
        layer_type: str = "xavier",
        bias_strategy: str = "zeros",
        column_kinds: Mapping[Any, str] | None = None,
        max_levels: int = 100,
        accelerator: str = "auto",
        network: Callable[..., Any] | None = None,
        callbacks: Sequence[Any] | None = None,
        logger: Any = False,
        verbose: int = 0,
        display_step: int = 5,
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
        self.gclip_min = gclip_min
        self.gclip_max = gclip_max
        self.layer_type = layer_type
        self.bias_strategy = bias_strategy
        self.column_kinds = column_kinds
        self.max_levels = max_levels
        self.accelerator = accelerator
        self.network = network
        self.callbacks = callbacks
        self.logger = logger
        self.verbose = verbose
        self.display_step = display_step
        self.random_state = random_state

    def _n_latent(self) -> int:
        return self.sizes_[-1]

    def _default_network(self) -> Callable[..., Any]:
        from smrt_lightning.model.network import PlainNetwork

        return PlainNetwork
