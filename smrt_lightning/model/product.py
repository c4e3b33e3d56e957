"""The matrix product of the networks: torch's, or numpy's where the kernels are pinned.

torch multiplies with MKL, whose only kernels that are the same on every vendor's processors are
those without AVX. numpy's OpenBLAS can be held to its AVX2 kernels anywhere, which are as fast as
MKL's; see :mod:`smrt_lightning.kernels`.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from smrt_lightning import kernels


def product(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return x W + b, for matrices or for stacks of them.

    Parameters
    ----------
    x : Tensor of shape (n_rows, n_in) or (models, n_rows, n_in)
    weight : Tensor of shape (n_in, n_out) or (models, n_in, n_out)
    bias : Tensor of shape (1, n_out) or (models, 1, n_out), optional

    Returns
    -------
    Tensor of shape (n_rows, n_out) or (models, n_rows, n_out)
    """
    if _pinned() and x.device.type == "cpu" and x.dim() == weight.dim():
        multiplied: Tensor = _NumpyProduct.apply(x, weight)  # type: ignore[no-untyped-call]
        return multiplied if bias is None else multiplied + bias
    if bias is None:
        return x @ weight
    return torch.baddbmm(bias, x, weight) if x.dim() == 3 else torch.addmm(bias, x, weight)


@cache
def _pinned() -> bool:
    """Tell whether numpy's kernels are pinned; once it is loaded that cannot change."""
    return bool(kernels.pins()) and kernels.pinned()


class _NumpyProduct(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        return _multiply(x, weight)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor | None]:
        x, weight = ctx.saved_tensors
        (gradient,) = gradients
        for_x, for_weight = ctx.needs_input_grad
        return (
            _multiply(gradient, weight.transpose(-1, -2)) if for_x else None,
            _multiply(x.transpose(-1, -2), gradient) if for_weight else None,
        )


def _multiply(a: Tensor, b: Tensor) -> Tensor:
    return torch.from_numpy(np.matmul(a.detach().numpy(), b.detach().numpy()))
