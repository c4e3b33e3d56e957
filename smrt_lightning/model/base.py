"""The base of both autoencoders: parameters, codec, schedule, training, reconstruction."""

from __future__ import annotations

import copy
import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from numbers import Integral
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted

from smrt_lightning.errors import ParameterError
from smrt_lightning.model.codec import TableCodec
from smrt_lightning.model.original import refuse_unknown, start_weights
from smrt_lightning.model.parameters import ModelParameters, TrainingParameters
from smrt_lightning.seeds import numpy_generator, resolve_seed, torch_generator
from smrt_lightning.table.frames import as_frame
from smrt_lightning.table.rules import TableRules
from smrt_lightning.threads import one_thread

if TYPE_CHECKING:
    import torch

    from smrt_lightning.model.training.loop import Schedule

_N_EPOCHS, _MIN_STEPS, _MAX_STEPS = 100, 600, 1500
_CLIP = 5.0

_log = logging.getLogger(__name__)


@dataclass(kw_only=True, eq=False, repr=False)
class BaseAutoEncoder(
    ModelParameters, ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator
):
    """A scikit-learn estimator over a network of :mod:`smrt_lightning.model.network`.

    Parameters
    ----------
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
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "network": [callable, None],
        "callbacks": ["array-like", None],
        "logger": ["verbose", None, object],
        "verbose": ["verbose"],
        "display_step": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
    }

    network: Callable[..., Any] | None = None
    callbacks: Sequence[Any] | None = None
    logger: Any = False
    verbose: int = 0
    display_step: int = 5
    random_state: int | np.random.RandomState | None = None

    def __new__(cls, *args: Any, **parameters: Any) -> Self:
        """Refuse unknown names; scikit-learn reads the constructor's own signature."""
        refuse_unknown(cls.__name__, parameters, cls._get_param_names())
        made: Self = super().__new__(cls)
        return made

    def fit(self, X: Any, y: Any = None, *, rules: TableRules | None = None) -> Self:
        """Learn the rows of X.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_columns)
            Rows of one class; columns of any kind, missing values allowed.
        y : ignored
            Present for scikit-learn's sake.
        rules : TableRules, optional
            What holds in the table that the rows are part of; see
            :class:`~smrt_lightning.table.rules.TableRules`.

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
        from smrt_lightning.model.training.together import fit_together

        list(fit_together([self], [X], [rules]))
        return self

    def _prepare(self, X: Any, rules: TableRules | None) -> None:
        """Check everything, code the rows and build the network: all of a fit but the training."""
        self._check_params()
        frame = as_frame(self, X, reset=True)
        self.seed_ = resolve_seed(self.random_state)
        self.codec_ = TableCodec(self.column_kinds, self.max_levels).fit(frame, rules)
        self.rows_ = self.codec_.encode(frame)
        self.sizes_ = self._sizes()
        self.network_ = self._new_network()
        start_weights(
            self.network_,
            self.layer_type,
            self.bias_strategy,
            torch_generator(self.seed_, "gaussian weights"),
        )

    def _sizes(self) -> tuple[int, ...]:
        """Resolve ``n_hidden``: "auto" gives two layers as wide as the coded table needs."""
        if isinstance(self.n_hidden, str):
            width = int(np.clip(2 ** np.ceil(np.log2(2 * self.codec_.layout.width + 1)), 32, 256))
            return (width, width)
        if isinstance(self.n_hidden, Sequence | np.ndarray):
            return tuple(int(size) for size in self.n_hidden)
        return (int(self.n_hidden),)

    def _check_params(self) -> None:
        """Refuse values that no training can use."""
        if isinstance(self.dropout, int | float) and self.dropout >= 1:
            raise ParameterError(
                f"dropout is {self.dropout!r}; it is the share of the entries that is dropped, at "
                "least 0 and below 1. The original package's was the share that is kept: write "
                "dropout=0.0 for its 1.0, and 1 minus its value for others."
            )
        self._validate_params()

    def _schedule(self, n_rows: int) -> Schedule:
        from smrt_lightning.model.training.loop import Schedule

        n_steps, min_steps = self._n_steps(-(-n_rows // self.batch_size))
        clip = _CLIP if self.clip is True else float(self.clip or 0)
        values = None
        if clip and (self.gclip_min is not None or self.gclip_max is not None):
            values = (self.gclip_min or -math.inf, self.gclip_max or math.inf)
        return Schedule(
            **{each.name: getattr(self, each.name) for each in fields(TrainingParameters)},
            n_steps=n_steps,
            min_steps=min_steps,
            clip=clip if values is None else 0.0,
            clip_values=values,
            verbose=int(self.verbose),
            display_step=self.display_step,
        )

    def _n_steps(self, per_epoch: int) -> tuple[int, int]:
        """Return the steps at the most, and those before early stopping may end the training.

        Epochs that were set are honoured; otherwise the rows decide, within bounds that give tiny
        classes enough steps and spare large ones.
        """
        if self.n_epochs is None:
            least = _MIN_STEPS if self.min_steps is None else self.min_steps
            most = _MAX_STEPS if self.max_steps is None else self.max_steps
            n_steps = int(np.clip(_N_EPOCHS * per_epoch, least, most))
            return n_steps, min(least, n_steps)
        n_steps = max(self.n_epochs * per_epoch, self.min_steps or 0)
        if self.max_steps is not None and n_steps > self.max_steps:
            _log.warning(
                "n_epochs=%d are %d steps of %d rows; max_steps=%d ends them in epoch %d",
                self.n_epochs,
                n_steps,
                self.batch_size,
                self.max_steps,
                -(-self.max_steps // per_epoch),
            )
            n_steps = self.max_steps
        return n_steps, min(self.min_steps or 0, n_steps)

    def _n_latent(self) -> int:
        raise TypeError("use AutoEncoder or VariationalAutoEncoder")

    def _default_network(self) -> Callable[..., Any]:
        raise TypeError("use AutoEncoder or VariationalAutoEncoder")

    def _further(self) -> dict[str, Any]:
        """Return what a network of this kind takes beyond the others."""
        return {}

    def _new_network(self) -> Any:
        """Build the untrained network; codec_, sizes_ and seed_ are set."""
        make = self.network or self._default_network()
        return make(
            layout=self.codec_.layout,
            n_hidden=self.sizes_,
            activation=self.activation_function,
            dropout=self.dropout,
            generator=torch_generator(self.seed_, "weights"),
            **self._further(),
        )

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

        x = self._coded(X).double()  # in float32 a row's last bit hangs on its place among others
        network = copy.deepcopy(self.network_).double()
        with one_thread(), torch.no_grad():
            code = network.encode(x)
        return np.asarray((code[0] if isinstance(code, tuple) else code).float().numpy())

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

        from smrt_lightning.table.containers import Container

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
        return Container.of(X)[0].rows(frame)

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

        self.network_ = self._new_network()
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
