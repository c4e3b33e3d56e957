"""How one column of a table is coded."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any

from smrt_lightning.errors import UnsupportedValueError
from smrt_lightning.model.columns import CategoricalColumn, NumericColumn
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
    """How one column of the table is coded."""

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
        """What was recognised of the column, or is not modelled value by value."""
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
