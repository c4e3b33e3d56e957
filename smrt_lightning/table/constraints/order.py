"""Columns of which one is never above another: a start and an end, a part and a whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from smrt_lightning.errors import ParameterError
from smrt_lightning.table.columns import Column, to_float
from smrt_lightning.table.constraints.constraint import Constraint, Flags
from smrt_lightning.table.numbers.native import to_native


@dataclass(frozen=True)
class Inequality(Constraint):
    """One column is below another wherever both are there.

    Attributes
    ----------
    low, high : Any
        The two columns, both numbers, both points in time or both durations.
    strict : bool
        Whether they are never equal.
    """

    low: Any
    high: Any
    strict: bool = False
    kind: ClassVar[str] = "inequality"

    @property
    def columns(self) -> tuple[Any, ...]:
        """The lower and the higher column."""
        return (self.low, self.high)

    def fit(self, table: pd.DataFrame) -> Self:
        """Check that the two can be compared."""
        super().fit(table)
        check_comparable(table, self.columns)
        return self

    def broken(self, table: pd.DataFrame) -> Flags:
        """Tell which rows have them the other way round."""
        return above(table[self.low], table[self.high], equal_too=self.strict)

    def __str__(self) -> str:
        """Say it as a formula."""
        return f"{self.low} {'<' if self.strict else '≤'} {self.high}"


@dataclass(frozen=True)
class Range(Constraint):
    """A column lies between two others.

    Attributes
    ----------
    low, middle, high : Any
        The three columns.
    strict : bool
        Whether no two of them are ever equal.
    """

    low: Any
    middle: Any
    high: Any
    strict: bool = False
    kind: ClassVar[str] = "range"

    @property
    def columns(self) -> tuple[Any, ...]:
        """The three columns, in their order."""
        return (self.low, self.middle, self.high)

    def fit(self, table: pd.DataFrame) -> Self:
        """Check that the three can be compared."""
        super().fit(table)
        check_comparable(table, self.columns)
        return self

    def broken(self, table: pd.DataFrame) -> Flags:
        """Tell which rows have the column outside."""
        wrong = [one.broken(table) for one in self.parts()]
        return np.asarray(wrong[0] | wrong[1])

    def parts(self) -> tuple[Inequality, Inequality]:
        """Return the two inequalities that it is made of."""
        return (
            Inequality(self.low, self.middle, self.strict),
            Inequality(self.middle, self.high, self.strict),
        )

    def __str__(self) -> str:
        """Say it as a formula."""
        return f" {'<' if self.strict else '≤'} ".join(map(str, self.columns))


def above(low: pd.Series, high: pd.Series, *, equal_too: bool = False) -> Flags:
    """Tell where low > high (or ≥), exactly; missing values are never above."""
    (a, no_a), (b, no_b) = to_native(low), to_native(high)
    if (low.dtype.kind == "u") != (high.dtype.kind == "u") or a.dtype != b.dtype:
        a, b = to_float(low), to_float(high)  # an unsigned column is shifted, a signed one is not
    wrong = (a >= b) if equal_too else (a > b)
    return np.asarray(wrong & ~no_a & ~no_b)


def check_comparable(table: pd.DataFrame, names: tuple[Any, ...]) -> None:
    """Refuse columns that have no order in common.

    Raises
    ------
    ParameterError
        Naming the two.
    """
    found = [(name, unit_of(table[name])) for name in names]
    first, unit = found[0]
    for name, other in found:
        if other == "" or other != unit:
            raise ParameterError(
                f"columns {first!r} ({table[first].dtype}) and {name!r} ({table[name].dtype}) "
                "cannot be compared; a constraint on their order needs numbers, dates or durations."
            )


def unit_of(values: pd.Series) -> str:
    """Return what a column counts: "number", "M" (points in time), "m" (durations) or ""."""
    column = Column.of(values)
    if column.kind == "time":
        return str(column.dtype.kind)
    complex_ = pd.api.types.is_complex_dtype(column.dtype)
    return "number" if column.kind == "numeric" and not complex_ else ""
