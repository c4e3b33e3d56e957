"""The networks' matrix product: numpy's gives what torch's does, forwards and backwards."""

import pytest
import torch

from smrt_lightning.model import product as module
from smrt_lightning.model.product import product


def value_and_gradients(shapes, bias):
    generator = torch.Generator().manual_seed(0)
    tensors = [torch.randn(s, generator=generator, dtype=torch.float64) for s in shapes]
    tensors = [each.requires_grad_() for each in tensors]
    value = product(*(tensors if bias else tensors[:2]))
    (value**2).sum().backward()
    return [value.detach(), *(each.grad for each in tensors[: 2 + bias])]


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("stacked", [(), (3,)])
def test_both_libraries_give_the_same_product_and_gradients(stacked, bias, monkeypatch):
    shapes = [(*stacked, 5, 4), (*stacked, 4, 6), (*stacked, 1, 6)]
    monkeypatch.setattr(module, "_pinned", lambda: True)
    by_numpy = value_and_gradients(shapes, bias)
    monkeypatch.setattr(module, "_pinned", lambda: False)
    by_torch = value_and_gradients(shapes, bias)
    for one, other in zip(by_numpy, by_torch, strict=True):
        torch.testing.assert_close(one, other)


def test_a_matrix_of_zeros_and_ones_needs_no_gradient(monkeypatch):
    monkeypatch.setattr(module, "_pinned", lambda: True)
    x, ones = torch.ones(2, 3, requires_grad=True), torch.ones(3, 1)
    product(x, ones).sum().backward()
    assert ones.grad is None
    assert torch.equal(x.grad, torch.ones(2, 3))
