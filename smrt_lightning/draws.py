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

from smrt_lightning.network import VariationalNetwork


@dataclass(frozen=True)
class Draw:
    """A way to draw.

    Attributes
    ----------
    latent : {"posterior", "prior", "neighbours"}
        Where z comes from: the posterior of the anchor, N(0, I), or the segment between the
        posterior means of the anchor and of one of its nearest rows in latent space.
    residual : float
        ρ, in [0, 1].
    noise : float
        τ, not negative.
    """

    latent: str
    residual: float
    noise: float


DRAWS: dict[str, Draw] = {
    "anchored": Draw("posterior", 0.6, 0.4),
    "free": Draw("posterior", 0.0, 1.0),
    "prior": Draw("prior", 0.0, 1.0),
    "interpolation": Draw("neighbours", 1.0, 0.0),
}
_NEIGHBOURS = 5


def choose_anchors(
    n: int, n_rows: int, rng: np.random.Generator, weights: NDArray[np.float64] | None = None
) -> NDArray[np.int64]:
    """Choose n anchors among n_rows: every row equally often, up to one, or by weight.

    Without weights the choice runs through shuffles of all rows, so that no row is left out
    while another one serves twice as often.
    """
    if weights is not None:
        return rng.choice(n_rows, size=n, p=weights / weights.sum())
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
    means, log_variances = network.encode(rows)
    if draw.latent == "prior":
        z = torch.randn(len(index), means.shape[1], generator=generator)
        target, reference = x0, x0
    elif draw.latent == "neighbours":
        other = index[torch.randperm(len(index), generator=generator)]
        other = _near(means, index, other, generator)
        step = torch.rand(len(index), 1, generator=generator)
        z = torch.lerp(means[index], means[other], step)
        target = torch.lerp(x0, rows[other], step)
        reference = torch.lerp(network.decode(means[index]), network.decode(means[other]), step)
    else:
        noise = torch.randn(len(index), means.shape[1], generator=generator)
        z = means[index] + torch.exp(0.5 * log_variances[index]) * noise
        target, reference = x0, network.decode(means[index])
    decoded = network.decode(z)
    layout = network.likelihood.layout
    n = layout.n_numeric
    numeric = decoded[:, :n] + draw.residual * (target[:, :n] - reference[:, :n])
    if draw.noise:
        epsilon = torch.randn(numeric.shape, generator=generator)
        numeric = numeric + draw.noise * network.likelihood.scale() * epsilon
    places = torch.empty(len(index), len(layout.blocks), dtype=torch.int64)
    for block, (start, stop) in enumerate(layout.blocks):
        p = decoded[:, start:stop].softmax(dim=1)
        if draw.residual:
            surprise = target[:, start:stop] - reference[:, start:stop].softmax(dim=1)
            p = (p + draw.residual * surprise).clamp(min=0)
        places[:, block] = torch.multinomial(p + 1e-12, 1, generator=generator)[:, 0]
    return numeric.double().numpy(), places.numpy()


def _near(means: Tensor, index: Tensor, fallback: Tensor, generator: torch.Generator) -> Tensor:
    """Return for each anchor one of its nearest other rows in latent space."""
    n_near = min(_NEIGHBOURS, len(means) - 1)
    if n_near < 1:
        return fallback
    unique, inverse = torch.unique(index, return_inverse=True)
    nearest = torch.empty(len(unique), n_near, dtype=torch.int64)
    for part in torch.split(torch.arange(len(unique)), 1024):
        distance = torch.cdist(means[unique[part]], means)
        distance[torch.arange(len(part)), unique[part]] = float("inf")
        nearest[part] = distance.topk(n_near, dim=1, largest=False).indices
    pick = torch.randint(n_near, (len(index),), generator=generator)
    return nearest[inverse, pick]
