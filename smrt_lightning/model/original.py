"""The original package's vocabulary, where it differs from this package's.

What still has a meaning is a parameter here; what has none is refused with what to use instead.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

GONE = {
    "eps": "the cost is computed from logits and never takes the logarithm of 0: leave eps out",
    "scope": "networks have no TensorFlow scope: leave scope out",
    "seed": "use random_state",
    "xavier_init": "use layer_type='xavier' or layer_type='gaussian'",
    "compression_ratio": "use n_hidden, the widths of the layers",
    "generate_args": "use noise and residual, which scale the noise of the draws",
    "smote_args": "call smote_balance with them",
    "min_error_sample": "SMRT's acceptance decides which rows are kept",
    "jitter": "use noise, which scales the noise of the draws",
}
"""Parameters of the original that have no meaning here, and what to use instead."""


def refuse_unknown(function: str, given: Mapping[str, Any], known: Collection[str]) -> None:
    """Refuse keywords that a function or class does not take.

    Parameters
    ----------
    function : str
        Its name.
    given : mapping of str to Any
        The keywords that it was given.
    known : collection of str
        The keywords that it takes.

    Raises
    ------
    TypeError
        If it does not take one of them: with what to use instead for those of the original
        package, and with the nearest known name for others.
    """
    for name in [name for name in given if name not in known]:
        if name in GONE:
            raise TypeError(f"{function} takes no {name}: {GONE[name]}.")
        near = difflib.get_close_matches(name, known, 1)
        hint = f"did you mean {near[0]}?" if near else f"allowed are {', '.join(sorted(known))}."
        raise TypeError(f"{function} takes no {name!r}; {hint}")


def start_weights(
    network: torch.nn.Module, layer_type: str, bias_strategy: str, generator: torch.Generator
) -> None:
    """Draw the first weights of a network as the original's layers did, in place.

    Parameters
    ----------
    network : Module
        As it is built: weights uniform as Glorot & Bengio (2010) have them, biases 0.
    layer_type : {"xavier", "gaussian"}
        "xavier" keeps the weights; "gaussian" draws them from N(0, 2 / n_in) (He et al. 2015).
    bias_strategy : {"zeros", "ones"}
        What the biases start from.
    generator : Generator
        Draws the weights.
    """
    from torch import nn

    from smrt_lightning.model.network import Linear

    for layer in network.modules():
        if isinstance(layer, Linear):
            if layer_type == "gaussian" and layer.weight.numel():
                scale = (2 / len(layer.weight)) ** 0.5
                nn.init.normal_(layer.weight, std=scale, generator=generator)
            if bias_strategy == "ones":
                nn.init.ones_(layer.bias)
