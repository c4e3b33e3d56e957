"""The batches of a stack: rows in an order of each model's own, and noise of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from smrt_lightning.model.training.stack import Shape
from smrt_lightning.seeds import derive_seed

EPOCH_STEPS = 25
Batch = tuple[Tensor, Tensor, Tensor]


class Batches:
    """Epochs of a fixed number of steps; a model's passes over its rows run on through them.

    A model whose rows fit into one batch sees all of them in each step, in their order. The rows
    of others are shuffled for each pass, whose last batch may be smaller.

    Parameters
    ----------
    rows : sequence of Tensor of shape (n_rows, width)
        The coded rows of each model.
    n_latent : sequence of int
        Width of each model's noise.
    seeds : sequence of int
        Each model's seed; a stream on the device is derived from it.
    shape : Shape
        To which batches are filled up with zeros.
    batch_size : int
        Rows a step.
    n_steps : int
        Steps in all.
    """

    def __init__(
        self,
        rows: Sequence[Tensor],
        n_latent: Sequence[int],
        seeds: Sequence[int],
        shape: Shape,
        batch_size: int,
        n_steps: int,
    ) -> None:
        self.n_rows = [len(own) for own in rows]
        self.n_latent = list(n_latent)
        self.seeds = list(seeds)
        self.shape = shape
        self.batch_size = batch_size
        self.n_steps = n_steps
        self.steps = 0
        self._done = 0
        self.models = list(range(len(rows)))
        self._table = torch.zeros(sum(self.n_rows) + 1, shape.width)
        self._starts: list[int] = []
        at = 0
        for own in rows:
            self._starts.append(at)
            self._table[at : at + len(own), : own.shape[1]] = own
            at += len(own)

    def to(self, device: torch.device) -> None:
        """Move the rows to a device, and make the streams there."""
        self._table = self._table.to(device)
        self._generators = [
            torch.Generator(device).manual_seed(derive_seed(seed, "batches")) for seed in self.seeds
        ]
        self._left = [torch.empty(0, self.batch_size, dtype=torch.int64)] * len(self.seeds)

    def keep(self, kept: list[int]) -> None:
        """Go on with the models at these positions among the present ones."""
        self.models = [self.models[i] for i in kept]

    def per_pass(self, model: int) -> int:
        """Batches in one pass over the rows of a model."""
        return -(-self.n_rows[model] // self.batch_size)

    def __len__(self) -> int:
        return min(EPOCH_STEPS, self.n_steps)

    def __iter__(self) -> Iterator[Batch]:
        """Yield rows, the weight of each row in the mean, and noise, each (models, n_rows, …)."""
        shape, device = self.shape, self._table.device
        self.steps = min(EPOCH_STEPS, self.n_steps - self._done)
        self._done += self.steps
        size = (len(self.models), shape.n_rows)
        noise = torch.zeros(self.steps, *size, shape.n_latent, device=device)
        for place, model in enumerate(self.models):
            n_rows, n_latent = min(self.n_rows[model], self.batch_size), self.n_latent[model]
            noise[:, place, :n_rows, :n_latent] = torch.randn(
                self.steps, n_rows, n_latent, generator=self._generators[model], device=device
            )
        if all(self.n_rows[model] <= self.batch_size for model in self.models):
            index = self._index(1)[0]
            fixed = self._table[index], self._weights(index)
            for step in range(self.steps):
                yield *fixed, noise[step]
            return
        indices = self._index(self.steps)
        for step, index in enumerate(indices):
            rows = self._table.index_select(0, index.view(-1)).view(*size, shape.width)
            yield rows, self._weights(index), noise[step]

    def _weights(self, index: Tensor) -> Tensor:
        real = (index < len(self._table) - 1).float()
        return real / real.sum(dim=1, keepdim=True)

    def _index(self, steps: int) -> Tensor:
        """Return where the rows of each step lie in the table, shape (steps, models, n_rows)."""
        nothing = len(self._table) - 1
        shape = (steps, len(self.models), self.shape.n_rows)
        index = torch.full(shape, nothing, device=self._table.device)
        for place, model in enumerate(self.models):
            n, start = self.n_rows[model], self._starts[model]
            if n <= self.batch_size:
                index[:, place, :n] = torch.arange(start, start + n, device=index.device)
            else:
                index[:, place, : self.batch_size] = self._shuffled(model, steps, nothing)
        return index

    def _shuffled(self, model: int, steps: int, nothing: int) -> Tensor:
        """Take the next batches of a model, shape (steps, batch_size)."""
        passes, n = [self._left[model].to(self._table.device)], self.n_rows[model]
        while sum(map(len, passes)) < steps:
            order = torch.full(
                (self.per_pass(model) * self.batch_size,), nothing, device=self._table.device
            )
            generator = self._generators[model]
            order[:n] = torch.randperm(n, generator=generator, device=order.device)
            order[:n] += self._starts[model]
            passes.append(order.view(-1, self.batch_size))
        ready = torch.cat(passes)
        self._left[model] = ready[steps:]
        return ready[:steps]
