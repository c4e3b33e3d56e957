"""The variational autoencoder that SMRT draws from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils._param_validation import Interval, RealNotInt, StrOptions
from sklearn.utils.validation import check_is_fitted

from smrt_lightning.model.base import BaseAutoEncoder
from smrt_lightning.seeds import (
    derive_seed,
    numpy_generator,
    resolve_seed,
    torch_generator,
)
from smrt_lightning.table.containers import Container
from smrt_lightning.table.rules import TableRules
from smrt_lightning.threads import one_thread

_DRAWS = {"anchored", "free", "prior", "prior_correlated", "prior_mean", "interpolation"}

if TYPE_CHECKING:
    pass


class VariationalAutoEncoder(BaseAutoEncoder):
    """Variational autoencoder of one class of a table (Kingma & Welling 2014).

    Numbers are learned as Gaussian quantiles of the class's own values with a variance learned
    per column, categories as categorical distributions; the weight of the Kullback–Leibler
    divergence is warmed up over the first third of the training.

    Parameters
    ----------
    n_hidden : int, sequence of int or "auto"
        Widths of the encoder's layers; the decoder mirrors them.
    n_latent_factors : int, float or "auto"
        Width of z; a float below 1 is a share of the coded columns, at least 2 in all; "auto" takes
        half of them, within 2 and 16.
    draw : {"anchored", "free", "prior", "prior_correlated", "prior_mean", "interpolation"}
        How rows are drawn, see :mod:`smrt_lightning.model.draws`.
    residual, noise : float, optional
        ρ and τ of the draw; its own by default.
    activation_function, learning_function, learning_rate, n_epochs, min_steps, max_steps, \
batch_size, l2_penalty, dropout, early_stopping, min_change, clip, gclip_min, gclip_max, \
layer_type, bias_strategy, column_kinds, max_levels, accelerator, network, \
callbacks, logger, verbose, display_step, \
random_state
        As for :class:`AutoEncoder`.

    Attributes
    ----------
    epoch_costs_ : list of float
        Mean negative evidence lower bound of a row in each pass, in nats.
    codec_ : TableCodec
        Kinds, quantiles, levels and support of the columns.
    network_ : VariationalNetwork
        The trained network, on the CPU.
    rows_ : ndarray of shape (n_rows, width), float32
        The coded real rows, the anchors of the draws.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseAutoEncoder._parameter_constraints,
        "n_latent_factors": [
            Interval(Integral, 1, None, closed="left"),
            Interval(RealNotInt, 0, 1, closed="neither"),
            StrOptions({"auto"}),
        ],
        "draw": [StrOptions(_DRAWS)],
        "residual": [Interval(Real, 0, 1, closed="both"), None],
        "noise": [Interval(Real, 0, None, closed="left"), None],
    }

    def __init__(
        self,
        n_hidden: int | Sequence[int] | str = "auto",
        n_latent_factors: int | float | str = "auto",
        *,
        draw: str = "anchored",
        residual: float | None = None,
        noise: float | None = None,
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
        self.n_latent_factors = n_latent_factors
        self.draw = draw
        self.residual = residual
        self.noise = noise
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

    def _prepare(self, X: Any, rules: TableRules | None) -> None:
        super()._prepare(X, rules)
        self._container, _ = Container.of(X)

    def _n_latent(self) -> int:
        if isinstance(self.n_latent_factors, str):
            return int(np.clip(np.ceil(self.codec_.layout.width / 2), 2, 16))
        if isinstance(self.n_latent_factors, float):
            return max(2, round(self.n_latent_factors * self.codec_.layout.width))
        return int(self.n_latent_factors)

    def _default_network(self) -> Callable[..., Any]:
        from smrt_lightning.model.network import VariationalNetwork

        return VariationalNetwork

    def _further(self) -> dict[str, Any]:
        return {"n_latent_factors": self._n_latent()}

    def draw_frame(
        self, anchors: NDArray[np.int64], seed: int, draw: str | None = None
    ) -> pd.DataFrame:
        """Draw one row for each anchor, as a data frame.

        Parameters
        ----------
        anchors : ndarray of shape (n,)
            Positions among the rows of the fit.
        seed : int
            Seed of this draw alone.
        draw : str, optional
            Instead of the estimator's own.

        Returns
        -------
        DataFrame of shape (n, n_columns)
            On the support of the class.
        """
        check_is_fitted(self)
        return self._drawn(self.rows_, anchors, seed, draw or self.draw)

    def _drawn(
        self, rows: NDArray[np.float32], anchors: NDArray[np.int64], seed: int, draw: str
    ) -> pd.DataFrame:
        import torch

        from smrt_lightning.model.draws import DRAWS, draw_rows
        from smrt_lightning.model.interpolation import interpolate

        if draw == "interpolation":
            return interpolate(self.codec_, rows, anchors, derive_seed(seed, "draw"))
        how = DRAWS[draw]
        if draw == self.draw:
            residual = how.residual if self.residual is None else self.residual
            noise = how.noise if self.noise is None else self.noise
            how = replace(how, residual=residual, noise=noise)
        with one_thread():
            numeric, places = draw_rows(
                self.network_, torch.from_numpy(rows), anchors, how, torch_generator(seed, "draw")
            )
        return self.codec_.decode(numeric, places, numpy_generator(seed, "rare levels"))

    def generate(self, n: int = 1, random_state: int | np.random.RandomState | None = None) -> Any:
        """Draw n new rows of the class.

        Parameters
        ----------
        n : int
            Rows to draw.
        random_state : int, RandomState or None
            Seed of this draw; None takes fresh entropy.

        Returns
        -------
        DataFrame or ndarray of shape (n, n_columns)
            In the container of the fit.
        """
        from smrt_lightning.model.draws import choose_anchors

        check_is_fitted(self)
        seed = resolve_seed(random_state)
        anchors = choose_anchors(n, len(self.rows_), numpy_generator(seed, "anchors"))
        return self._container.rows(self.draw_frame(anchors, seed))

    def generate_from_sample(
        self, X: Any, random_state: int | np.random.RandomState | None = None
    ) -> Any:
        """Draw one new row near each row of X: encode it, draw z, decode.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_columns)
            Rows of the class, seen or new.
        random_state : int, RandomState or None
            Seed of this draw; None takes fresh entropy.

        Returns
        -------
        DataFrame or ndarray of shape (n_rows, n_columns)
            In the container of the fit.
        """
        rows = self._coded(X).numpy()
        seed = resolve_seed(random_state)
        return self._container.rows(self._drawn(rows, np.arange(len(rows)), seed, self.draw))

    def reconstruction_error(self, X: Any) -> NDArray[np.float64]:
        """Negative log-likelihood of each row given its mean code, in nats, shape (n_rows,)."""
        import torch

        x = self._coded(X)
        with one_thread(), torch.no_grad():
            mean, _ = self.network_.encode(x)
            cost = self.network_.likelihood.cost(x, self.network_.decode(mean))
        return np.asarray(cost.double().numpy())

    def save(self, directory: str | Path) -> None:
        """Write the model to a directory as safetensors and JSON; see :mod:`~.storage`."""
        from smrt_lightning.model.storage import save_model

        save_model(self, Path(directory))

    @classmethod
    def load(cls, directory: str | Path) -> Self:
        """Read a model that :meth:`save` wrote; nothing in the directory can run code."""
        from smrt_lightning.model.storage import load_model

        model: Self = load_model(cls, Path(directory))
        return model
