"""The input table as it lies on disk, and its cells as the types that schema.yaml asks for.

A CSV file has text only. Every cell is therefore read as text, and turned into a number, a
truth value or a date only where the schema says so: a label ``1.0`` or ``NaN`` stays the label
that somebody wrote, and a cell that does not fit is known by its row.
"""

from __future__ import annotations

import csv
import lzma
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from components.project.errors import listing
from components.project.workspace import write_parquet
from smrt_lightning.errors import MissingFileError, TableError

if TYPE_CHECKING:
    from collections.abc import Callable

CSV_SUFFIXES = (".csv", ".csv.gz", ".csv.bz2", ".csv.xz")
MISSING_WORDS = frozenset({"", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "<NA>"})
"""Cells of a number, truth-value or date column that mean "missing"; in text, only the empty."""

_DAMAGED = (zlib.error, lzma.LZMAError)
_PACKINGS: dict[str, dict[str, Any]] = {
    ".gz": {"method": "gzip", "mtime": 0},
    ".bz2": {"method": "bz2"},
    ".xz": {"method": "xz"},
}
_DATE = "a date between 1678 and 2261 (ISO 8601)"
_TRUTH = {"true": True, "false": False, "1": True, "0": False, "1.0": True, "0.0": False}


def read_table(path: Path) -> pd.DataFrame:
    """Read a CSV file (UTF-8, comma, header; every cell as text) or a Parquet file.

    Returns
    -------
    DataFrame of shape (n_rows, n_columns)
        With a range index; empty CSV cells are missing.

    Raises
    ------
    MissingFileError, TableError
    """
    name = path.name.lower()
    try:
        if name.endswith(".parquet"):
            frame = _read_parquet(path)
        elif name.endswith(CSV_SUFFIXES):
            frame = _read_csv(path)
        else:
            raise TableError(
                f"{path.name} is neither CSV nor Parquet by its name; "
                f"allowed endings: {', '.join((*CSV_SUFFIXES, '.parquet'))}"
            )
    except FileNotFoundError:
        raise MissingFileError(
            f"there is no table at {path}: put one there, correct data.path in params.yaml, "
            "or build the demo table with `python -m components.table.demo`"
        ) from None
    except pd.errors.EmptyDataError:
        raise TableError(f"{path} is empty: it needs a header line and rows") from None
    except UnicodeDecodeError as error:
        raise TableError(
            f"{path} is not UTF-8 text (byte {error.start}): save it as UTF-8"
        ) from None
    except (pd.errors.ParserError, csv.Error, EOFError, OSError, *_DAMAGED) as error:
        reason = " ".join(str(error).split())
        raise TableError(f"{path} cannot be read as a table: {reason}") from error
    repeated = frame.columns[frame.columns.duplicated()].unique()
    if len(repeated):
        raise TableError(
            f"{path} has more than one column named {listing(repeated)}: rename or drop them"
        )
    if frame.empty:
        raise TableError(f"{path} has {frame.shape[1]} columns and no rows: add rows")
    return frame


def _read_csv(path: Path) -> pd.DataFrame:
    # Read without a header, so that pandas renames no repeated column and drops no first one.
    frame = pd.read_csv(
        path,
        header=None,
        dtype=str,
        keep_default_na=False,
        na_values=[""],
        encoding="utf-8-sig",
        low_memory=False,
        skip_blank_lines=True,
    )
    header = frame.iloc[0]
    body = frame.iloc[1:].reset_index(drop=True)
    body.columns = pd.Index(["" if pd.isna(name) else str(name) for name in header], dtype=object)
    return body


def _read_parquet(path: Path) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        frame: pd.DataFrame = pq.read_table(path).to_pandas()
    except pa.ArrowException as error:
        raise TableError(f"{path} is no Parquet file: {str(error)[:120]}") from error
    frame.columns = pd.Index([str(name) for name in frame.columns], dtype=object)
    return frame.reset_index(drop=True)


def write_table(frame: pd.DataFrame, path: Path, name: str) -> None:
    """Write a table in the format of a file of this name, the same bytes every time."""
    if name.lower().endswith(".parquet"):
        write_parquet(path, frame)
        return
    packing = _PACKINGS.get(Path(name).suffix.lower())
    frame.to_csv(path, index=False, lineterminator="\n", encoding="utf-8", compression=packing)


@dataclass(frozen=True)
class ParsedColumn:
    """A column in the type that the schema asks for.

    Attributes
    ----------
    values : Series
        With missing values where a cell does not fit, so possibly a nullable dtype.
    misfits : Series of bool
        The cells that do not fit.
    expected : str
        What a cell should have been, in words: "an integer".
    """

    values: pd.Series[Any]
    misfits: pd.Series[bool]
    expected: str


def parse_column(raw: pd.Series[Any], dtype: str | None, levels: list[Any] | None) -> ParsedColumn:
    """Parse the cells of one column.

    Parameters
    ----------
    raw : Series
        Text, or what a Parquet file held.
    dtype : str or None
        The schema's dtype as pandas spells it; None leaves the column as it is.
    levels : list or None
        The level set of a categorical column; None takes the levels seen, sorted.
    """
    parse, expected = _parser(dtype, levels)
    values = parse(raw)
    return ParsedColumn(values, (values.isna() & raw.notna() & ~_reads_missing(raw)), expected)


def _parser(
    dtype: str | None, levels: list[Any] | None
) -> tuple[Callable[[pd.Series[Any]], pd.Series[Any]], str]:
    if dtype is None:
        return (lambda raw: raw), "anything"
    if dtype == "category":
        return (lambda raw: _to_category(raw, levels)), "a level of the column"
    if dtype.startswith("str") or dtype == "object":
        return _to_text, "text"
    try:
        kind = pd.api.types.pandas_dtype(dtype)
    except TypeError:  # a type of pandera's own, which checks it by itself
        return (lambda raw: raw), "anything"
    if pd.api.types.is_bool_dtype(kind):
        return _to_bool, "true or false"
    if pd.api.types.is_integer_dtype(kind):
        return _to_integer, "an integer"
    if pd.api.types.is_float_dtype(kind):
        return _to_float, "a finite number"
    if isinstance(kind, pd.DatetimeTZDtype):
        return _to_moment, _DATE
    if pd.api.types.is_datetime64_any_dtype(kind):
        return (lambda raw: _to_moment(raw).dt.tz_localize(None)), _DATE
    return (lambda raw: raw), "anything"


def _reads_missing(raw: pd.Series[Any]) -> pd.Series[bool]:
    if pd.api.types.is_string_dtype(raw.dtype) or raw.dtype == object:
        return raw.isin(MISSING_WORDS)
    return raw.isna()


def _to_text(raw: pd.Series[Any]) -> pd.Series[Any]:
    if isinstance(raw.dtype, pd.CategoricalDtype):
        raw = raw.astype(raw.cat.categories.dtype)
    if pd.api.types.is_string_dtype(raw.dtype) or raw.dtype == object:
        return raw.where(raw.map(lambda cell: isinstance(cell, str))).astype("str")
    return pd.Series(None, index=raw.index, name=raw.name, dtype="str")


def _to_category(raw: pd.Series[Any], levels: list[Any] | None) -> pd.Series[Any]:
    if isinstance(raw.dtype, pd.CategoricalDtype) and levels is None:
        return raw
    if levels is None:
        return raw.astype("category")
    by_text = {str(level): level for level in levels}
    known = raw.astype(object).map(lambda cell: by_text.get(str(cell)), na_action="ignore")
    return known.astype(pd.CategoricalDtype(levels))


def _to_number(raw: pd.Series[Any]) -> pd.Series[Any]:
    if pd.api.types.is_datetime64_any_dtype(raw.dtype):
        return pd.Series(pd.NA, index=raw.index, name=raw.name, dtype="Float64")
    numbers = pd.to_numeric(raw, errors="coerce", dtype_backend="numpy_nullable")
    return numbers.astype("Float64") if pd.api.types.is_bool_dtype(numbers.dtype) else numbers


def _to_integer(raw: pd.Series[Any]) -> pd.Series[Any]:
    numbers = _to_number(raw)
    if pd.api.types.is_integer_dtype(numbers.dtype):
        return numbers.astype("Int64")
    whole = (numbers == numbers.round()) & (numbers.abs() < 2.0**53)
    return numbers.where(whole.fillna(False)).astype("Int64")


def _to_float(raw: pd.Series[Any]) -> pd.Series[Any]:
    numbers = _to_number(raw).astype("float64")
    return numbers.where(np.isfinite(numbers))


def _to_bool(raw: pd.Series[Any]) -> pd.Series[Any]:
    if pd.api.types.is_bool_dtype(raw.dtype):
        return raw.astype("boolean")
    return raw.astype("str").str.strip().str.lower().map(_TRUTH).astype("boolean")


def _to_moment(raw: pd.Series[Any]) -> pd.Series[Any]:
    moments = pd.to_datetime(raw, errors="coerce", format="ISO8601", utc=True)
    return moments.where(not_far(moments.dt.tz_localize(None)))


def not_far(dates: pd.Series[Any]) -> pd.Series[bool]:
    """Tell which dates nanoseconds can tell; year 9999, which often means "never", is not."""
    return dates.between(pd.Timestamp.min, pd.Timestamp.max)
