"""What holds in a whole table, for every class's model to keep: what its numbers can be.

This is all that the model of a class takes from rows of other classes. It is learned without the
labels, and narrowed to the class's own range before it is used
(:meth:`~smrt_lightning.table.numbers.support.NumberSupport.within`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import pandas as pd

from smrt_lightning.table.columns import Column
from smrt_lightning.table.numbers.support import NumberSupport


@dataclass(frozen=True)
class TableRules:
    """The rules of a table.

    Attributes
    ----------
    supports : mapping of column name to NumberSupport
        What each column of numbers, times or durations can hold.
    """

    supports: Mapping[Any, NumberSupport] = field(default_factory=dict)

    @classmethod
    def learn(cls, table: pd.DataFrame, column_kinds: Mapping[Any, str] | None = None) -> Self:
        """Learn the rules of a table.

        Parameters
        ----------
        table : DataFrame
            All rows that may be learned from, of all classes.
        column_kinds : mapping of column name to kind, optional
            As :class:`~smrt_lightning.model.codec.TableCodec` takes it; nothing is recognised of
            columns that are "categorical" or "continuous".
        """
        kinds = column_kinds or {}
        supports = {}
        for name in table.columns:
            if kinds.get(name, "numeric") == "numeric" and _is_counted(table[name]):
                support = NumberSupport.learn(table[name])
                if support is not None:
                    supports[name] = support
        return cls(supports)

    def digest(self, rows: pd.DataFrame) -> str:
        """Return the SHA-256 of what the model of a class takes from the table.

        It changes when rows of other classes change a mass, a gap or a step inside the class's
        range, and not when they change anything else.

        Parameters
        ----------
        rows : DataFrame
            The rows of the class.
        """
        taken = {
            str(number): self.supports[name].within(rows[name]).to_dict()
            for number, name in enumerate(rows.columns)
            if name in self.supports and rows[name].notna().any()
        }
        return hashlib.sha256(json.dumps(taken, sort_keys=True).encode()).hexdigest()


def _is_counted(values: pd.Series) -> bool:
    """Tell whether a column holds numbers, times or durations."""
    column = Column.of(values)
    return column.measured and not pd.api.types.is_complex_dtype(column.dtype)
