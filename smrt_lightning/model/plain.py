"""The deterministic autoencoder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from smrt_lightning.model.base import BaseAutoEncoder
from smrt_lightning.model.parameters import from_parameters


@from_parameters
@dataclass(eq=False, repr=False)
class AutoEncoder(BaseAutoEncoder):
    """Deterministic autoencoder of a table: the last hidden layer is the code.

    Parameters
    ----------
    {parameters}

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

    def _n_latent(self) -> int:
        return self.sizes_[-1]

    def _default_network(self) -> Callable[..., Any]:
        from smrt_lightning.model.network import PlainNetwork

        return PlainNetwork
