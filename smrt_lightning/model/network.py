"""The networks and their likelihood (Kingma & Welling 2014, https://arxiv.org/abs/1312.6114).

Every layer computes for one model, on rows of shape (n_rows, n_in), and for a stack of them, on
(models, n_rows, n_in), where each parameter has a leading dimension of models; see
:mod:`smrt_lightning.model.training.stack`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from smrt_lightning.model.codec import Layout
from smrt_lightning.model.product import product

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
_TINY = 1e-30  # of a block whose logits all lie 69 nats below the highest of the row
_FAR = -1e30


class Dropout(nn.Module):
    """Dropout that draws from a generator for each model, never from torch's global one."""

    def __init__(self, rate: float, generator: torch.Generator) -> None:
        super().__init__()
        self.rate = rate
        self.generators = [generator]

    def to_device(self, device: torch.device) -> None:
        """Draw on another device, from streams of the same seeds."""
        self.generators = [
            each
            if each.device.type == device.type
            else torch.Generator(device).manual_seed(each.initial_seed())
            for each in self.generators
        ]

    def forward(self, x: Tensor) -> Tensor:
        """Zero a share ``rate`` of the entries and scale up the others, in training only."""
        if not self.training or self.rate == 0:
            return x
        drawn = [
            torch.rand(x.shape[-2:], generator=generator, device=generator.device)
            for generator in self.generators
        ]
        keep = torch.stack(drawn).view(x.shape) >= self.rate
        return x * keep.to(x) / (1 - self.rate)


class Linear(nn.Module):
    """x W + b, with weights from a generator of its own (Glorot & Bengio 2010).

    Attributes
    ----------
    weight : Parameter of shape (n_in, n_out)
    bias : Parameter of shape (1, n_out)
    """

    weight: Tensor
    bias: Tensor

    def __init__(self, n_in: int, n_out: int, generator: torch.Generator) -> None:
        super().__init__()
        weight = torch.empty(n_in, n_out)
        if n_in and n_out:  # a table of constants has no coded columns
            nn.init.xavier_uniform_(weight, generator=generator)
        self.weight = nn.Parameter(weight)
        self.bias = nn.Parameter(torch.zeros(1, n_out))

    def forward(self, x: Tensor) -> Tensor:
        """Return x W + b, for one model or a stack of them."""
        return product(x, self.weight, self.bias)


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
    """Gaussian columns with a learned variance each, one-hot blocks with a categorical each.

    Which columns are which is said by matrices of zeros and ones, so that models of different
    layouts can be stacked.

    Attributes
    ----------
    log_variance : Parameter of shape (1, width)
        Of the Gaussian columns; the others' entries stay zero.
    always : Tensor of shape (1, width)
        1 for Gaussian columns that always count.
    presence : Tensor of shape (width, width)
        1 at (p, j) where column p says whether the Gaussian column j counts.
    blocks : Tensor of shape (width, n_blocks)
        1 where a column belongs to a block.
    """

    log_variance: Tensor
    always: Tensor
    presence: Tensor
    blocks: Tensor

    def __init__(self, layout: Layout) -> None:
        super().__init__()
        self.layout = layout
        self.log_variance = nn.Parameter(torch.zeros(1, layout.width))
        always = torch.zeros(1, layout.width)
        always[:, : layout.n_numeric] = 1
        presence = torch.zeros(layout.width, layout.width)
        for column, place in layout.presence:
            always[:, column] = 0
            presence[place, column] = 1
        blocks = torch.zeros(layout.width, len(layout.blocks))
        for block, (start, stop) in enumerate(layout.blocks):
            blocks[start:stop, block] = 1
        self.register_buffer("always", always, persistent=False)
        self.register_buffer("presence", presence, persistent=False)
        self.register_buffer("blocks", blocks, persistent=False)

    def scale(self) -> Tensor:
        """Return the standard deviation of each Gaussian column, shape (n_numeric,)."""
        log_variance = self.log_variance[0, : self.layout.n_numeric]
        return torch.exp(0.5 * log_variance.clamp(*LOG_VARIANCE_RANGE))

    def cost(self, x: Tensor, decoded: Tensor) -> Tensor:
        """Negative log-likelihood of each row, shape (…, n_rows), in nats.

        Numeric entries that do not count (see ``Layout.presence``) cost nothing.
        """
        log_variance = self.log_variance.clamp(*LOG_VARIANCE_RANGE)
        counts = self.always
        if self.layout.presence:
            counts = counts + product(x, self.presence)
        scaled = (x - decoded) * (counts * torch.exp(-0.5 * log_variance))
        gaussian = counts * (log_variance + _LOG_TWO_PI)
        total = 0.5 * ((scaled * scaled).sum(dim=-1) + gaussian.sum(dim=-1))
        return total + self._categorical(x, decoded) if self.layout.blocks else total

    def _categorical(self, x: Tensor, decoded: Tensor) -> Tensor:
        """Cross-entropy of each row, summed over the blocks, shape (…, n_rows), in nats."""
        inside = self.blocks.sum(dim=-1).unsqueeze(-2)
        highest = (decoded + _FAR * (1 - inside)).amax(dim=-1, keepdim=True).detach()
        shifted = (decoded - highest).clamp(max=0)
        log_total = torch.log(product(torch.exp(shifted), self.blocks).clamp(min=_TINY))
        counted = product(x, self.blocks) * log_total
        return counted.sum(dim=-1) - (x * inside * shifted).sum(dim=-1)


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
        self.n_hidden, self.n_latent = tuple(n_hidden), n_latent_factors
        self.activation, self.dropout = activation, dropout
        sizes = (layout.width, *n_hidden)
        back = (n_latent_factors, *reversed(n_hidden))
        self.encoder = perceptron(sizes, activation, dropout, generator)
        self.mean = Linear(sizes[-1], n_latent_factors, generator)
        self.log_variance = Linear(sizes[-1], n_latent_factors, generator)
        self.decoder = perceptron(back, activation, dropout, generator)
        self.output = Linear(back[-1], layout.width, generator)
        self.likelihood = Likelihood(layout)

    def widened(self, layout: Layout, n_latent: int) -> VariationalNetwork:
        """Return a network of the same hidden sizes for a wider table."""
        return VariationalNetwork(
            layout, self.n_hidden, n_latent, self.activation, self.dropout, torch.Generator()
        )

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of the posterior, each of shape (…, n_rows, n_latent_factors)."""
        hidden = self.encoder(x)
        return self.mean(hidden), self.log_variance(hidden).clamp(*LOG_VARIANCE_RANGE)

    def decode(self, z: Tensor) -> Tensor:
        """Means of the Gaussian columns and logits of the blocks, shape (…, n_rows, width)."""
        decoded: Tensor = self.output(self.decoder(z))
        return decoded

    def costs(self, x: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Reconstruction cost and Kullback–Leibler divergence of each row, in nats."""
        mean, log_variance = self.encode(x)
        scale = torch.exp(0.5 * log_variance)
        decoded = self.decode(torch.addcmul(mean, scale, noise))
        divergence = (mean * mean + scale * scale - log_variance).sum(dim=-1) - mean.shape[-1]
        return self.likelihood.cost(x, decoded), 0.5 * divergence


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
        self.n_hidden, self.n_latent = tuple(n_hidden), n_hidden[-1]
        self.activation, self.dropout = activation, dropout
        sizes = (layout.width, *n_hidden)
        back = tuple(reversed(n_hidden))
        self.encoder = perceptron(sizes, activation, dropout, generator)
        self.decoder = perceptron(back, activation, dropout, generator)
        self.output = Linear(back[-1], layout.width, generator)
        self.likelihood = Likelihood(layout)

    def widened(self, layout: Layout, n_latent: int) -> PlainNetwork:
        """Return a network of the same hidden sizes for a wider table."""
        del n_latent
        return PlainNetwork(layout, self.n_hidden, self.activation, self.dropout, torch.Generator())

    def encode(self, x: Tensor) -> Tensor:
        """Return the code of each row, shape (…, n_rows, n_hidden[-1])."""
        code: Tensor = self.encoder(x)
        return code

    def decode(self, code: Tensor) -> Tensor:
        """Means of the Gaussian columns and logits of the blocks, shape (…, n_rows, width)."""
        decoded: Tensor = self.output(self.decoder(code))
        return decoded

    def costs(self, x: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Reconstruction cost of each row in nats, and zeros."""
        del noise
        cost = self.likelihood.cost(x, self.decode(self.encode(x)))
        return cost, torch.zeros_like(cost)
