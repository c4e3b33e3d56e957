"""The change of variables that makes constraints hold by themselves, and its inverse.

A one-hot group and a fixed combination become one level, b becomes what it is above a, a total
goes and is added up again. What a change cannot express, since another constraint has taken the
column already, is left to :meth:`Change.broken`: such rows are drawn anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.table.columns import to_float
from smrt_lightning.table.constraints import ladder
from smrt_lightning.table.constraints.combinations import FixedCombinations
from smrt_lightning.table.constraints.constraint import Constraint
from smrt_lightning.table.constraints.missing import MissingTogether
from smrt_lightning.table.constraints.one_hot import OneHot
from smrt_lightning.table.constraints.order import Inequality, Range
from smrt_lightning.table.constraints.shares import shared_out
from smrt_lightning.table.constraints.total import Total
from smrt_lightning.table.numbers.support import NumberSupport

Flags = NDArray[np.bool_]


class Change:
    """A change of variables for some constraints.

    Parameters
    ----------
    constraints : sequence of Constraint
        Fitted to the table (:meth:`Constraint.fit`); the order decides who takes a column first.

    Attributes
    ----------
    levels : list
        The groups and combinations that become one level each.
    flags : list of MissingTogether
        Those that become one flag each.
    totals : list of Total
        Those whose total is added up, each after those that its parts need.
    constants : list of Total
        Those whose parts are brought to a constant.
    parents : dict of column to list of (column, strict)
        The columns that each column is above, each after those that it is above itself.
    """

    def __init__(self, constraints: Sequence[Constraint]) -> None:
        self.constraints = tuple(constraints)
        taken: set[Any] = set()
        self.levels: list[OneHot | FixedCombinations] = []
        for kind in (OneHot, FixedCombinations):
            for one in constraints:
                if isinstance(one, kind) and not taken & set(one.columns):
                    self.levels.append(one)
                    taken |= set(one.columns)
        self.flags: list[MissingTogether] = []
        flagged: set[Any] = set()
        for one in constraints:
            if isinstance(one, MissingTogether) and not (taken | flagged) & set(one.columns):
                self.flags.append(one)
                flagged |= set(one.columns)
        self.totals = self._choose_totals(taken)
        taken |= {one.total for one in self.totals}
        self.constants: list[Total] = []
        for one in constraints:
            if isinstance(one, Total) and one.total is None and not taken & set(one.columns):
                self.constants.append(one)
                taken |= set(one.columns)
        self.parents = self._choose_parents(taken)

    def _choose_totals(self, taken: set[Any]) -> list[Total]:
        """Return the totals that can be added up, those first that others need."""
        chosen: dict[Any, Total] = {}
        for one in self.constraints:
            if not isinstance(one, Total) or one.total is None or taken & set(one.columns):
                continue
            chosen.setdefault(one.total, one)
        ordered: list[Total] = []
        while chosen:
            ready = [t for t, one in chosen.items() if not set(one.parts) & set(chosen)]
            if not ready:  # in a circle: the rest is left to be drawn anew
                break
            ordered += [chosen.pop(total) for total in ready]
        return ordered

    def _choose_parents(self, taken: set[Any]) -> dict[Any, list[tuple[Any, bool]]]:
        """Return for each column those that it is above, in an order to build them up."""
        edges: dict[Any, dict[Any, bool]] = {}
        for one in self.constraints:
            pairs = one.parts() if isinstance(one, Range) else (one,)
            for pair in pairs:
                if isinstance(pair, Inequality) and not taken & set(pair.columns):
                    below = edges.setdefault(pair.high, {})
                    below[pair.low] = below.get(pair.low, False) or pair.strict
        ordered: dict[Any, list[tuple[Any, bool]]] = {}
        waiting = dict(edges)
        while waiting:
            ready = [high for high, below in waiting.items() if not set(below) & set(waiting)]
            if not ready:
                break
            for high in ready:
                ordered[high] = list(waiting.pop(high).items())
        return ordered

    def within(self, rows: pd.DataFrame) -> Change:
        """Return the change for one class: of fixed combinations it has those of its rows."""
        return Change(
            [
                replace(one, allowed=None).fit(rows) if isinstance(one, FixedCombinations) else one
                for one in self.constraints
            ]
        )

    @property
    def measured(self) -> list[Any]:
        """The columns whose own support matters after the inverse."""
        orders = [name for high, below in self.parents.items() for name in (high, *dict(below))]
        sums = [name for one in (*self.totals, *self.constants) for name in one.columns]
        return list(dict.fromkeys([*orders, *sums]))

    @property
    def followers(self) -> dict[Any, Any]:
        """The columns that are missing where a flag says so, and the flag."""
        dropped = {one.total for one in self.totals}
        pairs = [(name, one.flag) for one in self.flags for name in one.columns]
        return {name: flag for name, flag in pairs if name not in dropped}

    def forward(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return a table in the new variables."""
        if not self.constraints:
            return table
        changed = table
        for flag in self.flags:
            changed = flag.forward(changed)
        for level in self.levels:
            changed = level.forward(changed)
        for total in self.totals:
            changed = self._without_total(changed, total)
        return ladder.forward(changed, self.parents)

    def back(
        self, table: pd.DataFrame, supports: Mapping[Any, NumberSupport], dtypes: Mapping[Any, Any]
    ) -> pd.DataFrame:
        """Return a table in the old variables.

        Parameters
        ----------
        table : DataFrame
            Of the columns that :meth:`forward` gives.
        supports : mapping of column to NumberSupport
            What the columns in ``measured`` can hold in the class.
        dtypes : mapping of column to dtype
            The old columns, in their order.
        """
        if not self.constraints:
            return table
        changed = ladder.back(table, self.parents, supports, dtypes)
        for constant in self.constants:
            changed = shared_out(changed, constant, supports, dtypes)
        for total in self.totals:
            changed = self._summed(changed, total, supports, dtypes)
        for level in reversed(self.levels):
            changed = level.back(changed)
        for flag in reversed(self.flags):
            changed = flag.back(changed)
        columns = {name: changed[name].astype(dtype) for name, dtype in dtypes.items()}
        return pd.DataFrame(columns, index=changed.index)

    def broken(self, table: pd.DataFrame) -> Flags:
        """Tell which rows break any of the constraints, shape (n_rows,)."""
        wrong = np.zeros(len(table), dtype=bool)
        for one in self.constraints:
            wrong |= one.broken(table)
        return wrong

    def _without_total(self, table: pd.DataFrame, one: Total) -> pd.DataFrame:
        """Drop a total; where a part is missing its own value is all there is."""
        lost = table[list(one.parts)].isna().any(axis=1)
        alone = table[one.total].where(lost)
        rest = table.drop(columns=[one.total])
        if not alone.isna().all():
            rest[ladder.alone(one.total)] = alone
        return rest

    def _summed(
        self,
        table: pd.DataFrame,
        one: Total,
        supports: Mapping[Any, NumberSupport],
        dtypes: Mapping[Any, Any],
    ) -> pd.DataFrame:
        parts = table[list(one.parts)]
        lost = parts.isna().any(axis=1).to_numpy()
        if all(pd.api.types.is_integer_dtype(dtypes[name]) for name in one.columns):
            total: Any = sum(parts[name].fillna(0).astype(np.int64) for name in one.parts)
        else:
            total = sum(pd.Series(to_float(parts[name]), index=table.index) for name in one.parts)
            support = supports[one.total]
            if support.scale.stepped:
                native = total.fillna(0).to_numpy(dtype=np.float64).astype(support.masses.dtype)
                ticks = np.round(support.scale.to_ticks(native))
                exact = support.scale.from_ticks(ticks, support.masses)
                near = np.abs(exact - total.to_numpy()) <= 1e-9 * (1 + np.abs(exact))
                total = total.where(~near, exact)
        name = ladder.alone(one.total)
        other = table[name] if name in table.columns else pd.Series(None, index=table.index)
        if lost.any():
            total = total.astype(object).where(~lost, other.astype(object))
        summed = table.drop(columns=[name], errors="ignore")
        summed[one.total] = total  # not assign: a name may be a number
        return summed
