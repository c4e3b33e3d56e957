"""The networks and their likelihood (Kingma & Welling 2014, https://arxiv.org/abs/1312.6114)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from smrt_lightning.model.codec import Layout

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "silu": nn.SiLU,
    "relu": nn.ReLU,
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "identity": nn.Identity,
}
LOG_VARIANCE_RANGE = (-8.0, 4.0)
_LOG_TWO_PI = 1.8378770664093453


class Dropout(nn.Module):
    """Dropout that draws from a generator of its own, never from torch's global one."""

    def __init__(self, rate: float, generator: torch.Generator) -> None:
        super().__init__()
        self.rate = rate
        self.generator = generator

    def forward(self, x: Tensor) -> Tensor:
        """Zero a share ``rate`` of the entries and scale up the others, in training only."""
        if not self.training or self.rate == 0:
            return x
        keep = torch.rand(x.shape, generator=self.generator) >= self.rate
        return x * keep.to(x) / (1 - self.rate)


class Linear(nn.Linear):
    """A linear layer whose weights come from a generator of its own (Glorot & Bengio 2010)."""

    def __init__(self, n_in: int, n_out: int, generator: torch.Generator) -> None:
        super().__init__(n_in, n_out)
        if n_in and n_out:  # a table of constants has no coded columns
            nn.init.xavier_uniform_(self.weight, generator=generator)
        nn.init.zeros_(self.bias)

    def reset_parameters(self) -> None:
        """Draw nothing here: torch would draw from its global generator."""


def perceptron(
    sizes: Sequence[int], activation: str, dropout: float, generator: torch.Generator
) -> nn.Sequential:
    """Return linear layers of the given sizes, activated between and after them."""
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise(sizes):
        layers += [Linear(n_in, n_out, generator), ACTIVATIONS[activation]()]
        if dropout:
            layers.append(Dropout(dropout, generator))
    return nn.Sequential(*layers)


class Likelihood(nn.Module):
    """Gaussian columns with a learned variance each, one-hot blocks with a categorical each."""

    def __init__(self, layout: Layout) -> None:
        super().__init__()
        self.layout = layout
        self.log_variance = nn.Parameter(torch.zeros(layout.n_numeric))

    def scale(self) -> Tensor:
        """Return the standard deviation of each Gaussian column, shape (n_numeric,)."""
        return torch.exp(0.5 * self.log_variance.clamp(*LOG_VARIANCE_RANGE))

    def cost(self, x: Tensor, decoded: Tensor) -> Tensor:
        """Negative log-likelihood of each row, shape (n_rows,), in nats.

        Numeric entries that do not count (see ``Layout.presence``) cost nothing.
        """
        n = self.layout.n_numeric
        log_variance = self.log_variance.clamp(*LOG_VARIANCE_RANGE)
        squared = (x[:, :n] - decoded[:, :n]) ** 2
        gaussian = 0.5 * (squared * torch.exp(-log_variance) + log_variance + _LOG_TWO_PI)
        if self.layout.presence:
            columns, places = zip(*self.layout.presence, strict=True)
            present = torch.ones_like(gaussian)
            present[:, list(columns)] = x[:, list(places)]
            gaussian = gaussian * present
        total = gaussian.sum(dim=1)
        for start, stop in self.layout.blocks:
            log_p = functional.log_softmax(decoded[:, start:stop], dim=1)
            total = total - (x[:, start:stop] * log_p).sum(dim=1)
        return total


class VariationalNetwork(nn.Module):
    """Encoder q(z|x) = N(μ(x), σ²(x)) and decoder p(x|z)."""

    def __init__(
        self,
        layout: Layout,
        n_hidden: Sequence[int],
        n_latent_factors: int,
        activation: str,
        dropout: float,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        sizes = (layout.width, *n_hidden)
        back = (n_latent_factors, *reversed(n_hidden))
        self.encoder = perceptron(sizes, activation, dropout, generator)
        self.mean = Linear(sizes[-1], n_latent_factors, generator)
        self.log_variance = Linear(sizes[-1], n_latent_factors, generator)
        self.decoder = perceptron(back, activation, dropout, generator)
        self.output = Linear(back[-1], layout.width, generator)
        self.likelihood = Likelihood(layout)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of the posterior, each of shape (n_rows, n_latent_factors)."""
        hidden = self.encoder(x)
        return self.mean(hidden), self.log_variance(hidden).clamp(*LOG_VARIANCE_RANGE)

    def decode(self, z: Tensor) -> Tensor:
        """Means of the Gaussian columns and logits of the blocks, shape (n_rows, width)."""
        decoded: Tensor = self.output(self.decoder(z))
        return decoded

    def costs(self, x: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Reconstruction cost and Kullback–Leibler divergence of each row, in nats."""
        mean, log_variance = self.encode(x)
        decoded = self.decode(mean + torch.exp(0.5 * log_variance) * noise)
        divergence = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(dim=1)
        return self.likelihood.cost(x, decoded), divergence


class PlainNetwork(nn.Module):
    """A deterministic autoencoder: the code is the mean, and there is no divergence."""

    def __init__(
        self,
        layout: Layout,
        n_hidden: Sequence[int],
        activation: str,
        dropout: float,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        sizes = (layout.width, *n_hidden)
        back = tuple(reversed(n_hidden))
        self.encoder = perceptron(sizes, activation, dropout, generator)
        self.decoder = perceptron(back, activation, dropout, generator)
        self.output = Linear(back[-1], layout.width, generator)
        self.likelihood = Likelihood(layout)

    def encode(self, x: Tensor) -> Tensor:
        """Return the code of each row, shape (n_rows, n_hidden[-1])."""
        code: Tensor = self.encoder(x)
        return code

    def decode(self, code: Tensor) -> Tensor:
        """Means of the Gaussian columns and logits of the blocks, shape (n_rows, width)."""
        decoded: Tensor = self.output(self.decoder(code))
        return decoded

    def costs(self, x: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Reconstruction cost of each row in nats, and zeros."""
        del noise
        cost = self.likelihood.cost(x, self.decode(self.encode(x)))
        return cost, torch.zeros_like(cost)
