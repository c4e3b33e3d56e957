"""A column that is the sum of others, or columns that add up to a constant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.errors import ParameterError
from smrt_lightning.table.columns import to_float
from smrt_lightning.table.constraints.constraint import Constraint, Flags
from smrt_lightning.table.constraints.order import unit_of

_RELATIVE = 1e-9


@dataclass(frozen=True)
class Total(Constraint):
    """The parts add up to the total wherever all are there.

    Attributes
    ----------
    parts : tuple
        Columns of numbers; a single one makes the total a copy of it.
    total : Any, optional
        The column of their sum.
    constant : float, optional
        Their sum, where no column holds it.
    """

    parts: tuple[Any, ...]
    total: Any = None
    constant: float | None = None
    kind: ClassVar[str] = "total"

    @property
    def columns(self) -> tuple[Any, ...]:
        """The parts, and the total if it is a column."""
        return self.parts if self.total is None else (*self.parts, self.total)

    def fit(self, table: pd.DataFrame) -> Self:
        """Check that all are numbers, and that there is one total."""
        if (self.total is None) == (self.constant is None):
            raise ParameterError(
                f"a total of {', '.join(map(repr, self.parts))} needs a column or a constant, one "
                "of the two."
            )
        super().fit(table)
        for name in self.columns:
            if unit_of(table[name]) != "number":
                raise ParameterError(
                    f"column {name!r} ({table[name].dtype}) has no sum; a total needs numbers."
                )
        return self

    def broken(self, table: pd.DataFrame) -> Flags:
        """Tell which rows have another sum, beyond what rounding of floats explains."""
        values = np.stack([to_float(table[name]) for name in self.parts], axis=1)
        total: NDArray[np.float64] | float = (
            float(self.constant or 0) if self.total is None else to_float(table[self.total])
        )
        with np.errstate(over="ignore", invalid="ignore"):
            apart = np.abs(values.sum(axis=1) - total)
            size = np.abs(values).sum(axis=1)
            return np.asarray(apart > _RELATIVE * np.maximum(size, 1e-300))

    def __str__(self) -> str:
        """Say it as a formula."""
        total = f"{self.constant:g}" if self.total is None else self.total
        return f"{' + '.join(map(str, self.parts))} = {total}"
