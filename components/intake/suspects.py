"""Columns that teach nothing or tell too much: constants, identifiers, free text, leaks.

What is certain is left out of the table; what is only likely is said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from components.intake.cells import Cells
from components.project.errors import shorten

MIN_ROWS = 20
"""With fewer rows, values agree by chance too often to say anything."""

MANY_LEVELS = 100
_ID_NAME = re.compile(
    r"(^|[_\W])(id|uuid|guid|index|key|nr|no|row|rownum|row_number|record)$|^(column_1|unnamed.*)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Suspicion:
    """What is wrong with a column.

    Attributes
    ----------
    reason : str
        For a person to read.
    certain : bool
        Whether the column is to be left out.
    """

    reason: str
    certain: bool


def suspect(name: str, cells: Cells, target: pd.Series[Any]) -> Suspicion | None:
    """Look at one column beside the target; return what is wrong with it, if anything.

    Parameters
    ----------
    name : str
        The column's name.
    cells : Cells
        The column.
    target : Series of str
        The labels.
    """
    present = cells.values.dropna()
    n_values = int(present.nunique())
    if n_values == 0:
        return Suspicion("empty", True)
    if n_values == 1 and len(present) == len(target):
        return Suspicion(f"constant: always {shorten(present.iloc[0], 30)}", True)
    if len(target) < MIN_ROWS:
        return None
    return (
        _identifier(name, cells, present, n_values)
        or _leak(cells.values, target, n_values)
        or _separation(cells, target)
        or _free_text(cells, present, n_values)
    )


def _identifier(
    name: str, cells: Cells, present: pd.Series[Any], n_values: int
) -> Suspicion | None:
    if n_values < len(present) or cells.kind not in ("whole number", "text"):
        return None
    if cells.kind == "whole number":
        numbers = pd.to_numeric(present, errors="coerce").dropna().to_numpy()
        if len(numbers) > 1 and bool((np.diff(numbers) == 1).all()):
            return Suspicion("counts the rows", True)
        named = _ID_NAME.search(name) is not None
        return Suspicion("identifier: another value in every row", True) if named else None
    return Suspicion("identifier: another text in every row", True)


def _leak(values: pd.Series[Any], target: pd.Series[Any], n_values: int) -> Suspicion | None:
    n_classes = target.nunique()
    known = values.notna()
    if n_values < 2 or n_values > max(n_classes, len(values) // 10):
        return None
    if (values[known].astype(str) == target[known]).all():
        return Suspicion("leak: equals the target", True)
    per_value = target[known].groupby(values[known].astype(str)).nunique()
    if per_value.max() > 1:
        return None
    per_label = values[known].astype(str).groupby(target[known]).nunique()
    if known.all() and per_label.max() == 1 and n_values == n_classes:
        return Suspicion("leak: one value for each class", True)
    if known.mean() > 0.5:
        return Suspicion("gives the class away: each value has one class only", False)
    return None


def _separation(cells: Cells, target: pd.Series[Any]) -> Suspicion | None:
    """Find numbers or dates whose range in each class touches no other class's."""
    if cells.kind not in ("number", "whole number", "date"):
        return None
    if cells.kind == "date":
        values = pd.to_datetime(cells.values, errors="coerce", format="ISO8601")
        numbers = values.astype("int64").where(values.notna()).astype("float64")
    else:
        numbers = pd.to_numeric(cells.values, errors="coerce").astype("float64")
    ranges = numbers.groupby(target).agg(["min", "max", "count"]).sort_values("min")
    if ranges["count"].min() < 5 or len(ranges) < 2:
        return None
    if bool((ranges["max"].to_numpy()[:-1] < ranges["min"].to_numpy()[1:]).all()):
        return Suspicion("gives the class away: the classes' ranges do not touch", False)
    return None


def _free_text(cells: Cells, present: pd.Series[Any], n_values: int) -> Suspicion | None:
    if cells.kind != "text" or n_values <= MANY_LEVELS:
        return None
    if n_values > len(present) / 2:
        return Suspicion(f"free text: {n_values} different texts", True)
    return Suspicion(f"{n_values} levels: rare ones share a place in the model", False)


def copies(columns: dict[str, Cells]) -> dict[str, Suspicion]:
    """Find columns that repeat an earlier one cell by cell."""
    seen: dict[tuple[int, int], str] = {}
    found = {}
    for name, cells in columns.items():
        hashed = pd.util.hash_pandas_object(cells.values.astype(object), index=False).to_numpy()
        key = (int(hashed.sum()), int((hashed * np.arange(1, len(hashed) + 1, dtype="u8")).sum()))
        if key in seen and cells.values.equals(columns[seen[key]].values):
            found[name] = Suspicion(f"the same as {shorten(seen[key], 30)}", True)
        seen.setdefault(key, name)
    return found
