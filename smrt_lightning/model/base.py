"""What both autoencoders share: parameters, codec, schedule, training, reconstruction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from smrt_lightning.model.codec import TableCodec
from smrt_lightning.seeds import numpy_generator, resolve_seed, torch_generator
from smrt_lightning.table.frames import as_frame
from smrt_lightning.threads import one_thread

if TYPE_CHECKING:
    import torch

    from smrt_lightning.model.training import Schedule

_OPTIMIZERS = {"adamw", "adam", "rms_prop", "sgd"}
_ACTIVATIONS = {"silu", "relu", "elu", "gelu", "tanh", "sigmoid"}


class BaseAutoEncoder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """A scikit-learn estimator over a network of :mod:`smrt_lightning.model.network`."""

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
        UnsupportedValueError
            If a column holds values that cannot be modelled.
        """
        import torch

        from smrt_lightning.model.training import train

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
        from smrt_lightning.model.training import Schedule

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
        with one_thread(), torch.no_grad():
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

        from smrt_lightning.table.frames import like

        x = self._coded(X)
        with one_thread(), torch.no_grad():
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

    def __getstate__(self) -> dict[str, Any]:
        """Give the network as plain arrays, which tools such as skops can keep without pickle."""
        state: dict[str, Any] = dict(super().__getstate__())
        if "network_" in state:
            weights = state["network_"].state_dict()
            state["network_"] = {name: value.numpy() for name, value in weights.items()}
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Build the network again from its arrays."""
        state = dict(state)
        weights = state.pop("network_", None)
        super().__setstate__(state)
        if weights is not None:
            self.put_weights(weights)

    def put_weights(self, weights: Mapping[str, NDArray[Any]]) -> None:
        """Build the network from its arrays, by name; ``codec_``, ``sizes_``, ``seed_`` are set."""
        import torch

        self.network_ = self._build(torch_generator(self.seed_, "weights"))
        self.network_.load_state_dict({name: torch.tensor(w) for name, w in weights.items()})
        self.network_.eval()

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
