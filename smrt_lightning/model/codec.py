"""A table of one class ⇄ the matrix that its network learns.

The matrix holds the numeric columns first (one standardised Gaussian each), then one block of
one-hot places for every categorical column and for every numeric column with point masses or
missing values.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.errors import ParameterError, UnsupportedValueError
from smrt_lightning.model.columns import CategoricalColumn, NumericColumn
from smrt_lightning.model.plan import ColumnPlan, ConstantColumn
from smrt_lightning.table.columns import MAX_LEVELS, Column
from smrt_lightning.table.constraints.change import Change
from smrt_lightning.table.constraints.missing import PRESENT
from smrt_lightning.table.numbers.support import NumberSupport
from smrt_lightning.table.pictures import pictures
from smrt_lightning.table.rules import TableRules
from smrt_lightning.table.values import dtype_from_json, dtype_to_json

FloatMatrix = NDArray[np.float64]
KINDS = ("numeric", "continuous", "categorical")


@dataclass(frozen=True)
class Layout:
    """The places of the columns in the coded matrix.

    Attributes
    ----------
    n_numeric : int
        The first ``n_numeric`` columns are Gaussian.
    blocks : tuple of (int, int)
        Start and stop of each one-hot block, in order.
    presence : tuple of (int, int)
        Pairs (numeric column, matrix column that is 1 where its Gaussian value counts and 0 where
        it does not: where it is missing, say). Columns without a pair always count.
    """

    n_numeric: int
    blocks: tuple[tuple[int, int], ...]
    presence: tuple[tuple[int, int], ...]

    @property
    def width(self) -> int:
        """The number of columns of the coded matrix."""
        return self.blocks[-1][1] if self.blocks else self.n_numeric


class TableCodec:
    """Codec of a table, fitted on the rows of one class alone.

    Parameters
    ----------
    column_kinds : mapping of column name to {"numeric", "continuous", "categorical"}, optional
        Overrides what :meth:`~smrt_lightning.table.columns.Column.modelled_as` infers;
        "continuous" is numeric without point masses, gaps and steps.
    max_levels : int
        Places of a categorical column; rarer levels share the last one.

    Attributes
    ----------
    plans : list of ColumnPlan
        One for each column after the change of variables, in order.
    layout : Layout
        Where each of them stands in the coded matrix.
    change : Change
        The change of variables before the plans, for what holds between columns.
    dtypes : dict
        The columns before that change.
    originals : list of ColumnPlan
        Those of them whose support is needed to undo it.
    """

    def __init__(
        self, column_kinds: Mapping[Any, str] | None = None, max_levels: int = MAX_LEVELS
    ) -> None:
        self.column_kinds = dict(column_kinds or {})
        self.max_levels = max_levels
        self.plans: list[ColumnPlan] = []

    def fit(self, table: pd.DataFrame, rules: TableRules | None = None) -> Self:
        """Learn kinds, quantiles, levels and support from the rows of one class.

        Parameters
        ----------
        table : DataFrame
            The rows of the class.
        rules : TableRules, optional
            What holds in the whole table, of which these rows are a part; without it what its
            numbers can be is learned from these rows alone.

        Raises
        ------
        ParameterError
            If ``column_kinds`` names a column or a kind that does not exist.
        UnsupportedValueError
            If a column holds lists, dicts or complex numbers.
        """
        for name, kind in self.column_kinds.items():
            if name not in table.columns:
                shown = ", ".join(repr(column) for column in table.columns[:10])
                raise ParameterError(
                    f"column_kinds names {name!r}, which is no column; the table has {shown}."
                )
            if kind not in KINDS:
                raise ParameterError(
                    f"column_kinds gives {kind!r} for column {name!r}; allowed are 'numeric', "
                    "'continuous' and 'categorical'."
                )
        rules = rules or TableRules()
        change = rules.change.within(table)
        changed = change.forward(table)
        masses = not pictures(table)
        plans = [
            self._plan(changed, name, rules.supports.get(name), masses) for name in changed.columns
        ]
        for number, plan in enumerate(plans):
            flag = change.followers.get(plan.name)
            if flag is not None:
                own = changed[plan.name].isna() & (changed[flag] == PRESENT)
                plans[number] = replace(plan, follows=flag, missing=bool(own.any()))
        originals = [
            self._original(table, name, rules.originals.get(name))
            for name in change.measured
            if table[name].notna().any()
        ]
        return self.restore(plans, change, dict(table.dtypes), originals)

    def restore(
        self,
        plans: list[ColumnPlan],
        change: Change,
        dtypes: dict[Any, Any],
        originals: list[ColumnPlan],
    ) -> Self:
        """Take over what was fitted before."""
        self.plans = plans
        self.change = change
        self.dtypes = dtypes
        self.originals = originals
        self.layout = _lay_out(plans)
        return self

    def _plan(
        self, table: pd.DataFrame, name: Any, support: NumberSupport | None, masses: bool = True
    ) -> ColumnPlan:
        column, wanted = table[name], self.column_kinds.get(name)
        free = wanted == "continuous"
        kind = Column.of(column).modelled_as(column, "numeric" if free else wanted)
        missing = column.isna()
        lost = column[missing].iloc[0] if missing.any() else None
        codec: NumericColumn | CategoricalColumn | ConstantColumn
        if kind == "constant":
            codec = ConstantColumn(column.iloc[0] if len(column) else None)
        elif kind == "categorical":
            codec = CategoricalColumn.fit(column, self.max_levels)
        else:
            codec = NumericColumn.fit(column, support, free=free, masses=masses)
        varies = kind != "constant"
        return ColumnPlan(column.name, column.dtype, codec, varies and bool(missing.any()), lost)

    def _original(
        self, table: pd.DataFrame, name: Any, support: NumberSupport | None
    ) -> ColumnPlan:
        """Plan a column before the change: a number also where it is constant in the class."""
        plan = self._plan(table, name, support)
        if isinstance(plan.codec, ConstantColumn):
            return replace(plan, codec=NumericColumn.constant(table[name], support))
        return plan

    @property
    def notes(self) -> list[str]:
        """Remarks on the columns: those recognised, and those not modelled value by value."""
        said = [str(one) for one in self.change.constraints]
        return [*said, *(note for plan in self.plans for note in plan.notes)]

    def impossible(self, rows: pd.DataFrame) -> NDArray[np.bool_]:
        """Tell which rows break a constraint, or have a sum beyond the class's range."""
        wrong = self.change.broken(rows)
        totals = {one.total for one in self.change.totals}
        for plan in self.originals:
            if plan.name in totals and isinstance(plan.codec, NumericColumn):
                wrong |= plan.codec.support.beyond(rows[plan.name])
        return wrong

    def __getstate__(self) -> dict[str, Any]:
        """Give what tools such as skops cannot keep, dtypes of pandas, in the form of JSON."""
        state = dict(vars(self))
        with contextlib.suppress(UnsupportedValueError):  # odd categories stay as they are
            state["plain"] = [[name, dtype_to_json(dtype)] for name, dtype in self.dtypes.items()]
            del state["dtypes"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Undo :meth:`__getstate__`."""
        vars(self).update(state)
        if "plain" in state:
            plain = vars(self).pop("plain")
            vars(self)["dtypes"] = {name: dtype_from_json(dtype) for name, dtype in plain}

    def encode(self, table: pd.DataFrame) -> NDArray[np.float32]:
        """Return the coded matrix, shape (n_rows, layout.width), float32."""
        table = self.change.forward(table)
        coded = np.zeros((len(table), self.layout.width), dtype=np.float32)
        numeric, blocks = 0, iter(self.layout.blocks)
        for plan in self.plans:
            if isinstance(plan.codec, ConstantColumn):
                continue
            column = table.get(plan.name, pd.Series(None, index=table.index, dtype=plan.dtype))
            if isinstance(plan.codec, NumericColumn):
                coded[:, numeric], places = plan.codec.encode(column)
                numeric += 1
                if not plan.n_places:
                    continue
            else:
                places = plan.codec.encode(column)
            start, stop = next(blocks)
            if plan.missing:
                places = np.where(column.isna(), stop - start - 1, places)
            seen = np.flatnonzero(places >= 0)
            coded[seen, start + places[seen]] = 1
        return coded

    def decode(
        self, numeric: FloatMatrix, places: NDArray[np.int64], rng: np.random.Generator
    ) -> pd.DataFrame:
        """Return rows of the table on its support.

        Parameters
        ----------
        numeric : ndarray of shape (n_rows, layout.n_numeric)
            Coded numeric values.
        places : ndarray of shape (n_rows, len(layout.blocks))
            The drawn place in each block.
        rng : Generator
            Draws among rare levels that share a place.

        Returns
        -------
        DataFrame of shape (n_rows, n_columns)
            With the columns and dtypes that the codec was fitted on.
        """
        columns: list[pd.Series] = []
        at_numeric, at_block = 0, 0
        for plan in self.plans:
            drawn = np.zeros(len(numeric), dtype=np.int64)
            if plan.n_places:
                drawn = places[:, at_block]
                at_block += 1
            lost = plan.missing & (drawn == plan.n_places - 1)
            drawn = np.where(lost, 0, drawn)
            if isinstance(plan.codec, NumericColumn):
                values = plan.codec.decode(numeric[:, at_numeric], drawn)
                at_numeric += 1
                columns.append(plan.codec.support.write(values, lost, plan.dtype))
            elif isinstance(plan.codec, CategoricalColumn):
                columns.append(_levels(plan.codec.decode(drawn, rng), lost, plan))
            else:
                columns.append(_levels([plan.codec.value] * len(numeric), lost, plan))
        if not columns:
            return pd.DataFrame(index=pd.RangeIndex(len(numeric)))
        table = pd.concat(columns, axis=1)
        table.columns = pd.Index([plan.name for plan in self.plans], tupleize_cols=False)
        supports = {
            plan.name: plan.codec.support
            for plan in self.originals
            if isinstance(plan.codec, NumericColumn)
        }
        return self.change.back(table, supports, self.dtypes)


def _lay_out(plans: list[ColumnPlan]) -> Layout:
    """Place the numeric columns first, then the one-hot blocks in the order of the columns."""
    n_numeric = sum(isinstance(plan.codec, NumericColumn) for plan in plans)
    blocks: list[tuple[int, int]] = []
    presence: list[tuple[int, int]] = []
    at, numeric = n_numeric, 0
    for plan in plans:
        if isinstance(plan.codec, NumericColumn):
            if plan.n_places:
                presence.append((numeric, at))
            numeric += 1
        if plan.n_places:
            blocks.append((at, at + plan.n_places))
            at += plan.n_places
    starts = {
        plan.name: start
        for plan, (start, _) in zip((p for p in plans if p.n_places), blocks, strict=True)
    }
    measured = (plan for plan in plans if isinstance(plan.codec, NumericColumn))
    for numeric, plan in enumerate(measured):
        flag = next((one for one in plans if one.name == plan.follows), None)
        if flag is not None and not plan.n_places and isinstance(flag.codec, CategoricalColumn):
            presence.append((numeric, starts[flag.name] + flag.codec.levels.index(PRESENT)))
    return Layout(n_numeric, tuple(blocks), tuple(presence))


def _levels(values: Any, lost: NDArray[np.bool_], plan: ColumnPlan) -> pd.Series:
    """Return drawn levels as a column of the plan's dtype, missing where ``lost``."""
    objects = np.empty(len(lost), dtype=object)
    objects[:] = values
    objects[lost] = plan.missing_value
    return pd.Series(objects, dtype=object).astype(plan.dtype)
