"""The two estimators: a plain autoencoder and the variational one that SMRT draws from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from smrt_lightning.codec import TableCodec
from smrt_lightning.frames import as_frame
from smrt_lightning.seeds import numpy_generator, resolve_seed, torch_generator

if TYPE_CHECKING:
    import torch

    from smrt_lightning.training import Schedule

_OPTIMIZERS = {"adamw", "adam", "rms_prop", "sgd"}
_ACTIVATIONS = {"silu", "relu", "elu", "gelu", "tanh", "sigmoid"}
_DRAWS = {"anchored", "free", "prior", "interpolation"}


class _BaseAutoEncoder(TransformerMixin, BaseEstimator):
    """What both estimators share: codec, schedule, training, reconstruction."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_hidden": [
            Interval(Integral, 1, None, closed="left"),
            "array-like",
            StrOptions({"auto"}),
        ],
        "activation_function": [StrOptions(_ACTIVATIONS)],
        "learning_function": [StrOptions(_OPTIMIZERS)],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "n_epochs": [Interval(Integral, 1, None, closed="left")],
        "min_steps": [Interval(Integral, 1, None, closed="left")],
        "max_steps": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "l2_penalty": [Interval(Real, 0, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "early_stopping": ["boolean"],
        "min_change": [Interval(Real, 0, None, closed="left")],
        "clip": [Interval(Real, 0, None, closed="left")],
        "column_kinds": [Mapping, None],
        "max_levels": [Interval(Integral, 2, None, closed="left")],
        "accelerator": [str],
        "logger": ["verbose", None, object],
        "verbose": ["verbose"],
        "random_state": ["random_state"],
    }

    n_hidden: int | Sequence[int] | str
    activation_function: str
    learning_function: str
    learning_rate: float
    n_epochs: int
    min_steps: int
    max_steps: int
    batch_size: int
    l2_penalty: float
    dropout: float
    early_stopping: bool
    min_change: float
    clip: float
    column_kinds: Mapping[Any, str] | None
    max_levels: int
    accelerator: str
    logger: Any
    verbose: int
    random_state: int | np.random.RandomState | None

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the rows of X.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_columns)
            Rows of one class; columns of any kind, missing values allowed.
        y : ignored
            Present for scikit-learn's sake.

        Returns
        -------
        self
            The fitted estimator.

        Raises
        ------
        TrainingDivergedError
            If the cost became NaN before any finite weights were kept.
        UnsupportedColumnError
            If a column holds values that cannot be modelled.
        """
        import torch

        from smrt_lightning.training import train

        self._validate_params()
        frame = as_frame(self, X, reset=True)
        self.seed_ = resolve_seed(self.random_state)
        self.codec_ = TableCodec(self.column_kinds, self.max_levels).fit(frame)
        self.rows_ = self.codec_.encode(frame)
        self.sizes_ = self._sizes()
        self.network_ = self._build(torch_generator(self.seed_, "weights"))
        self.epoch_costs_ = (
            train(
                self.network_,
                torch.from_numpy(self.rows_),
                self._n_latent(),
                self._schedule(len(frame)),
                torch_generator(self.seed_, "batches"),
            )
            if self.codec_.layout.width
            else [0.0]
        )
        return self

    def _sizes(self) -> tuple[int, ...]:
        """Resolve ``n_hidden``: "auto" gives two layers as wide as the coded table needs."""
        if isinstance(self.n_hidden, str):
            width = int(np.clip(2 ** np.ceil(np.log2(2 * self.codec_.layout.width + 1)), 32, 256))
            return (width, width)
        if isinstance(self.n_hidden, Sequence | np.ndarray):
            return tuple(int(size) for size in self.n_hidden)
        return (int(self.n_hidden),)

    def _schedule(self, n_rows: int) -> Schedule:
        from smrt_lightning.training import Schedule

        per_pass = -(-n_rows // self.batch_size)
        n_steps = int(np.clip(self.n_epochs * per_pass, self.min_steps, self.max_steps))
        return Schedule(
            n_steps=n_steps,
            min_steps=min(self.min_steps, n_steps),
            batch_size=self.batch_size,
            learning_function=self.learning_function,
            learning_rate=self.learning_rate,
            l2_penalty=self.l2_penalty,
            clip=self.clip,
            early_stopping=self.early_stopping,
            min_change=self.min_change,
            accelerator=self.accelerator,
            logger=self.logger or False,
            progress_bar=bool(self.verbose),
        )

    def _n_latent(self) -> int:
        raise TypeError("use AutoEncoder or VariationalAutoEncoder")

    def _build(self, generator: torch.Generator) -> Any:
        raise TypeError("use AutoEncoder or VariationalAutoEncoder")

    def _coded(self, X: Any) -> torch.Tensor:
        import torch

        check_is_fitted(self)
        return torch.from_numpy(self.codec_.encode(as_frame(self, X, reset=False)))

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Return the code of each row; the same as :meth:`encode`."""
        return self.encode(X)

    def encode(self, X: Any) -> NDArray[np.float32]:
        """Return the code of each row, shape (n_rows, n_latent_factors), float32."""
        import torch

        x = self._coded(X)
        with torch.no_grad():
            code = self.network_.encode(x)
        return np.asarray((code[0] if isinstance(code, tuple) else code).numpy())

    def feed_forward(self, X: Any) -> Any:
        """Reconstruct each row: encode it, decode the mean of its code.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_columns)
            Rows like those of the fit.

        Returns
        -------
        DataFrame or ndarray of shape (n_rows, n_columns)
            In the container of X, on the support of the class.
        """
        import torch

        from smrt_lightning.frames import like

        x = self._coded(X)
        with torch.no_grad():
            code = self.network_.encode(x)
            decoded = self.network_.decode(code[0] if isinstance(code, tuple) else code).numpy()
        layout = self.codec_.layout
        places = [decoded[:, start:stop].argmax(axis=1) for start, stop in layout.blocks]
        frame = self.codec_.decode(
            decoded[:, : layout.n_numeric].astype(np.float64),
            np.stack(places, axis=1) if places else np.empty((len(x), 0), dtype=np.int64),
            numpy_generator(self.seed_, "feed_forward"),
        )
        return like(frame, X)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags

    @property
    def _n_features_out(self) -> int:
        return self._n_latent()


class AutoEncoder(_BaseAutoEncoder):
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
    logger : bool or Lightning logger
        Off by default.
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
        min_steps: int = 1500,
        max_steps: int = 3000,
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
        from smrt_lightning.network import PlainNetwork

        return PlainNetwork(
            self.codec_.layout, self.sizes_, self.activation_function, self.dropout, generator
        )


class VariationalAutoEncoder(_BaseAutoEncoder):
    """Variational autoencoder of one class of a table (Kingma & Welling 2014).

    Numbers are learned as Gaussian quantiles of the class's own values with a variance learned
    per column, categories as categorical distributions; the weight of the Kullback–Leibler
    divergence is warmed up over the first third of the training.

    Parameters
    ----------
    n_hidden : int, sequence of int or "auto"
        Widths of the encoder's layers; the decoder mirrors them.
    n_latent_factors : int or "auto"
        Width of z; "auto" takes half the coded columns, within 2 and 16.
    draw : {"anchored", "free", "prior", "interpolation"}
        How rows are drawn, see :mod:`smrt_lightning.draws`.
    residual, noise : float, optional
        ρ and τ of the draw; its own by default.
    activation_function, learning_function, learning_rate, n_epochs, min_steps, max_steps, \
batch_size, l2_penalty, dropout, early_stopping, min_change, clip, column_kinds, max_levels, \
accelerator, logger, verbose, random_state
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
        **_BaseAutoEncoder._parameter_constraints,
        "n_latent_factors": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "draw": [StrOptions(_DRAWS)],
        "residual": [Interval(Real, 0, 1, closed="both"), None],
        "noise": [Interval(Real, 0, None, closed="left"), None],
    }

    def __init__(
        self,
        n_hidden: int | Sequence[int] | str = "auto",
        n_latent_factors: int | str = "auto",
        *,
        draw: str = "anchored",
        residual: float | None = None,
        noise: float | None = None,
        activation_function: str = "silu",
        learning_function: str = "adamw",
        learning_rate: float = 3e-3,
        n_epochs: int = 100,
        min_steps: int = 1500,
        max_steps: int = 3000,
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
        self.column_kinds = column_kinds
        self.max_levels = max_levels
        self.accelerator = accelerator
        self.logger = logger
        self.verbose = verbose
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the rows of X; see :meth:`AutoEncoder.fit`."""
        super().fit(X, y)
        self._container = "frame" if isinstance(X, pd.DataFrame) else "array"
        self._dtype = str(getattr(X, "dtype", "float64")) if self._container == "array" else None
        return self

    def _n_latent(self) -> int:
        if isinstance(self.n_latent_factors, str):
            return int(np.clip(np.ceil(self.codec_.layout.width / 2), 2, 16))
        return self.n_latent_factors

    def _build(self, generator: torch.Generator) -> Any:
        from smrt_lightning.network import VariationalNetwork

        return VariationalNetwork(
            self.codec_.layout,
            self.sizes_,
            self._n_latent(),
            self.activation_function,
            self.dropout,
            generator,
        )

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
        from dataclasses import replace

        import torch

        from smrt_lightning.draws import DRAWS, draw_rows

        check_is_fitted(self)
        how = DRAWS[draw or self.draw]
        if draw is None or draw == self.draw:
            residual = how.residual if self.residual is None else self.residual
            noise = how.noise if self.noise is None else self.noise
            how = replace(how, residual=residual, noise=noise)
        numeric, places = draw_rows(
            self.network_,
            torch.from_numpy(self.rows_),
            anchors,
            how,
            torch_generator(seed, "draw"),
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
        from smrt_lightning.draws import choose_anchors

        check_is_fitted(self)
        seed = resolve_seed(random_state)
        anchors = choose_anchors(n, len(self.rows_), numpy_generator(seed, "anchors"))
        return self._contained(self.draw_frame(anchors, seed))

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
        from smrt_lightning.draws import DRAWS, draw_rows

        seed = resolve_seed(random_state)
        x = self._coded(X)
        numeric, places = draw_rows(
            self.network_,
            x,
            np.arange(len(x)),
            DRAWS[self.draw],
            torch_generator(seed, "draw"),
        )
        frame = self.codec_.decode(numeric, places, numpy_generator(seed, "rare levels"))
        return self._contained(frame)

    def reconstruction_error(self, X: Any) -> NDArray[np.float64]:
        """Negative log-likelihood of each row given its mean code, in nats, shape (n_rows,)."""
        import torch

        x = self._coded(X)
        with torch.no_grad():
            mean, _ = self.network_.encode(x)
            cost = self.network_.likelihood.cost(x, self.network_.decode(mean))
        return np.asarray(cost.double().numpy())

    def save(self, directory: str | Path) -> None:
        """Write the model to a directory as safetensors and JSON; see :mod:`~.storage`."""
        from smrt_lightning.storage import save_model

        save_model(self, Path(directory))

    @classmethod
    def load(cls, directory: str | Path) -> Self:
        """Read a model that :meth:`save` wrote; nothing in the directory can run code."""
        from smrt_lightning.storage import load_model

        model: Self = load_model(cls, Path(directory))
        return model

    def _contained(self, frame: pd.DataFrame) -> Any:
        if self._container == "frame":
            return frame
        dtype = np.dtype(self._dtype)
        if dtype.kind in "OUS":
            return frame.to_numpy(dtype=object)
        return frame.to_numpy(dtype=dtype)
