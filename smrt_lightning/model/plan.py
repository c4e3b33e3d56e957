"""The coding of one column of a table, and its stored form."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any

from smrt_lightning.errors import UnsupportedValueError
from smrt_lightning.model.columns import CategoricalColumn, NumericColumn
from smrt_lightning.table.numbers.scale import Scale
from smrt_lightning.table.numbers.support import NumberSupport
from smrt_lightning.table.values import (
    dtype_from_json,
    dtype_to_json,
    value_from_json,
    value_to_json,
)


@dataclass(frozen=True)
class ConstantColumn:
    """A column with one value (or nothing but missing values) in the class."""

    value: Any


@dataclass(frozen=True)
class ColumnPlan:
    """The coding of one column of the table."""

    name: Any
    dtype: Any
    codec: NumericColumn | CategoricalColumn | ConstantColumn
    missing: bool
    missing_value: Any
    follows: Any = None

    @property
    def n_places(self) -> int:
        """The places of the column's one-hot block; 0 if it has none.

        A numeric column's are: no mass, each mass, missing.
        """
        if isinstance(self.codec, CategoricalColumn):
            return self.codec.size + self.missing
        if isinstance(self.codec, NumericColumn) and (self.missing or self.codec.support.n_masses):
            return 1 + self.codec.support.n_masses + self.missing
        return 0

    @property
    def notes(self) -> list[str]:
        """Remarks on the column: what was recognised, or is not modelled value by value."""
        codec = self.codec
        if isinstance(codec, NumericColumn):
            found = codec.support.describe(self.dtype)
            return [f"column {self.name!r}: {found}"] if found else []
        if isinstance(codec, CategoricalColumn) and codec.rare:
            return [
                f"column {self.name!r} has {len(codec.levels) + len(codec.rare):,} levels: "
                f"the {len(codec.levels)} most frequent are modelled one by one, the others "
                "together and drawn by their frequency (max_levels)"
            ]
        return []

    def __getstate__(self) -> dict[str, Any]:
        """Give what tools such as skops cannot keep, dtypes of pandas, in the form of JSON."""
        state = dict(vars(self))
        with contextlib.suppress(UnsupportedValueError):  # odd categories stay as they are
            plain = [dtype_to_json(self.dtype), value_to_json(self.missing_value)]
            del state["dtype"], state["missing_value"]
            state["plain"] = plain
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Undo :meth:`__getstate__`."""
        vars(self).update(state)
        if "plain" in state:
            dtype, missing = vars(self).pop("plain")
            vars(self)["dtype"] = dtype_from_json(dtype)
            vars(self)["missing_value"] = value_from_json(missing)


def plan_to_json(plan: ColumnPlan) -> dict[str, Any]:
    """Return a JSON-able form of a plan, without the arrays of its numbers."""
    stored: dict[str, Any] = {
        "name": value_to_json(plan.name),
        "dtype": dtype_to_json(plan.dtype),
        "missing": plan.missing,
        "missing_value": value_to_json(plan.missing_value),
        "follows": value_to_json(plan.follows),
    }
    codec = plan.codec
    if isinstance(codec, NumericColumn):
        support = codec.support
        stored["numeric"] = {
            "center": codec.center,
            "scale": codec.scale,
            "counted": {k: value_to_json(v) for k, v in vars(support.scale).items()},
            "shares": list(support.shares),
            "range": [value_to_json(support.least), value_to_json(support.largest)],
            "clock": support.clock,
        }
    elif isinstance(codec, CategoricalColumn):
        stored["categorical"] = {
            "levels": [value_to_json(level) for level in codec.levels],
            "rare": [value_to_json(level) for level in codec.rare],
            "rare_counts": codec.rare_counts,
        }
    else:
        stored["constant"] = value_to_json(codec.value)
    return stored


def plan_from_json(stored: dict[str, Any], number: int, tensors: dict[str, Any]) -> ColumnPlan:
    """Return the plan that :func:`plan_to_json` wrote; its arrays are those of this number."""
    codec: NumericColumn | CategoricalColumn | ConstantColumn
    if "numeric" in stored:
        codec = _numeric_from_json(stored["numeric"], number, tensors)
    elif "categorical" in stored:
        block = stored["categorical"]
        codec = CategoricalColumn(
            [value_from_json(level) for level in block["levels"]],
            [value_from_json(level) for level in block["rare"]],
            block["rare_counts"],
        )
    else:
        codec = ConstantColumn(value_from_json(stored["constant"]))
    return ColumnPlan(
        value_from_json(stored["name"]),
        dtype_from_json(stored["dtype"]),
        codec,
        stored["missing"],
        value_from_json(stored["missing_value"]),
        value_from_json(stored["follows"]),
    )


def _numeric_from_json(
    stored: dict[str, Any], number: int, tensors: dict[str, Any]
) -> NumericColumn:
    least, largest = (value_from_json(end) for end in stored["range"])
    support = NumberSupport(
        Scale(**{k: value_from_json(v) for k, v in stored["counted"].items()}),
        tensors[f"masses.{number}"],
        tuple(stored["shares"]),
        tensors[f"stretches.{number}"],
        least,
        largest,
        stored["clock"],
    )
    knots = tensors[f"ticks.{number}"], tensors[f"quantiles.{number}"]
    return NumericColumn(support, *knots, stored["center"], stored["scale"])
