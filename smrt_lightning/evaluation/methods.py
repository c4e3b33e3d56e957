"""The methods of the comparison: what may be done about imbalance before a classifier is fitted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.dotted import build
from smrt_lightning.errors import ParameterError
from smrt_lightning.evaluation.oversamplers import (
    Resampled,
    gaussian_rows,
    random_rows,
    sampled_by,
    smote_rows,
    smrt_rows,
)


@dataclass(frozen=True)
class Method:
    """One way to treat imbalance.

    Attributes
    ----------
    name : str
    kind : {"plain", "weights", "threshold", "rows"}
        Fit as is; fit with balanced class weights; fit as is and move the decision threshold;
        or fit on resampled rows.
    sampler : object, optional
        For a method of rows that is not built in: an imbalanced-learn sampler.
    """

    name: str
    kind: str
    sampler: Any = None

    def resample(
        self,
        X: pd.DataFrame,
        codes: NDArray[np.intp],
        labels: Sequence[Any],
        *,
        targets: Mapping[int, int],
        random_state: int,
    ) -> Resampled:
        """Return real rows first, then synthetic rows, of the training part alone.

        Parameters
        ----------
        X : DataFrame, shape (n, d)
        codes : int array, shape (n,)
        labels : sequence
            The label behind each code; samplers see labels, not codes.
        targets : mapping
            Class code to the number of rows wanted; classes left out stay as they are.
        random_state : int
        """
        if self.kind != "rows":
            return Resampled.unchanged(X, codes)
        if self.name == "random" and self.sampler is None:
            return random_rows(X, codes, targets, random_state)
        if self.name == "smote" and self.sampler is None:
            return smote_rows(X, codes, targets, random_state)
        if self.name == "gaussian" and self.sampler is None:
            return gaussian_rows(X, codes, targets, random_state)
        if self.name == "smrt":
            return smrt_rows(X, codes, labels, targets, random_state, self.sampler)
        return sampled_by(self.sampler, X, codes, targets, random_state)


# A method's name with this ending: the same fits with probabilities corrected.
RECALIBRATED = "+recalibrated"

METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method("none", "plain"),
        Method("class_weight", "weights"),
        Method("threshold", "threshold"),
        Method("random", "rows"),
        Method("smote", "rows"),
        Method("gaussian", "rows"),
        Method("smrt", "rows"),
    )
}

MethodSpec = str | Mapping[str, Any] | tuple[str, Any]


def resolve_methods(specs: Sequence[MethodSpec]) -> list[Method]:
    """Turn names, dotted names with parameters, and ready samplers into methods.

    Parameters
    ----------
    specs : sequence
        Each a name of ``METHODS``, a dotted name such as ``"imblearn.over_sampling.ADASYN"``, a
        mapping ``{"sampler": dotted, "params": {...}, "name": ...}``, or a pair
        ``(name, sampler)``; ``("smrt", SMRT(...))`` sets SMRT's own parameters.

    Returns
    -------
    list of Method
        "none" always first, the yardstick of every difference.

    Raises
    ------
    ParameterError
        When a name is unknown or used twice.
    """
    methods = [_resolve(spec) for spec in specs]
    if not any(method.name == "none" for method in methods):
        methods.insert(0, METHODS["none"])
    methods.sort(key=lambda method: method.name != "none")
    names = [method.name for method in methods]
    for name in names:
        if names.count(name) > 1:
            raise ParameterError(f"Two methods are named {name!r}; give one another name.")
        if name.endswith(RECALIBRATED):
            raise ParameterError(f"{name!r}: names ending in {RECALIBRATED!r} are taken.")
    return methods


def _resolve(spec: MethodSpec) -> Method:
    if isinstance(spec, str):
        if spec in METHODS:
            return METHODS[spec]
        if "." not in spec:
            raise ParameterError(
                f"Unknown method {spec!r}; allowed are {', '.join(METHODS)}, or a dotted name such "
                "as imblearn.over_sampling.ADASYN."
            )
        spec = {"sampler": spec}
    if isinstance(spec, Mapping):
        strange = sorted(set(spec) - {"name", "sampler", "params"})
        if strange or "sampler" not in spec:
            raise ParameterError(f"A method is given as sampler, params, name; got {sorted(spec)}.")
        dotted = str(spec["sampler"])
        sampler = build(dotted, spec.get("params") or {}, needs=["fit_resample"])
        return _with_sampler(str(spec.get("name") or dotted.rsplit(".", 1)[1]), sampler)
    return _with_sampler(*spec)


def _with_sampler(name: str, sampler: Any) -> Method:
    if name in METHODS and name != "smrt":
        raise ParameterError(f"{name!r} is a built-in method; give this sampler another name.")
    if not callable(getattr(sampler, "fit_resample", None)):
        raise ParameterError(f"Method {name!r} has no fit_resample: {sampler!r}.")
    return Method(name, "rows", sampler)
