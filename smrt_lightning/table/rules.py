"""The rules of a whole table, for every class's model to keep.

Constraints between columns, and what numbers can be. This is all that the model of a class takes
from rows of other classes. It is learned without the labels, and narrowed to the class before it is
used: to the combinations that its rows have, and to its own range
(:meth:`~smrt_lightning.table.numbers.support.NumberSupport.within`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.errors import ParameterError
from smrt_lightning.table.columns import Column
from smrt_lightning.table.constraints import Constraint, from_dict
from smrt_lightning.table.constraints.change import Change
from smrt_lightning.table.numbers.support import NumberSupport

Constraints = str | Sequence[Constraint | Mapping[str, Any]] | None


@dataclass(frozen=True)
class TableRules:
    """The rules of a table.

    Attributes
    ----------
    change : Change
        The constraints, and the change of variables that makes them hold.
    supports : mapping of column name to NumberSupport
        What each column of numbers, times or durations can hold, after the change.
    originals : mapping of column name to NumberSupport
        The same of columns that the change replaces or compares, before it.
    """

    change: Change = field(default_factory=lambda: Change(()))
    supports: Mapping[Any, NumberSupport] = field(default_factory=dict)
    originals: Mapping[Any, NumberSupport] = field(default_factory=dict)

    @classmethod
    def learn(
        cls,
        table: pd.DataFrame,
        column_kinds: Mapping[Any, str] | None = None,
        constraints: Constraints = None,
    ) -> Self:
        """Learn the rules of a table.

        Parameters
        ----------
        table : DataFrame
            All rows that may be learned from, of all classes.
        column_kinds : mapping of column name to kind, optional
            As :class:`~smrt_lightning.model.codec.TableCodec` takes it; nothing is recognised of
            columns that are "categorical" or "continuous".
        constraints : "auto", None or sequence of Constraint
            "auto" finds what holds in every row; see
            :func:`~smrt_lightning.table.constraints.discovery.discover`.

        Raises
        ------
        ParameterError
            If a given constraint names no column of the table, or rows of the table break it.
        """
        kinds = column_kinds or {}
        change = Change(_fitted(table, constraints, kinds))
        changed = change.forward(table)
        supports = {
            name: _support(changed[name], kinds.get(name, "numeric"))
            for name in changed.columns
            if kinds.get(name) != "categorical" and _is_counted(changed[name])
        }
        originals = {
            name: _support(table[name], kinds.get(name, "numeric")) for name in change.measured
        }
        return cls(
            change,
            {name: support for name, support in supports.items() if support is not None},
            {name: support for name, support in originals.items() if support is not None},
        )

    def within(self, rows: pd.DataFrame) -> ClassRules:
        """Narrow the rules to the rows of one class, which must be of the table."""
        change = self.change.within(rows)
        changed = change.forward(rows)
        return ClassRules(
            change,
            _narrowed(self.supports, changed),
            _narrowed(self.originals, rows),
            dict(rows.dtypes),
        )

    def broken(self, rows: pd.DataFrame) -> NDArray[np.bool_]:
        """Tell which rows break a constraint, shape (n_rows,)."""
        return self.change.broken(rows)

    @property
    def notes(self) -> list[str]:
        """Say the constraints, a line each."""
        return [str(one) for one in self.change.constraints]

    def digest(self, rows: pd.DataFrame) -> str:
        """Return the SHA-256 of what the model of a class takes from the table.

        It changes when rows of other classes change a constraint, or a mass, a gap or a step
        inside the class's range, and not when they change anything else.

        Parameters
        ----------
        rows : DataFrame
            The rows of the class.
        """
        narrow = self.within(rows)
        taken = {
            "constraints": [one.to_dict() for one in narrow.change.constraints],
            "supports": [[str(name), s.to_dict()] for name, s in narrow.supports.items()],
            "originals": [[str(name), s.to_dict()] for name, s in narrow.originals.items()],
        }
        return hashlib.sha256(json.dumps(taken, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class ClassRules:
    """The rules of a table as one class keeps them: the way there and back for any generator.

    Attributes
    ----------
    change : Change
        The change of variables.
    supports, originals : mapping of column name to NumberSupport
        As those of :class:`TableRules`, narrowed to the class.
    dtypes : mapping of column name to dtype
        The columns before the change.
    """

    change: Change
    supports: Mapping[Any, NumberSupport]
    originals: Mapping[Any, NumberSupport]
    dtypes: Mapping[Any, Any]

    def forward(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return rows of the table as a generator is to learn them."""
        return self.change.forward(rows)

    def back(self, drawn: pd.DataFrame) -> pd.DataFrame:
        """Return a generator's rows as rows of the table, each number on its support."""
        drawn = drawn.reset_index(drop=True)
        settled = drawn.copy(deep=False)
        for name, support in self.supports.items():
            if name in settled.columns:
                values, missing = support.read(settled[name])
                settled[name] = support.write(support.project(values), missing, drawn[name].dtype)
        return self.change.back(settled, self.originals, self.dtypes)


def _fitted(table: pd.DataFrame, constraints: Constraints, kinds: Mapping[Any, str]) -> Any:
    """Return the constraints, fitted to the table."""
    if constraints is None:
        return ()
    if isinstance(constraints, str):
        from smrt_lightning.table.constraints.discovery import discover

        return discover(table.drop(columns=[name for name in kinds if name in table.columns]))
    given = [one if isinstance(one, Constraint) else from_dict(one) for one in constraints]
    fitted = [one.fit(table) for one in given]
    for one in fitted:
        wrong = np.flatnonzero(one.broken(table))
        if len(wrong):
            raise ParameterError(
                f"the constraint '{one}' is broken by {len(wrong)} of {len(table)} rows, such as "
                f"row {wrong[0]}; correct the rows, or leave the constraint out."
            )
    return fitted


def _support(values: pd.Series, kind: str) -> NumberSupport | None:
    return NumberSupport.learn(values, free=kind == "continuous")


def _narrowed(
    supports: Mapping[Any, NumberSupport], rows: pd.DataFrame
) -> dict[Any, NumberSupport]:
    some = {name: rows[name] for name in supports if name in rows.columns}
    return {
        name: supports[name].within(values) for name, values in some.items() if values.notna().any()
    }


def _is_counted(values: pd.Series) -> bool:
    """Tell whether a column holds numbers, times or durations."""
    column = Column.of(values)
    return column.measured and not column.complex
