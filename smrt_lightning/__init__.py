"""Balance rare classes with variational autoencoders, and prove whether that helped."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from smrt_lightning._version import __version__

if TYPE_CHECKING:
    from smrt_lightning.evaluation.compare import compare
    from smrt_lightning.kernels import portable
    from smrt_lightning.model.plain import AutoEncoder
    from smrt_lightning.model.variational import VariationalAutoEncoder
    from smrt_lightning.sampling.balance import smrt_balance
    from smrt_lightning.sampling.sampler import SMRT
    from smrt_lightning.sampling.smote import smote_balance
    from smrt_lightning.sampling.tutorial import SMOTE

_HOMES = {
    "SMOTE": "smrt_lightning.sampling.tutorial",
    "SMRT": "smrt_lightning.sampling.sampler",
    "AutoEncoder": "smrt_lightning.model.plain",
    "VariationalAutoEncoder": "smrt_lightning.model.variational",
    "compare": "smrt_lightning.evaluation.compare",
    "portable": "smrt_lightning.kernels",
    "smote_balance": "smrt_lightning.sampling.smote",
    "smrt_balance": "smrt_lightning.sampling.balance",
}

__all__ = [
    "SMOTE",
    "SMRT",
    "AutoEncoder",
    "VariationalAutoEncoder",
    "__version__",
    "compare",
    "portable",
    "smote_balance",
    "smrt_balance",
]


def __getattr__(name: str) -> Any:
    """Import a public name on first use, so that ``import smrt_lightning`` stays cheap."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
