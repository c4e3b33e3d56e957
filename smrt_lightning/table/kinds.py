"""The kinds that users give their columns, in the forms that the ecosystem has for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from smrt_lightning.errors import ParameterError


def asked_kinds(
    frame: pd.DataFrame, column_kinds: Mapping[Any, str] | None, categorical_features: Any
) -> dict[Any, str]:
    """Bring both ways to name the kinds of columns into one.

    Parameters
    ----------
    frame : DataFrame
        The table.
    column_kinds : mapping of column name to kind, optional
        Of an array: of column number to kind.
    categorical_features : None, "auto", or array-like
        Names, positions, or a mask of the categorical columns, as imbalanced-learn's SMOTENC takes
        them; "auto" and None leave it to the columns' dtypes and values.

    Raises
    ------
    ParameterError
        If a column does not exist, or is said to be two things.
    """
    kinds = dict(column_kinds or {})
    for name in kinds:
        if name not in frame.columns:
            raise _unknown("column_kinds", name, frame)
    for name in _named(frame, categorical_features):
        if kinds.setdefault(name, "categorical") != "categorical":
            raise ParameterError(
                f"column_kinds gives {kinds[name]!r} for column {name!r}, which is among "
                "categorical_features; take it out of one of them."
            )
    return kinds


def _named(frame: pd.DataFrame, categorical_features: Any) -> list[Any]:
    if categorical_features is None or isinstance(categorical_features, str):
        if categorical_features not in (None, "auto"):
            raise ParameterError(
                f"categorical_features is {categorical_features!r}; allowed are names, positions, "
                "a mask, 'auto' or None. One name stands in a list."
            )
        return []
    given = np.asarray(categorical_features, dtype=object)
    if len(given) and all(isinstance(each, bool | np.bool_) for each in given):
        if len(given) != frame.shape[1]:
            raise ParameterError(
                f"categorical_features is a mask of {len(given)} values, and the table has "
                f"{frame.shape[1]} columns."
            )
        return list(frame.columns[given.astype(bool)])
    named = []
    for each in given:
        if each in frame.columns:
            named.append(each)
        elif isinstance(each, int | np.integer) and -frame.shape[1] <= each < frame.shape[1]:
            named.append(frame.columns[int(each)])
        else:
            raise _unknown("categorical_features", each, frame)
    return named


def _unknown(parameter: str, name: Any, frame: pd.DataFrame) -> ParameterError:
    shown = ", ".join(repr(column) for column in list(frame.columns)[:10])
    return ParameterError(f"{parameter} names {name!r}, which is no column; the table has {shown}.")


def require_same_columns(frame: pd.DataFrame, fitted: list[Any], what: str) -> None:
    """Refuse a model of other columns than the table's.

    Raises
    ------
    ParameterError
        Naming what differs.
    """
    given = list(frame.columns)
    missing = [name for name in fitted if name not in given]
    extra = [name for name in given if name not in fitted]
    if not missing and not extra:
        return
    differs = [f"lacks {_shown(missing)}"] if missing else []
    differs += [f"has {_shown(extra)} as well"] if extra else []
    raise ParameterError(
        f"{what} was fitted on {len(fitted)} columns, {_shown(fitted)}; X {' and '.join(differs)}. "
        "Fit it on the same columns (a data frame's names, an array's numbers), or leave it out."
    )


def _shown(names: list[Any]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(repr(name) for name in names[:5]) + more
