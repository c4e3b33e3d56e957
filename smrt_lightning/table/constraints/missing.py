"""Columns that are missing in the same rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from smrt_lightning.table.constraints.constraint import Constraint, Flags

PRESENT, ABSENT = "present", "missing"


@dataclass(frozen=True)
class MissingTogether(Constraint):
    """The columns are missing in the same rows.

    Attributes
    ----------
    names : tuple
        The columns.
    """

    names: tuple[Any, ...]
    kind: ClassVar[str] = "missing_together"

    @property
    def columns(self) -> tuple[Any, ...]:
        """The columns."""
        return self.names

    @property
    def flag(self) -> Any:
        """The name of the column that says so after the change."""
        return f"smrt missing {self.names[0]}"

    def broken(self, table: pd.DataFrame) -> Flags:
        """Tell which rows have some of them missing and others not."""
        missing = table[list(self.names)].isna().to_numpy()
        return np.asarray(missing.any(axis=1) & ~missing.all(axis=1))

    def __str__(self) -> str:
        """Say which columns."""
        return f"{', '.join(map(str, self.names))} are missing together"

    def forward(self, table: pd.DataFrame) -> pd.DataFrame:
        """Add a column that says whether they are missing."""
        missing = table[self.names[0]].isna().to_numpy()
        said = np.where(missing, ABSENT, PRESENT).astype(object)
        return table.assign(**{self.flag: pd.Series(said, index=table.index, dtype=object)})

    def back(self, table: pd.DataFrame) -> pd.DataFrame:
        """Take the column away, and the values of all of them where it says so."""
        lost = (table[self.flag] == ABSENT).to_numpy(dtype=bool)
        kept = table.drop(columns=[self.flag])
        for name in self.names:
            if name in kept.columns:
                lost = lost | kept[name].isna().to_numpy()
        if lost.any():
            for name in self.names:
                if name in kept.columns and not kept[name].isna().to_numpy()[lost].all():
                    kept[name] = kept[name].mask(pd.Series(lost, index=kept.index))
        return kept
