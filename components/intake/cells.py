"""The cells of a column: numbers, dates, truth values or text, however written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import pandas as pd

from components.intake.date_formats import ENOUGH, DateStyles
from components.project.errors import shorten
from components.table import styles
from components.table.styles import AS_IT_IS, COMMA, MISSING_MARKS, POINT
from components.table.typed import parse_column, seconds, spans_of_time

Kind = Literal["number", "whole number", "date", "truth value", "text"]
KINDS: tuple[str, ...] = get_args(Kind)

_PLAIN = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|(?i:[+-]?inf(?:inity)?)"
_WHOLE = r"[+-]?[0-9]+"
_LONGEST = 2**64 - 1
_NEARLY = 0.8


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
    style : str
        How the file writes it where that is not the canonical form: a word of ``data.format``.
    written : str
        The style, or what else there is to say of it, in words; else "".
    doubt : str
        Why it may be something else; else "".
    n_rounded : int
        Cells with more digits than a number of 64 bits holds.
    """

    kind: Kind
    dtype: str
    values: pd.Series[Any]
    style: str = ""
    written: str = ""
    doubt: str = ""
    n_rounded: int = 0

    @property
    def n_missing(self) -> int:
        """Cells without a value."""
        return int(self.values.isna().sum())

    @property
    def n_misfits(self) -> int:
        """Cells that the stages cannot read as this kind."""
        return int(self.misfits.sum())

    @property
    def misfits(self) -> pd.Series[bool]:
        """Those cells."""
        return parse_column(self.values, self.dtype, None).misfits


def understand_texts(
    frame: pd.DataFrame,
    *,
    kinds: Mapping[str, str] | None = None,
    known: Mapping[str, str] | None = None,
    date_format: str | None = None,
    decimal: str | None = None,
    semicolons: bool = False,
) -> dict[str, Cells]:
    """Find out what columns of text hold; one file has one way of writing numbers and dates.

    Parameters
    ----------
    frame : DataFrame of str
        Missing where a cell was empty.
    kinds : mapping of str to str, optional
        Kinds of columns that somebody named.
    known : mapping of str to str, optional
        Styles of columns in other files of the same table.
    date_format : str, optional
        How dates are written.
    decimal : {"." , ","}, optional
        How numbers are written.
    semicolons : bool
        Whether the file is delimited by them, as where commas are decimal.
    """
    columns = {str(name): _present(frame[name].str.strip()) for name in frame.columns}
    kinds, known = kinds or {}, known or {}
    numeric = ("number", "whole number")
    read = {
        name: _both_ways(present, sure=kinds.get(name) in numeric)
        for name, (_, present) in columns.items()
    }
    convention = {".": POINT, ",": COMMA}.get(decimal or "") or _convention(read, semicolons)
    sure = [name for name, kind in kinds.items() if kind == "date"]
    present_cells = {name: present for name, (_, present) in columns.items()}
    dates = DateStyles.of(present_cells, date_format, sure)
    found = {}
    for name, (stripped, present) in columns.items():
        kind = kinds.get(name)
        cells = None
        if kind is None and present.empty:
            cells = Cells("text", "str", stripped.mask(stripped.isin(MISSING_MARKS)))
        if cells is None and kind in (None, "truth value"):
            cells = _as_truth(stripped, present, sure=kind is not None)
        if cells is None and kind in (None, "date"):
            style = known.get(name, "")
            best = dates.best(name, style, sure=kind is not None)
            if best is not None:
                cells = _as_date(stripped, present, best, dates.doubt(name, best))
        if cells is None and kind in (None, *numeric):
            style = known.get(name, "").partition(" in ")[0]
            own = style if style in read[name].fits and not decimal else convention
            cells = _as_number(stripped, read[name], own, kind, forced=decimal is not None)
        if cells is None:
            cells = Cells("text", "str", stripped, doubt="" if kind else _nearly(read[name]))
        found[name] = cells
    return found


def understand_text(raw: pd.Series[Any], **options: Any) -> Cells:
    """Find out what one column of text holds; see :func:`understand_texts`."""
    return understand_texts(raw.to_frame("column"), **options)["column"]


def _present(stripped: pd.Series[Any]) -> tuple[pd.Series[Any], pd.Series[Any]]:
    return stripped, stripped[stripped.notna() & ~stripped.isin(MISSING_MARKS)]


@dataclass(frozen=True)
class _Readings:
    """The present cells of a column, read as numbers in either convention."""

    present: pd.Series[Any]
    unit: str
    texts: dict[str, pd.Series[Any]]

    @property
    def fits(self) -> dict[str, float]:
        """The share of cells that each convention reads."""
        return {name: float(texts.notna().mean()) for name, texts in self.texts.items()}

    @property
    def is_number(self) -> bool:
        """Tell whether one of them reads enough."""
        return bool(self.texts) and max(self.fits.values()) >= ENOUGH


def _both_ways(present: pd.Series[Any], *, sure: bool) -> _Readings:
    likely = sure or present.str.contains(r"\d|inf", case=False).mean() >= _NEARLY
    if present.empty or not likely:
        return _Readings(present, "", {})
    unit = styles.unit_of(present)
    texts = {name: styles.numbers(present, name, unit) for name in (POINT, COMMA)}
    return _Readings(present, unit, texts)


def _convention(read: dict[str, _Readings], semicolons: bool) -> str:
    """Return the convention that reads most cells of the numeric columns of the file."""
    numeric = [readings.texts for readings in read.values() if readings.is_number]
    totals = {name: sum(int(t[name].notna().sum()) for t in numeric) for name in (POINT, COMMA)}
    if totals[POINT] == totals[COMMA]:
        return COMMA if semicolons else POINT
    return max(totals, key=totals.__getitem__)


def _as_number(
    stripped: pd.Series[Any], read: _Readings, convention: str, kind: str | None, *, forced: bool
) -> Cells | None:
    if not read.texts:
        return None
    fits = read.fits
    other = COMMA if convention == POINT else POINT
    if not forced and fits[other] > fits[convention]:
        convention = other
    if kind is None and fits[convention] < ENOUGH:
        return None
    texts = read.texts[convention]
    known = texts.dropna()
    if kind is None and known.str.fullmatch(r"0[0-9]+").any():
        return None  # a code with leading zeros
    whole = bool(known.str.fullmatch(_WHOLE).all()) and kind != "number"
    n_plain = int(read.present.str.fullmatch(_PLAIN).sum())
    numbers = known.astype(object).map(int) if whole else None
    if numbers is not None and kind is None and numbers.abs().max() > _LONGEST:
        return None  # too long for 64 bits: an identifier
    plain = n_plain == len(known) and known.equals(read.present[known.index])
    style = "" if plain and convention == POINT else convention
    style += f" in {read.unit}" if style and read.unit else ""
    if not style and stripped.isin(MISSING_MARKS).any():
        style = AS_IT_IS
    # Misfits stay as they are written, so that the quarantine can show them.
    values = styles.canonical(stripped, style or AS_IT_IS)
    gaps = bool(values.isna().any())
    dtype = "float64"
    if numbers is not None and len(numbers):
        unsigned = numbers.max() > 2**63 - 1 and numbers.min() >= 0
        dtype = {(0, 0): "int64", (0, 1): "Int64", (1, 0): "uint64", (1, 1): "UInt64"}[
            int(unsigned), int(gaps)
        ]
    doubt = ""
    ambiguous = read.present.str.fullmatch(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
    if not forced and fits[POINT] == fits[COMMA] and ambiguous.sum() > len(read.present) / 2:
        sample = read.present[ambiguous].iloc[0]
        doubt = f"{sample} is read as {texts[ambiguous[ambiguous].index[0]]}: --decimal says how"
    odd = read.present[~read.present.str.fullmatch(_PLAIN) & texts.notna()]
    words = f"like {shorten(odd.iloc[0], 20)} ({style})" if len(odd) else ""
    lost = styles.n_rounded(known) if dtype == "float64" else 0
    return Cells("whole number" if whole else "number", dtype, values, style, words, doubt, lost)


def _nearly(read: _Readings) -> str:
    """Say that a column of text would be one of numbers but for some cells."""
    if not read.texts or max(read.fits.values()) < _NEARLY:
        return ""
    texts = max(read.texts.values(), key=lambda texts: texts.notna().sum())
    if read.present.str.fullmatch(r"0[0-9]+").any():
        return ""
    first = shorten(read.present[texts.isna()].iloc[0], 20) if texts.isna().any() else ""
    if not first:
        return ""
    return f"{texts.notna().mean():.0%} of its cells are numbers, {first} is not"


def _as_truth(stripped: pd.Series[Any], present: pd.Series[Any], *, sure: bool) -> Cells | None:
    if not sure and not present.str.lower().isin(["true", "false"]).all():
        return None
    marks = stripped.isin(MISSING_MARKS)
    values = stripped.mask(marks)
    dtype = "boolean" if values.isna().any() else "bool"
    return Cells("truth value", dtype, values, AS_IT_IS if marks.any() else "")


def _as_date(stripped: pd.Series[Any], present: pd.Series[Any], style: str, doubt: str) -> Cells:
    marks = stripped.isin(MISSING_MARKS).any()
    values = styles.canonical(stripped, style or AS_IT_IS)
    zoned = not style and present.str.contains(r"T?\d\d:.*(?:Z|[+-]\d{2}:?\d{2})$").any()
    written = "with time zones, read as UTC" if zoned else DateStyles.words(style)
    return Cells(
        "date", "datetime64[ns]", values, style or (AS_IT_IS if marks else ""), written, doubt
    )


def understand_typed(raw: pd.Series[Any]) -> Cells:
    """Find out what a column of a Parquet file holds, by its dtype."""
    types = pd.api.types
    dtype = raw.dtype
    gaps = bool(raw.isna().any())
    if types.is_bool_dtype(dtype):
        return Cells("truth value", "boolean" if gaps else "bool", raw)
    if types.is_integer_dtype(dtype):
        if types.is_unsigned_integer_dtype(dtype) and len(raw) and raw.max() > 2**63 - 1:
            return Cells("whole number", "UInt64" if gaps else "uint64", raw)
        return Cells("whole number", "Int64" if gaps else "int64", raw)
    if types.is_float_dtype(dtype):
        return Cells("number", "float64", raw)
    if types.is_datetime64_any_dtype(dtype):
        zoned = getattr(dtype, "tz", None) is not None
        plain = raw.dt.tz_convert("UTC").dt.tz_localize(None) if zoned else raw
        written = "with a time zone, now UTC" if zoned else ""
        return Cells("date", "datetime64[ns]", plain, written=written)
    if spans_of_time(raw):
        return Cells("number", "float64", seconds(raw), written="as spans of time, now seconds")
    texts = raw.astype(object).where(raw.notna())
    if texts.map(lambda cell: isinstance(cell, str), na_action="ignore").dropna().all():
        return Cells("text", "str", raw)
    written = f"as values of type {dtype}"
    return Cells("text", "str", texts.map(str, na_action="ignore"), written=written)
