"""Networks that train side by side, their parameters in one tensor of shape (models, size).

The bytes of a model do not depend on its company: every dimension that an operation sees, but the
number of models, follows from the model alone (:class:`Shape`), and is a multiple of what the
processor's vectors hold, so that no model's numbers share a vector with its neighbour's. Columns
and latent factors that only fill a dimension up are zero and stay so: nothing that the loss sees
depends on them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from smrt_lightning.model.codec import Layout
from smrt_lightning.model.network import Dropout

_VECTOR = 32  # numbers that an unrolled loop over vectors takes at once, at the most
_LATENT = 8
_BLOCKS = 8


@dataclass(frozen=True)
class Shape:
    """The sizes that all models of a stack share; they follow from each of them alone.

    Attributes
    ----------
    width : int
        Columns of the coded rows, filled up with zeros.
    n_blocks : int
        One-hot blocks, filled up with empty ones.
    has_presence : bool
        Whether some Gaussian columns do not always count.
    n_latent : int
        Width of the noise, filled up with zeros.
    n_rows : int
        Rows of a batch, filled up with zeros.
    """

    width: int
    n_blocks: int
    has_presence: bool
    n_latent: int
    n_rows: int

    @classmethod
    def of(cls, layout: Layout, n_latent: int, n_rows: int) -> Shape:
        """Return the shape of a model with batches of n_rows rows."""
        return cls(
            width=_round_up(layout.width, _VECTOR),
            n_blocks=_round_up(len(layout.blocks), _BLOCKS),
            has_presence=bool(layout.presence),
            n_latent=_round_up(n_latent, _LATENT),
            n_rows=_round_up(n_rows, _VECTOR),
        )

    def layout(self) -> Layout:
        """Return a layout of this width, with as many blocks, all of them empty."""
        at = self.width
        return Layout(at, ((at, at),) * self.n_blocks, ((0, 0),) * self.has_presence)


class Stack(nn.Module):
    """Networks of one shape as one, with parameters of shape (models, …).

    Parameters
    ----------
    networks : sequence of modules
        Trained in their place; :meth:`write_back` changes them.
    shape : Shape
        Which all of them have.

    Attributes
    ----------
    weights : Parameter of shape (models, size)
        All parameters of a model in a row.
    """

    def __init__(self, networks: Sequence[Any], shape: Shape) -> None:
        super().__init__()
        self.networks = list(networks)
        self.network = networks[0].widened(shape.layout(), shape.n_latent)
        self._places: list[tuple[nn.Module, str, str, torch.Size]] = []
        self._sizes: list[int] = []
        for path, module in list(self.network.named_modules()):
            for name, parameter in list(module._parameters.items()):
                if parameter is not None:
                    self._places.append((module, name, f"{path}.{name}", parameter.shape))
                    self._sizes.append(parameter.numel())
                    del module._parameters[name]
            for name in module._buffers:
                module._buffers[name] = self._stacked_buffer(module._buffers[name], path, name)
            if isinstance(module, Dropout):
                same = [network.get_submodule(path) for network in self.networks]
                module.generators = [each.generators[0] for each in same]
        self._sizes.append(-sum(self._sizes) % _VECTOR)
        weights = torch.zeros(len(self.networks), sum(self._sizes))
        for row, network in zip(weights, self.networks, strict=True):
            for part, own in self._parts(row, network):
                part.copy_(own)
        self.weights = nn.Parameter(weights)

    def _stacked_buffer(self, wide: Tensor | None, path: str, name: str) -> Tensor | None:
        if wide is None:
            return None
        stacked = torch.zeros(len(self.networks), *wide.shape)
        for row, network in zip(stacked, self.networks, strict=True):
            own = network.get_buffer(f"{path}.{name}")
            row[_corner(own)] = own
        return stacked

    def _parts(self, row: Tensor, network: nn.Module) -> Iterator[tuple[Tensor, Tensor]]:
        """Pair what belongs to each of a network's parameters in a row with the parameter."""
        for part, (_, _, path, shape) in zip(
            torch.split(row, self._sizes), self._places, strict=False
        ):
            own = network.get_parameter(path).data
            yield part.view(shape)[_corner(own)], own

    def costs(self, x: Tensor, noise: Tensor, share: Tensor) -> tuple[Tensor, Tensor]:
        """Reconstruction cost and divergence of each row, each of shape (models, n_rows)."""
        del share  # rows that only fill a batch up cost what they cost, and count nothing
        parts = torch.split(self.weights, self._sizes, dim=1)
        for part, (module, name, _, shape) in zip(parts, self._places, strict=False):
            module.__dict__[name] = part.view(-1, *shape)
        cost, divergence = self.network.costs(x, noise)
        return cost, divergence

    @torch.no_grad()
    def clip(self, bound: float) -> None:
        """Shorten the gradient of each model to a norm of at most ``bound``."""
        gradient = self.weights.grad
        if gradient is not None:
            norm = torch.linalg.vector_norm(gradient, dim=1, keepdim=True)
            scale = (bound / (norm + 1e-6)).clamp(max=1)
            # On a CPU it is quick to look, and a pass over all gradients is not.
            if gradient.device.type != "cpu" or not bool((scale == 1).all()):
                gradient.mul_(scale)

    @torch.no_grad()
    def keep(self, kept: Tensor, optimizer: torch.optim.Optimizer) -> None:
        """Go on with the models at these positions alone; the bytes of these stay the same."""
        before, self.weights = self.weights, nn.Parameter(self.weights[kept])
        state = optimizer.state.pop(before)
        optimizer.state[self.weights] = {n: v[kept] if v.dim() else v for n, v in state.items()}
        optimizer.param_groups[0]["params"] = [self.weights]
        for module in self.network.modules():
            for name, buffer in module._buffers.items():
                module._buffers[name] = None if buffer is None else buffer[kept]
            if isinstance(module, Dropout):
                module.generators = [module.generators[i] for i in kept.tolist()]

    def write_back(self, position: int, row: Tensor) -> None:
        """Give the network at a position the weights that a row of ``weights`` held."""
        for part, own in self._parts(row, self.networks[position]):
            own.copy_(part)


class Alone(nn.Module):
    """A network of any other making, in the place of a stack of one."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.networks = [network]

    @property
    def weights(self) -> Tensor:
        """All parameters in one row, shape (1, size)."""
        return nn.utils.parameters_to_vector(self.network.parameters()).detach().unsqueeze(0)

    def costs(self, x: Tensor, noise: Tensor, share: Tensor) -> tuple[Tensor, Tensor]:
        """Reconstruction cost and divergence of each row, each of shape (1, n_rows)."""
        real = share[0] > 0  # the network is not to see rows that only fill a batch up
        costs = self.network.costs(x[0, real], noise[0, real])  # type: ignore[operator]
        cost, divergence = (torch.zeros_like(share[0]).masked_scatter(real, c) for c in costs)
        return cost.unsqueeze(0), divergence.unsqueeze(0)

    def clip(self, bound: float) -> None:
        """Shorten the gradient to a norm of at most ``bound``."""
        nn.utils.clip_grad_norm_(self.network.parameters(), bound)

    def write_back(self, position: int, row: Tensor) -> None:
        """Give the network the weights that ``weights`` held."""
        del position
        nn.utils.vector_to_parameters(row, self.network.parameters())


def _corner(own: Tensor) -> tuple[slice, ...]:
    return tuple(slice(size) for size in own.shape)


def _round_up(number: int, multiple: int) -> int:
    return -(-number // multiple) * multiple
