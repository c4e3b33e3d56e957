"""The variational autoencoder that SMRT draws from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from smrt_lightning.model.base import BaseAutoEncoder
from smrt_lightning.model.parameters import VariationalParameters, from_parameters
from smrt_lightning.seeds import (
    derive_seed,
    numpy_generator,
    resolve_seed,
    torch_generator,
)
from smrt_lightning.table.containers import Container
from smrt_lightning.table.rules import TableRules
from smrt_lightning.threads import one_thread


@from_parameters
@dataclass(eq=False, repr=False)
class VariationalAutoEncoder(VariationalParameters, BaseAutoEncoder):
    """Variational autoencoder of one class of a table (Kingma & Welling 2014).

    Numbers are learned as Gaussian quantiles of the class's own values with a variance learned
    per column, categories as categorical distributions; the weight of the Kullback–Leibler
    divergence is warmed up over the first third of the training.

    Parameters
    ----------
    {parameters}

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
