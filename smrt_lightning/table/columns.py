"""The kind of a column, and its values as numbers or as levels.

Nobody else asks a dtype what it means: this module decides what a column holds, how far it can be
counted, and which two values are the same level.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.errors import TableError

Kind = Literal["numeric", "time", "level"]
ColumnKind = Literal["numeric", "categorical", "constant"]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Level = tuple[str, Any]
"""A level and the name of its type, so that True, 1, 1.0 and "1" are four levels."""

MAX_LEVELS = 100
MISSING: Level = ("missing", None)
_DAY = 86_400e9


@dataclass(frozen=True)
class Column:
    """One column of a table: its kind, and what it holds.

    Attributes
    ----------
    name : Any
        Its name.
    dtype : dtype
        Of pandas or numpy.
    kind : {"numeric", "time", "level"}
        Numbers; points in time or durations; everything else, booleans among them.
    """

    name: Any
    dtype: Any
    kind: Kind

    @classmethod
    def of(cls, values: pd.Series, asked: str | None = None) -> Self:
        """Describe a column by its dtype, which is quick.

        Parameters
        ----------
        values : Series
            Any rows of the column, also none.
        asked : {"numeric", "categorical"}, optional
            What the user says of it.
        """
        kind: Kind = _kind_of(values.dtype)
        if asked == "categorical":
            kind = "level"
        return cls(values.name, values.dtype, kind)

    @property
    def measured(self) -> bool:
        """Tell whether its values have an order and distances."""
        return self.kind != "level"

    @property
    def boolean(self) -> bool:
        """Tell whether its levels are true and false."""
        return _is_boolean(self.dtype)

    @property
    def complex(self) -> bool:
        """Tell whether its numbers are complex, which cannot be modelled."""
        return bool(pd.api.types.is_complex_dtype(self.dtype))

    @property
    def mixed(self) -> bool:
        """Tell whether its levels may be of any types."""
        values = getattr(self.dtype, "categories", self)
        return bool(getattr(values, "dtype", None) == np.dtype(object))

    @property
    def fractional(self) -> bool:
        """Tell whether its numbers are floats."""
        return self.kind == "numeric" and not self.whole and not self.complex

    @property
    def whole(self) -> bool:
        """Tell whether only whole numbers fit in."""
        return self.kind == "numeric" and bool(pd.api.types.is_integer_dtype(self.dtype))

    def modelled_as(self, values: pd.Series, asked: str | None = None) -> ColumnKind:
        """Decide how the column is modelled in the rows of one class.

        Parameters
        ----------
        values : Series
            The column in the rows of the class.
        asked : {"numeric", "categorical"}, optional
            What the user says of it.

        Returns
        -------
        {"numeric", "categorical", "constant"}
            ``constant`` when at most one distinct value is seen and none is missing, or all are
            missing; ``numeric`` for numbers with more than two values and for times;
            ``categorical`` for everything else, two-valued numbers and booleans among them.
        """
        present = values.dropna()
        n_values = present.nunique()
        if n_values == 0 or (n_values == 1 and len(present) == len(values)):
            return "constant"
        if asked is not None:
            return "categorical" if asked == "categorical" else "numeric"
        if self.kind == "time":
            return "numeric"
        if self.kind == "level":
            return "categorical"
        two_valued = n_values <= 2 and len(present) > 4  # two rows have two values of anything
        return "categorical" if two_valued else "numeric"

    def numbers(self, values: pd.Series) -> FloatArray:
        """Return the values as float64, shape (n_rows,); missing and infinite ones are NaN.

        Points in time become days since 1970-01-01 UTC, durations days; booleans 0 and 1.
        """
        found = to_float(values) / _DAY if is_time(values.dtype) else to_float(values)
        return np.where(np.isfinite(found), found, np.nan)

    def from_numbers(self, numbers: FloatArray) -> pd.Series:
        """Turn numbers back into values; integers are rounded, ranges of dtypes held."""
        dtype = self.dtype
        if self.kind == "time":
            ticks = np.rint(numbers * _DAY).astype(np.int64)
            if pd.api.types.is_timedelta64_dtype(dtype):
                return pd.Series(ticks.view("timedelta64[ns]")).astype(dtype)
            dates = pd.Series(ticks.view("datetime64[ns]"))
            if isinstance(dtype, pd.DatetimeTZDtype):
                return dates.dt.tz_localize("UTC").astype(dtype)
            return dates.astype(dtype)
        if self.whole:
            plain: Any = getattr(dtype, "numpy_dtype", dtype)
            limits = np.iinfo(plain)
            least, largest = float(limits.min), float(limits.max)
            if largest >= 2.0**53:  # the bound itself rounds up, out of the range
                largest = float(np.nextafter(largest, 0.0))
            return pd.Series(np.clip(np.rint(numbers), least, largest).astype(plain)).astype(dtype)
        return pd.Series(numbers).astype(dtype)

    def missing(self, n: int) -> pd.Series:
        """Return n missing values, in a dtype that can hold them."""
        kind = self.dtype.kind if isinstance(self.dtype, np.dtype) else ""
        dtype: Any = {"i": "Int64", "u": "Int64", "b": "boolean"}.get(kind, self.dtype)
        cells: pd.Series = pd.Series(None, index=range(n), dtype=dtype)
        return cells

    def level_counts(self, values: pd.Series) -> list[tuple[Level, int]]:
        """Return the levels and how often each is seen, the most frequent first."""
        codes, seen = _factorized(values)
        counts = np.bincount(codes + 1, minlength=len(seen) + 1).tolist()
        found = [(MISSING, counts[0]), *zip(seen, counts[1:], strict=True)]
        present = [(level, count) for level, count in found if count]
        return sorted(present, key=lambda one: (-one[1], one[0][0], str(one[0][1])))

    def codes(self, values: pd.Series, levels: Sequence[Level]) -> IntArray:
        """Return the position of each value among the levels, −1 for one that is not there."""
        position = {level: code for code, level in enumerate(levels)}
        codes, seen = _factorized(values)
        places = [position.get(level, -1) for level in (*seen, MISSING)]
        return np.asarray(places, dtype=np.int64)[codes]

    def from_codes(self, codes: IntArray, levels: Sequence[Level]) -> pd.Series:
        """Return the values at these positions among the levels, in the column's dtype."""
        values = np.empty(len(levels), dtype=object)
        values[:] = [value for _, value in levels]
        return pd.Series(values[codes], dtype=object).astype(self.dtype)


def describe(frame: pd.DataFrame) -> dict[str, Column]:
    """Describe every column of a table, by its name as text."""
    return {str(name): Column.of(frame[name]) for name in frame.columns}


def numbers(frame: pd.DataFrame) -> FloatArray:
    """Return :meth:`Column.numbers` of every column, shape (n_rows, n_columns)."""
    if len(frame.columns) and all(_is_plain(dtype) for dtype in frame.dtypes):
        # One copy instead of one a column; in rows, as sums depend on the order in memory.
        found = np.ascontiguousarray(frame.to_numpy(dtype=np.float64))
        return np.where(np.isfinite(found), found, np.nan)
    columns = [Column.of(frame[name]).numbers(frame[name]) for name in frame.columns]
    return np.column_stack(columns) if columns else np.empty((len(frame), 0))


def _is_plain(dtype: Any) -> bool:
    return isinstance(dtype, np.dtype) and dtype.kind in "iuf"


def _kind_of(dtype: Any) -> Kind:
    if is_time(dtype):
        return "time"
    if isinstance(dtype, pd.CategoricalDtype) or _is_boolean(dtype):
        return "level"
    return "numeric" if pd.api.types.is_numeric_dtype(dtype) else "level"


def _is_boolean(dtype: Any) -> bool:
    return not isinstance(dtype, pd.CategoricalDtype) and bool(pd.api.types.is_bool_dtype(dtype))


def _factorized(values: pd.Series) -> tuple[IntArray, list[Level]]:
    """Return a code for each value (−1 where it is missing) and the level behind each code."""
    codes: Any
    seen: Any
    if isinstance(values.dtype, pd.CategoricalDtype):
        codes, seen = values.cat.codes.to_numpy(), values.cat.categories.astype(object)
    elif values.dtype != object or pd.api.types.infer_dtype(values, skipna=True) == "string":
        codes, seen = pd.factorize(values)
        seen = pd.Index(seen).astype(object)
    else:  # mixed types, of which pandas would take True and 1 for the same
        missing = values.isna().to_numpy()
        pairs = np.empty(len(values), dtype=object)
        pairs[:] = [(type(value).__name__, value) for value in values]
        codes = np.full(len(values), -1, dtype=np.int64)
        codes[~missing], seen = pd.factorize(pairs[~missing])
        return codes, list(seen)
    return np.asarray(codes, dtype=np.int64), [(type(value).__name__, value) for value in seen]


def is_time(dtype: Any) -> bool:
    """Tell whether a dtype holds points in time or durations."""
    return bool(
        pd.api.types.is_datetime64_any_dtype(dtype) or pd.api.types.is_timedelta64_dtype(dtype)
    )


def refuse_far_dates(table: pd.DataFrame) -> None:
    """Refuse times that nanoseconds cannot tell: numpy would wrap year 9999 round to 1816.

    Raises
    ------
    TableError
        Naming the first such column.
    """
    for name in table.columns:
        column = table[name]
        if not is_time(column.dtype):
            continue
        if getattr(column.dtype, "tz", None) is not None:
            column = column.dt.tz_convert("UTC").dt.tz_localize(None)
        kind = pd.Timestamp if column.dtype.kind == "M" else pd.Timedelta
        far = column.notna() & ~column.between(kind.min, kind.max)
        if far.any():
            raise TableError(
                f"column {name!r} holds {str(column[far].iloc[0])!r}; allowed are dates from "
                "1677-09-22 to 2262-04-11 and durations of up to 292 years. Write a date that "
                "stands for 'never' as missing, or turn the column into a number."
            )


def to_float(column: pd.Series) -> FloatArray:
    """Return a numeric or time column as float64, missing values as NaN.

    Points in time become nanoseconds since 1970-01-01 UTC, durations nanoseconds.
    """
    if is_time(column.dtype):
        whole, missing = nanoseconds(column)
        return np.where(missing, np.nan, whole.astype(np.float64))
    return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))


def nanoseconds(column: pd.Series) -> tuple[IntArray, NDArray[np.bool_]]:
    """Return a time column as whole nanoseconds (UTC) and where it is missing."""
    kind = "datetime64[ns]" if column.dtype.kind == "M" else "timedelta64[ns]"
    if getattr(column.dtype, "tz", None) is not None:
        column = column.dt.tz_convert("UTC").dt.tz_localize(None)
    stamps = column.to_numpy().astype(kind)
    return stamps.astype(np.int64), np.isnat(stamps)
