"""Did balancing help? Methods, classifiers, metrics, statistics and the verdict."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from smrt_lightning.evaluation.comparison import Comparison
    from smrt_lightning.evaluation.splits import Split, make_splits

__all__ = ["Comparison", "Split", "make_splits"]

_HOMES = {
    "Comparison": "comparison",
    "Split": "splits",
    "make_splits": "splits",
}


def __getattr__(name: str) -> Any:
    """Import on first use, so that importing the package stays cheap."""
    import importlib

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
