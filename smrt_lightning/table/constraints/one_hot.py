"""A group of columns of which one is set in each row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from smrt_lightning.errors import ParameterError
from smrt_lightning.table.constraints.constraint import Constraint, Flags

NONE = "none"


@dataclass(frozen=True)
class OneHot(Constraint):
    """Exactly one of the columns is set in each row, or they are all missing.

    Attributes
    ----------
    names : tuple
        The columns: numbers 0 and 1 or booleans.
    at_most : bool
        Whether a row with none set is allowed (one level was dropped when they were made).
    """

    names: tuple[Any, ...]
    at_most: bool = False
    kind: ClassVar[str] = "one_hot"

    @property
    def columns(self) -> tuple[Any, ...]:
        """The columns of the group."""
        return self.names

    def fit(self, table: pd.DataFrame) -> Self:
        """Check that the columns hold nothing but 0 and 1."""
        super().fit(table)
        for name in self.names:
            seen = table[name].dropna().unique()
            if not all(isinstance(v, bool | int | float | np.number | np.bool_) for v in seen) or (
                not set(map(float, seen)) <= {0.0, 1.0}
            ):
                raise ParameterError(
                    f"column {name!r} of a one-hot group holds {list(seen[:3])!r}; allowed are 0 "
                    "and 1, or false and true."
                )
        return self

    def broken(self, table: pd.DataFrame) -> Flags:
        """Tell which rows have another number of columns set, or some missing and others not."""
        group = table[list(self.names)]
        missing = group.isna().to_numpy()
        n_set = np.zeros(len(table))
        for name in self.names:
            n_set += group[name].eq(1).fillna(False).to_numpy(dtype=bool)
        wrong = n_set > 1 if self.at_most else n_set != 1
        return np.asarray(np.where(missing.any(axis=1), ~missing.all(axis=1), wrong))

    def __str__(self) -> str:
        """Say which columns."""
        number = "at most one" if self.at_most else "exactly one"
        return f"{number} of {', '.join(map(str, self.names))} is set"

    def forward(self, table: pd.DataFrame) -> pd.DataFrame:
        """Put one column of levels, under the first name, in the place of the group."""
        level = np.full(len(table), NONE, dtype=object)
        for number, name in enumerate(self.names):
            level[table[name].eq(1).fillna(False).to_numpy(dtype=bool)] = str(number)
        level[table[self.names[0]].isna().to_numpy()] = None
        kept = table.drop(columns=list(self.names[1:]))
        kept[self.names[0]] = pd.Series(level, index=table.index, dtype=object)
        return kept

    def back(self, table: pd.DataFrame) -> pd.DataFrame:
        """Undo :meth:`forward`; the columns stand at the end, as objects or whole numbers."""
        level = table[self.names[0]]
        missing = level.isna().to_numpy()
        rest = table.drop(columns=[self.names[0]])
        group = {}
        for number, name in enumerate(self.names):
            on: Any = (level == str(number)).to_numpy(dtype=bool).astype(np.int64)
            group[name] = pd.Series(on, index=table.index)
            if missing.any():
                group[name] = group[name].astype(object).mask(pd.Series(missing), None)
        return pd.concat([rest, pd.DataFrame(group, index=table.index)], axis=1)
