"""Classes named in a parameter file: imported from packages that are allowed and nowhere else.

A parameter file may be a stranger's. Packages beyond the usual are named where only the user of the
machine does: in the environment variable SMRT_TRUSTED_PACKAGES, with commas between them.
"""

import difflib
import importlib
import inspect
import os
from collections.abc import Mapping, Sequence
from typing import Any

from smrt_lightning.errors import ParameterError

ALLOWED_PACKAGES = ("sklearn", "imblearn", "smrt_lightning", "lightgbm", "xgboost", "catboost")
TRUSTED = "SMRT_TRUSTED_PACKAGES"


def build(dotted: str, params: Mapping[str, Any], *, needs: Sequence[str]) -> Any:
    """Import a class by its dotted name and make an instance.

    Parameters
    ----------
    dotted : str
        Such as ``imblearn.over_sampling.ADASYN``; its first part is one of ``ALLOWED_PACKAGES``, or
        a package that SMRT_TRUSTED_PACKAGES names.
    params : mapping
        Arguments of the constructor.
    needs : sequence of str
        Methods that the class must have, such as ``fit_resample``.

    Raises
    ------
    ParameterError
        When the name is not allowed, not installed, not a class of that package, or lacks the
        method, or when a parameter is unknown to it.
    """
    cls = _find(dotted, needs)
    known = [name for name in inspect.signature(cls).parameters if name != "self"]
    takes_any = any(
        parameter.kind is inspect.Parameter.VAR_KEYWORD
        for parameter in inspect.signature(cls).parameters.values()
    )
    for name in params:
        if name not in known and not takes_any:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else f" It takes {', '.join(known)}."
            raise ParameterError(f"{dotted} has no parameter {name!r}.{hint}")
    return cls(**params)


def _find(dotted: str, needs: Sequence[str]) -> type[Any]:
    parts = dotted.split(".")
    trusted = [name.strip() for name in os.environ.get(TRUSTED, "").split(",")]
    packages = [*ALLOWED_PACKAGES, *filter(None, trusted)]
    allowed = ", ".join(packages)
    if len(parts) < 2 or not all(part.isidentifier() for part in parts):
        raise ParameterError(
            f"{dotted!r} is not a dotted name such as imblearn.over_sampling.ADASYN."
        )
    if parts[0] not in packages:
        raise ParameterError(
            f"{dotted!r} is not allowed; classes may come from {allowed}. The environment variable "
            f"{TRUSTED} names others, whose code you trust."
        )
    module_name, class_name = ".".join(parts[:-1]), parts[-1]
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise ParameterError(
            f"{dotted!r}: {error}. Check the spelling, or install {parts[0]}."
        ) from error
    found = getattr(module, class_name, None)
    if found is None:
        near = difflib.get_close_matches(class_name, dir(module), n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ParameterError(f"{module_name} has no {class_name!r}.{hint}")
    # A module re-exports whatever it imported: the class itself must be of an allowed package too.
    origin = getattr(found, "__module__", "") or ""
    if not inspect.isclass(found) or origin.split(".")[0] not in packages:
        raise ParameterError(f"{dotted!r} is not a class of an allowed package ({allowed}).")
    for method in needs:
        if not callable(getattr(found, method, None)):
            raise ParameterError(f"{dotted!r} has no method {method!r}, which is needed here.")
    return found
