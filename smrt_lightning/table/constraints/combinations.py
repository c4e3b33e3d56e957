"""Columns whose values occur together in fixed combinations: a city and its state."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.table.columns import MISSING, Column, Level
from smrt_lightning.table.constraints.constraint import Constraint, Flags


@dataclass(frozen=True)
class FixedCombinations(Constraint):
    """The values of the columns occur in the combinations that the table has, and in no other.

    Attributes
    ----------
    names : tuple
        The columns.
    allowed : tuple of tuple, optional
        The combinations; those of the table by default. None stands for a missing value.
    """

    names: tuple[Any, ...]
    allowed: tuple[tuple[Any, ...], ...] | None = None
    kind: ClassVar[str] = "fixed_combinations"

    @property
    def columns(self) -> tuple[Any, ...]:
        """The columns."""
        return self.names

    def fit(self, table: pd.DataFrame) -> Self:
        """Learn the combinations of a table, unless they are given."""
        super().fit(table)
        if self.allowed is not None:
            return self
        codes, levels = _coded(table, self.names)
        seen = np.unique(codes, axis=0)
        found = [
            tuple(_value(levels[j][code]) for j, code in enumerate(row)) for row in seen.tolist()
        ]
        ordered = sorted(found, key=lambda row: [(type(v).__name__, str(v)) for v in row])
        return replace(self, allowed=tuple(ordered))

    def broken(self, table: pd.DataFrame) -> Flags:
        """Tell which rows have another combination."""
        return np.asarray(self._places(table) < 0)

    def __str__(self) -> str:
        """Say which columns and how many combinations."""
        number = f" ({len(self.allowed)} of them)" if self.allowed else ""
        return f"{', '.join(map(str, self.names))} occur in fixed combinations{number}"

    def forward(self, table: pd.DataFrame) -> pd.DataFrame:
        """Put the number of the combination, as a level, in the place of the columns."""
        places = self._places(table)
        names = np.array([*map(str, range(len(self.allowed or ()))), None], dtype=object)
        kept = table.drop(columns=list(self.names[1:]))
        kept[self.names[0]] = pd.Series(names[places], index=table.index, dtype=object)
        return kept

    def back(self, table: pd.DataFrame) -> pd.DataFrame:
        """Undo :meth:`forward`; the columns stand at the end, as objects."""
        allowed = self.allowed or ()
        places = table[self.names[0]].map(lambda v: int(v) if isinstance(v, str) else 0)
        at = places.to_numpy(dtype=np.int64)
        rest = table.drop(columns=[self.names[0]])
        group = {}
        for j, name in enumerate(self.names):
            values = np.empty(len(allowed), dtype=object)
            values[:] = [row[j] for row in allowed]
            group[name] = pd.Series(values[at], index=table.index, dtype=object)
        return pd.concat([rest, pd.DataFrame(group, index=table.index)], axis=1)

    def _places(self, table: pd.DataFrame) -> NDArray[np.int64]:
        """Return the number of each row's combination, −1 for none of them."""
        position = {tuple(map(_key, row)): k for k, row in enumerate(self.allowed or ())}
        codes, levels = _coded(table, self.names)
        rows, inverse = np.unique(codes, axis=0, return_inverse=True)
        keys = [
            tuple(_key(_value(levels[j][code])) for j, code in enumerate(row))
            for row in rows.tolist()
        ]
        found = np.array([position.get(key, -1) for key in keys], dtype=np.int64)
        return np.asarray(found[np.ravel(inverse)])


def _coded(
    table: pd.DataFrame, names: tuple[Any, ...]
) -> tuple[NDArray[np.int64], list[list[Level]]]:
    """Return each column's values as codes into its levels, missing ones as the last."""
    columns, levels = [], []
    for name in names:
        column = Column.of(table[name])
        seen = [level for level, _ in column.level_counts(table[name]) if level != MISSING]
        codes = column.codes(table[name], [*seen, MISSING])
        columns.append(codes)
        levels.append([*seen, MISSING])
    return np.stack(columns, axis=1), levels


def _value(level: Level) -> Any:
    value = level[1]
    return value.item() if isinstance(value, np.generic) else value


def _key(value: Any) -> Any:
    """Return what two equal values share: 1 and 1.0 are one value here, True is another."""
    if isinstance(value, bool | np.bool_):
        return ("bool", bool(value))
    return None if value is None or value is pd.NA or value != value else value
