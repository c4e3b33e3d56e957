"""What the cells of one column are: numbers, dates, truth values or text, however written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from components.table.files import MISSING_WORDS, not_far

Kind = Literal["number", "whole number", "date", "truth value", "text"]

MISSING_MARKS = MISSING_WORDS | {"?", "-", "--", ".", "#N/A", "#NV", "#DIV/0!", "NIL", "missing"}
_ENOUGH = 0.98
"""Share of the cells that must be of a kind; the others are mistakes, for the quarantine."""

_POINT = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_NUMBER_STYLES = {
    # name: (pattern of a cell, what to take out, decimal sign)
    "": (_POINT, "", "."),
    "comma between thousands": (rf"{_POINT}|[+-]?\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?", ",", "."),
    "decimal comma": (r"[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+)(?:,\d+)?(?:[eE][+-]?\d+)?", ".", ","),
}
_DATE_STYLES = {
    "day.month.year": r"%d.%m.%Y",
    "day/month/year": r"%d/%m/%Y",
    "month/day/year": r"%m/%d/%Y",
    "year/month/day": r"%Y/%m/%d",
    "day-month-year": r"%d-%m-%Y",
}
_CLOCKS = {"": "", ", hours and minutes": " %H:%M", ", time": " %H:%M:%S"}


@dataclass(frozen=True)
class Cells:
    """A column as it was understood.

    Attributes
    ----------
    kind : str
        What its cells are.
    dtype : str
        The dtype for schema.yaml.
    values : Series
        The column as the stages read it: text of a CSV file in its canonical form, or the values
        of a Parquet file.
    written : str
        How the file writes it, where the stages would not read that: "decimal comma"; else "".
    n_misfits : int
        Cells of another kind, which the stages will put in quarantine.
    """

    kind: Kind
    dtype: str
    values: pd.Series[Any]
    written: str = ""
    n_misfits: int = 0

    @property
    def n_missing(self) -> int:
        """Cells without a value."""
        return int(self.values.isna().sum())


def understand_text(raw: pd.Series[Any], decimal_comma: bool | None = None) -> Cells:
    """Find out what a column of text holds.

    Parameters
    ----------
    raw : Series of str
        Missing where a cell was empty.
    decimal_comma : bool, optional
        How to read "1,234"; None takes it for one thousand two hundred and thirty-four.
    """
    stripped = raw.str.strip()
    present = stripped[stripped.notna() & ~stripped.isin(MISSING_MARKS)]
    if present.empty:
        return Cells("text", "str", stripped.where(stripped.index.isin(present.index)))
    if present.str.lower().isin(["true", "false"]).all():
        dtype = "bool" if len(present) == len(raw) else "boolean"
        return Cells("truth value", dtype, stripped.where(stripped.index.isin(present.index)))
    return (
        _as_number(stripped, present, decimal_comma)
        or _as_date(stripped, present)
        or Cells("text", "str", stripped)
    )


def _as_number(
    stripped: pd.Series[Any], present: pd.Series[Any], decimal_comma: bool | None
) -> Cells | None:
    styles = dict(_NUMBER_STYLES)
    if decimal_comma:
        styles = {"": styles[""], "decimal comma": styles["decimal comma"]}
    for style, (pattern, grouping, decimal) in styles.items():
        fits = present.str.fullmatch(pattern)
        if fits.mean() < _ENOUGH:
            continue
        if present.str.fullmatch(r"0\d+").any():  # a code with leading zeros
            return None
        plain = present[fits]
        if style:
            plain = plain.str.replace(grouping, "", regex=False) if grouping else plain
            plain = plain.str.replace(decimal, ".", regex=False)
        whole = bool(plain.str.fullmatch(r"[+-]?\d+").all())
        if whole and plain.str.len().max() > 18:
            return None  # too long for 64 bits: an identifier
        # Misfits stay as they are written, so that the quarantine can show them.
        values = stripped.where(stripped.index.isin(present.index)).mask(
            stripped.index.isin(plain.index), plain
        )
        gaps = len(present) < len(stripped)
        dtype = ("Int64" if gaps else "int64") if whole else "float64"
        kind: Kind = "whole number" if whole else "number"
        return Cells(kind, dtype, values, style, int((~fits).sum()))
    return None


def _as_date(stripped: pd.Series[Any], present: pd.Series[Any]) -> Cells | None:
    if not present.str.fullmatch(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?").mean() >= _ENOUGH:
        return None
    dates = pd.to_datetime(present, format="ISO8601", errors="coerce", utc=True)
    if dates.notna().mean() >= _ENOUGH:
        zoned = present.str.contains(r"(?:Z|[+-]\d{2}:?\d{2})$").any()
        written = "with time zones, now UTC" if zoned else ""
        return _dated(stripped, present, dates.dt.tz_localize(None), written)
    for name, style in _DATE_STYLES.items():
        for clock, suffix in _CLOCKS.items():
            dates = pd.to_datetime(present, format=style + suffix, errors="coerce")
            if dates.notna().mean() >= _ENOUGH:
                return _dated(stripped, present, dates, name + clock)
    return None


def _dated(
    stripped: pd.Series[Any], present: pd.Series[Any], dates: pd.Series[Any], written: str
) -> Cells:
    values = stripped.where(stripped.index.isin(present.index))
    dates = dates.where(not_far(dates))
    if written:
        known = dates.dropna()
        iso = known.dt.strftime("%Y-%m-%d" if _whole_days(known) else "%Y-%m-%dT%H:%M:%S")
        values = values.mask(values.index.isin(iso.index), iso)
    return Cells("date", "datetime64[ns]", values, written, int(dates.isna().sum()))


def _whole_days(dates: pd.Series[Any]) -> bool:
    return bool((dates == dates.dt.normalize()).all())


def understand_typed(raw: pd.Series[Any]) -> Cells:
    """Find out what a column of a Parquet file holds, by its dtype."""
    types = pd.api.types
    dtype = raw.dtype
    if types.is_bool_dtype(dtype):
        return Cells("truth value", "boolean" if raw.isna().any() else "bool", raw)
    if types.is_integer_dtype(dtype):
        return Cells("whole number", "Int64" if raw.isna().any() else "int64", raw)
    if types.is_float_dtype(dtype):
        return Cells("number", "float64", raw)
    if types.is_datetime64_any_dtype(dtype):
        zoned = getattr(dtype, "tz", None) is not None
        plain = raw.dt.tz_convert("UTC").dt.tz_localize(None) if zoned else raw
        written = "with a time zone, now UTC" if zoned else ""
        n_misfits = int((plain.notna() & ~not_far(plain)).sum())
        return Cells("date", "datetime64[ns]", plain, written, n_misfits)
    texts = raw.astype(object).where(raw.notna())
    if texts.map(lambda cell: isinstance(cell, str), na_action="ignore").dropna().all():
        return Cells("text", "str", raw)
    return Cells("text", "str", texts.map(str, na_action="ignore"), f"values of type {dtype}")
