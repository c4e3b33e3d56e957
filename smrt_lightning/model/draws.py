"""Draw coded rows from a trained network.

Every draw but the prior starts at an anchor, a real row x₀ of the class:

    x = decode(z) + ρ · (x₀ − decode(μ(x₀))) + τ · σ · ε,   z ~ q(z | x₀),  ε ~ N(0, I)

ρ keeps that share of what the network failed to reconstruct (the fine structure that a small
network blurs), τ is the share of the learned noise σ that is added.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from smrt_lightning.model.network import VariationalNetwork


@dataclass(frozen=True)
class Draw:
    """A way to draw.

    Attributes
    ----------
    prior : bool
        Whether z comes from N(0, I) instead of the posterior of the anchor.
    residual : float
        ρ, in [0, 1].
    noise : float
        τ, not negative.
    correlated : bool
        Whether ε is what the network failed to reconstruct of a random real row, over σ, instead of
        independent from column to column: pixels are not speckled then.
    """

    prior: bool
    residual: float
    noise: float
    correlated: bool = False


DRAWS: dict[str, Draw] = {
    "anchored": Draw(prior=False, residual=0.6, noise=0.4),
    "free": Draw(prior=False, residual=0.0, noise=1.0),
    "prior": Draw(prior=True, residual=0.0, noise=1.0),
    "prior_correlated": Draw(prior=True, residual=0.0, noise=1.0, correlated=True),
    "prior_mean": Draw(prior=True, residual=0.0, noise=0.0),
}


def choose_anchors(n: int, n_rows: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Choose n anchors among n_rows: every row equally often, up to one.

    The choice runs through shuffles of all rows, so that no row is left out while another one
    serves twice as often.
    """
    passes = [rng.permutation(n_rows) for _ in range(-(-n // n_rows))]
    return np.concatenate(passes)[:n] if passes else np.empty(0, dtype=np.int64)


@torch.no_grad()
def draw_rows(
    network: VariationalNetwork,
    rows: Tensor,
    anchors: NDArray[np.int64],
    draw: Draw,
    generator: torch.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Draw one coded row for each anchor.

    Parameters
    ----------
    network : VariationalNetwork
        In evaluation mode, on the CPU.
    rows : Tensor of shape (n_rows, width)
        The coded real rows.
    anchors : ndarray of shape (n,)
        Positions in ``rows``.
    draw : Draw
        How to draw.
    generator : Generator
        The only source of randomness.

    Returns
    -------
    numeric : ndarray of shape (n, n_numeric)
        Coded numeric values.
    places : ndarray of shape (n, n_blocks)
        The drawn place of each block.
    """
    index = torch.from_numpy(anchors)
    x0 = rows[index]
    mean, log_variance = network.encode(x0)
    noise = torch.randn(mean.shape, generator=generator)
    z = noise if draw.prior else mean + torch.exp(0.5 * log_variance) * noise
    decoded = network.decode(z)
    layout = network.likelihood.layout
    n = layout.n_numeric
    reconstructed = network.decode(mean)
    numeric = decoded[:, :n] + draw.residual * (x0[:, :n] - reconstructed[:, :n])
    if draw.noise and draw.correlated:
        x = rows[torch.randint(len(rows), (len(index),), generator=generator)]
        failed = x[:, :n] - network.decode(network.encode(x)[0])[:, :n]
        numeric = numeric + draw.noise * failed
    elif draw.noise:
        epsilon = torch.randn(numeric.shape, generator=generator)
        numeric = numeric + draw.noise * network.likelihood.scale() * epsilon
    places = torch.empty(len(index), len(layout.blocks), dtype=torch.int64)
    for block, (start, stop) in enumerate(layout.blocks):
        p = decoded[:, start:stop].softmax(dim=1)
        if draw.residual:
            surprise = x0[:, start:stop] - reconstructed[:, start:stop].softmax(dim=1)
            p = (p + draw.residual * surprise).clamp(min=0)
        places[:, block] = torch.multinomial(p + 1e-12, 1, generator=generator)[:, 0]
    return numeric.double().numpy(), places.numpy()
