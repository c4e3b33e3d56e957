"""The fidelity check: whether synthetic rows are like the real class, and more than copies of it.

Nothing here is compared with an ideal of zero: two samples of one class differ too. The yardstick
is what held-out real rows of the same class score against the same training rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.errors import ParameterError
from smrt_lightning.evaluation.fidelity.closeness import Closeness
from smrt_lightning.evaluation.fidelity.detect import detectability
from smrt_lightning.evaluation.fidelity.marginals import (
    column_distances,
    pairwise_distance,
    variance_ratio,
)
from smrt_lightning.sampling.coverage import measure_coverage


@dataclass(frozen=True)
class Limits:
    """Thresholds of the gate: beyond any of them a class is flagged.

    Attributes
    ----------
    max_copies : float
        Share of synthetic rows equal to a real training row, beyond that of held-out rows. Where
        more of the real rows than this are duplicates themselves, as in tables of a few levels,
        neither copies nor closeness is held against a class.
    min_closeness : float
        Median distance to the closest real row of the class, over that of held-out rows. Near 0 is
        copying; interpolating methods lie between real rows and so well below 1.
    max_column_distance : float
        Mean over columns of the distance between distributions, beyond that of held-out rows.
    max_detectability : float
        AUC of a forest that tells synthetic from real.
    max_foreign : float
        Share whose nearest real row is of another class, beyond that of held-out rows.
    min_variance, max_variance : float
        Median over columns of synthetic variance / real variance.
    min_coverage : float
        What the worst-served sub-group of the class keeps of its share. Half is what SMRT aims at
        with its own clusters; the limit leaves room for other ones.
    """

    max_copies: float = 0.05
    min_closeness: float = 0.1
    max_column_distance: float = 0.25
    max_detectability: float = 0.98
    max_foreign: float = 0.2
    min_variance: float = 0.3
    max_variance: float = 3.0
    min_coverage: float = 0.25


def fidelity(
    X: pd.DataFrame,
    codes: NDArray[np.intp],
    X_synthetic: pd.DataFrame,
    codes_synthetic: NDArray[np.intp],
    X_held_out: pd.DataFrame,
    codes_held_out: NDArray[np.intp],
    *,
    names: Sequence[str],
    limits: Limits | None = None,
    random_state: int = 0,
) -> dict[str, dict[str, Any]]:
    """Measure every class that has synthetic rows.

    Parameters
    ----------
    X, codes
        Real training rows of all classes, and their class codes.
    X_synthetic, codes_synthetic
        Synthetic rows made from them.
    X_held_out, codes_held_out
        Real rows that nothing was made from.
    names : sequence of str
        The label of each code.
    limits : Limits, optional
    random_state : int
        For the sampling and the forest of ``detectability``.

    Returns
    -------
    dict
        label → report with ``real``, ``synthetic``, ``held_out`` (rows); ``columns`` (name →
        distance: Kolmogorov–Smirnov for numbers, total variation for levels, 0–1);
        ``column_distance`` (their mean); ``pairwise_distance`` (mean absolute difference of
        correlations); ``detectability``; ``copies`` (share); ``duplicates`` (share of real rows
        that repeat another); ``closeness``; ``foreign`` (share); ``variance_ratio``;
        ``coverage`` (what the worst-served sub-group keeps of its share); ``subgroups`` (the
        :class:`~smrt_lightning.sampling.coverage.Coverage` behind it). Each of
        ``column_distance``, ``pairwise_distance``, ``copies`` and ``foreign`` also as
        ``held_out_…``. A number that cannot be had is None. ``passed`` is the gate and ``failed``
        the codes of what it fell over.
    """
    limits = limits or Limits()
    place = Closeness(X)
    points, made_points = place.points(X), place.points(X_synthetic)
    held_points = place.points(X_held_out)
    reports = {}
    for code in np.unique(codes_synthetic):
        own, made = codes == code, codes_synthetic == code
        held = codes_held_out == code
        report: dict[str, Any] = {
            "real": int(own.sum()),
            "synthetic": int(made.sum()),
            "held_out": int(held.sum()),
        }
        report |= _shape(X[own], X_synthetic[made], X_held_out[held])
        report |= place.report(points[own], points[~own], made_points[made], held_points[held])
        report["detectability"] = detectability(points[own], made_points[made], random_state)
        subgroups = measure_coverage(
            X[own], points[own], X_synthetic[made], made_points[made], random_state
        )
        report |= {"coverage": subgroups.worst, "subgroups": subgroups.to_dict()}
        report["failed"] = _failed(report, limits)
        report["passed"] = not report["failed"]
        reports[names[int(code)]] = report
    return reports


def _shape(real: pd.DataFrame, made: pd.DataFrame, held: pd.DataFrame) -> dict[str, Any]:
    columns = column_distances(real, made)
    known = [distance for distance in columns.values() if distance is not None]
    held_columns = [d for d in column_distances(real, held).values() if d is not None]
    return {
        "columns": columns,
        "column_distance": float(np.mean(known)) if known else None,
        "held_out_column_distance": float(np.mean(held_columns)) if held_columns else None,
        "pairwise_distance": pairwise_distance(real, made),
        "held_out_pairwise_distance": pairwise_distance(real, held),
        "variance_ratio": variance_ratio(real, made),
    }


def _failed(report: Mapping[str, Any], limits: Limits) -> list[str]:
    """Name the limits that are broken; what could not be measured breaks none."""

    def beyond(name: str) -> float:
        value, yardstick = report[name], report[f"held_out_{name}"]
        return -np.inf if value is None else value - (yardstick or 0.0)

    def between(name: str, low: float, high: float) -> bool:
        value = report[name]
        return value is None or low <= value <= high

    coincide = report["duplicates"] > limits.max_copies
    checks = {
        "copies_real_rows": coincide or beyond("copies") <= limits.max_copies,
        "too_close_to_real_rows": coincide or between("closeness", limits.min_closeness, np.inf),
        "columns_differ": beyond("column_distance") <= limits.max_column_distance,
        "easily_detected": between("detectability", 0.0, limits.max_detectability),
        "among_other_classes": beyond("foreign") <= limits.max_foreign,
        "subgroup_left_out": between("coverage", limits.min_coverage, np.inf),
        "variance_off": between("variance_ratio", limits.min_variance, limits.max_variance),
    }
    return [code for code, fine in checks.items() if not fine]


def as_limits(given: Limits | Mapping[str, float] | None) -> Limits:
    """Return thresholds from a mapping of some of them.

    Raises
    ------
    ParameterError
        When a name is unknown.
    """
    if isinstance(given, Limits):
        return given
    known = [field.name for field in fields(Limits)]
    for name in given or {}:
        if name not in known:
            raise ParameterError(f"Unknown limit {name!r}; allowed are {', '.join(known)}.")
    return Limits(**dict(given or {}))
