"""Independent random streams, derived from one seed and a label.

Every class gets its own stream, so that adding, dropping or reordering classes never changes
what another class's model sees. Nothing here touches the global state of numpy or torch.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import torch

_SEED_BOUND = 2**31 - 1


def resolve_seed(random_state: int | np.random.RandomState | None) -> int:
    """Turn scikit-learn's ``random_state`` into one integer.

    Parameters
    ----------
    random_state : int, RandomState or None
        An int is returned as it is; a RandomState is advanced by one draw; None takes fresh
        entropy from the operating system.

    Returns
    -------
    int
        A seed in [0, 2**31 - 1).
    """
    if random_state is None:
        return int(np.random.default_rng().integers(_SEED_BOUND))
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(_SEED_BOUND))
    return int(random_state)


def label_key(label: Any) -> str:
    """Name a label by its type and value, the same for a numpy scalar and its Python twin."""
    if isinstance(label, np.generic):
        label = label.item()
    return f"{type(label).__name__}:{label}"


def class_seed(random_state: int, label: Any) -> int:
    """Derive the seed of one class from the common seed and the label itself.

    Parameters
    ----------
    random_state : int
        The common seed.
    label : Any
        The class's label; ``np.int64(3)`` and ``3`` give the same stream, ``"3"`` another.

    Returns
    -------
    int
        A seed in [0, 2**31 - 1).
    """
    return derive_seed(random_state, "class", label_key(label))


def derive_seed(seed: int, *purpose: str) -> int:
    """Derive a seed for one purpose, independent of the seeds for all others."""
    text = "\x1f".join((str(seed), *purpose))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % _SEED_BOUND


def numpy_generator(seed: int, *purpose: str) -> np.random.Generator:
    """Return a numpy generator of its own for one purpose."""
    return np.random.default_rng(derive_seed(seed, *purpose))


def torch_generator(seed: int, *purpose: str) -> torch.Generator:
    """Return a torch generator of its own (on the CPU) for one purpose."""
    import torch

    return torch.Generator().manual_seed(derive_seed(seed, *purpose))
