"""Cells written in somebody's style, turned into the canonical form that the stages read.

A style is a word of ``data.format.columns`` in params.yaml: a way of writing numbers ("decimal
point", "decimal comma", with what stands beside the number: "decimal comma in €"), a date format
as strftime spells it ("%d.%m.%Y"), or "as it is" for a column that only has other marks for
missing cells. Reading is idempotent: a canonical cell reads as itself in every style, so that it
does not matter whether a file was rewritten before.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from decimal import Context, Decimal, localcontext
from typing import Any

import numpy as np
import pandas as pd

from components.table.typed import MISSING_WORDS, not_far

MISSING_MARKS = MISSING_WORDS | {"?", "-", "--", ".", "#N/A", "#NV", "#DIV/0!", "NIL", "missing"}
MISSING_MARKS |= {"0000-00-00", "0000-00-00 00:00:00", "00.00.0000", "00/00/0000"}  # of databases
AS_IT_IS = "as it is"
EXACT_DIGITS = 15
"""Decimal digits that every number of 64 bits holds."""
POINT = "decimal point"
COMMA = "decimal comma"
UNITS = r"[$€£¥₹₽₩₺₪฿₫₴₦%‰°]|[A-Z]{1,3}\$|R\$|zł|kr\.?|Kč|Ft|lei|CHF|Fr\.?|USD|EUR|GBP|JPY|CNY|INR"

_WORD = r"[^\W\d_°][^\d\s,;()+\-]{0,11}|°[A-Z]"
_EXPONENT = r"(?:[eE][+-]?\d+)?"
_INDIAN = r"[1-9]\d?(?:,\d\d)*,\d{3}"


def _pattern(decimal: str, thousands: str, more: str) -> str:
    grouped = rf"[1-9]\d{{0,2}}({thousands})\d{{3}}(?:\1\d{{3}})*"
    whole = rf"(?:\d+|{grouped}{more})"
    return rf"[+-]?(?:{whole}(?:{decimal}\d*)?|{decimal}\d+){_EXPONENT}"


_PATTERNS = {
    POINT: _pattern(r"\.", "[,' _]", f"|{_INDIAN}"),
    COMMA: _pattern(",", "[.' _]", ""),
}
_INFINITE = r"(?i)[+-]?(?:inf|infinity)"
_LOOKS_GROUPED = r"[+-]?[1-9]\d{0,2}\.\d{3}"
_SIGNS = {
    **dict.fromkeys("\u00a0\u2007\u2009\u202f", " "),
    **dict.fromkeys("’‘ʼ′`", "'"),
    **dict.fromkeys("−–﹣－", "-"),
    "٫": ".",
    "٬": ",",
    "∞": "inf",
}


def check_style(style: str) -> None:
    """Raise ValueError unless this is the name of a style."""
    name, _, unit = style.partition(" in ")
    number = name in _PATTERNS and (not unit or re.fullmatch(f"{UNITS}|{_WORD}", unit))
    date = "%" in style and not style.startswith("decimal")
    if not (number or date or style == AS_IT_IS):
        raise ValueError(
            f"must be {POINT!r}, {COMMA!r}, one of these with a unit ({COMMA + ' in €'!r}), "
            f"{AS_IT_IS!r}, or a date format such as '%d.%m.%Y'"
        )


def canonical(cells: pd.Series[Any], style: str) -> pd.Series[Any]:
    """Return text cells in the canonical form; cells that the style does not fit stay.

    Parameters
    ----------
    cells : Series of str
        Without blanks around them; missing where empty.
    style : str
        See :func:`check_style`.
    """
    kept = cells.mask(cells.isin(MISSING_MARKS))
    present = kept.dropna()
    if style == AS_IT_IS or present.empty:
        return kept
    name, _, unit = style.partition(" in ")
    read = numbers(present, name, unit) if name in _PATTERNS else dates(present, style)
    known = read.dropna()
    return kept.mask(kept.index.isin(known.index), known)


def numbers(present: pd.Series[Any], convention: str, unit: str = "") -> pd.Series[Any]:
    """Return numbers in the canonical form, missing where a cell is none in this convention.

    Parameters
    ----------
    present : Series of str
        Cells that are not missing.
    convention : str
        ``POINT`` or ``COMMA``.
    unit : str
        What may stand before or behind the number.
    """
    texts = _plain_signs(present)
    if unit:
        texts = without_unit(texts, unit)
    bracketed = texts.str.fullmatch(r"\([^()]+\)")
    trailing = texts.str.fullmatch(r"[^-+(]*\d\s*-")
    negative = bracketed | trailing
    texts = texts.str.replace(r"^([+-])\s+(?=[\d.,])", r"\1", regex=True)
    texts = texts.mask(bracketed, texts.str[1:-1]).mask(trailing, texts.str.rstrip("- "))
    if unit and bracketed.any():
        texts = without_unit(texts, unit)
    infinite = texts.str.fullmatch(_INFINITE)
    fits = texts.str.fullmatch(_PATTERNS[convention]) | infinite
    texts = texts.where(fits)
    grouping = r"[,' _]" if convention == POINT else r"[.' _]"
    texts = texts.str.replace(grouping, "", regex=True)
    if convention == COMMA:
        texts = texts.str.replace(",", ".", regex=False)
        texts = unambiguous(texts)
    return texts.mask(negative & fits, "-" + texts.str.lstrip("+"))


def unambiguous(texts: pd.Series[Any]) -> pd.Series[Any]:
    """Return canonical numbers that do not read as grouped among decimal commas: 1.2340."""
    return texts.mask(texts.str.fullmatch(_LOOKS_GROUPED).eq(True), texts + "0")


def n_rounded(texts: pd.Series[Any]) -> int:
    """Count canonical numbers with more digits than 64 bits hold, as longer floats print them.

    A number of 64 bits that was printed with too many digits lost nothing.
    """
    long = texts[texts.str.len() > EXACT_DIGITS]
    digits = long.str.replace(r"[eE].*$|[^0-9]", "", regex=True).str.strip("0")
    return sum(map(_loses_digits, long[digits.str.len() > EXACT_DIGITS]))


def _loses_digits(text: str) -> bool:
    near = float(text)
    if near == 0 or not math.isfinite(near):  # an exponent that Decimal need not understand
        return near == 0
    meant, kept = Decimal(text), Decimal(near)
    if meant == Decimal(repr(near)):
        return False
    with localcontext(Context(prec=1200 + len(text))):
        return kept.quantize(meant) != meant


def unit_of(present: pd.Series[Any]) -> str:
    """Return the one unit that stands beside the numbers of a column, or "" if none or several.

    Any word is a unit that stands behind all of them.
    """
    beside = rf"^[+\-(]?\s*({UNITS})\s*[+-]?[\d.,]|\d\s*({UNITS})\)?$"
    found = present.str.extract(beside)
    units = found[0].fillna(found[1]).dropna().value_counts()
    if units.empty:
        words = present.str.extract(rf"^[+\-(]?[\d.,'\s]*\d\s*({_WORD})\)?$")[0]
        units = words.value_counts()
        if len(units) != 1 or words.isna().any():
            return ""
    if len(units) != 1 or (units.index[0] in "%‰" and units.iloc[0] < 0.98 * len(present)):
        return ""  # 5 % among bare numbers: which of them are shares?
    return str(units.index[0])


def without_unit(texts: pd.Series[Any], unit: str) -> pd.Series[Any]:
    """Return cells without the unit before or behind the number, or within brackets."""
    escaped = re.escape(unit)
    texts = texts.str.replace(rf"^([+\-(]?)\s*{escaped}\s*", r"\1", regex=True)
    return texts.str.replace(rf"\s*{escaped}\s*(\)?)$", r"\1", regex=True)


def dates(present: pd.Series[Any], style: str) -> pd.Series[Any]:
    """Return dates in ISO 8601, missing where a cell is none in this format."""
    moments = moments_of(present, style)
    known = moments[not_far(moments)]
    if known.empty:
        return pd.Series(index=present.index, dtype="str")
    values = known.dt.as_unit("ns")
    whole_days = bool((values == values.dt.normalize()).all())
    unit: Any = "D" if whole_days else "s" if bool((values == values.dt.floor("s")).all()) else "ns"
    texts = np.datetime_as_string(values.to_numpy(dtype="datetime64[ns]"), unit=unit)
    return pd.Series(texts, known.index, dtype="str").reindex(present.index)


def moments_of(present: pd.Series[Any], style: str) -> pd.Series[Any]:
    """Return what a date format reads, missing where nothing."""
    if style.endswith("%p"):
        present = present.str.upper().str.replace(".", "", regex=False)
    zoned = "%z" in style
    moments = pd.to_datetime(present, format=style, errors="coerce", utc=zoned)
    if zoned:
        moments = moments.dt.tz_localize(None)
    day = re.split(r"[ T,:]*%[HI]", style)[0]
    unread = moments.isna()
    if day != style and "%Y" in day.upper() and unread.any() and not unread.all():
        # Some programs leave the time away at midnight.
        midnights = pd.to_datetime(present[unread], format=day, errors="coerce")
        moments = moments.fillna(midnights.astype(moments.dtype))
    return moments


def _plain_signs(texts: pd.Series[Any]) -> pd.Series[Any]:
    """Return texts with ASCII digits, and one sign for each meaning."""
    if all(map(str.isascii, texts)):
        return texts
    characters = set("".join(texts[~texts.map(str.isascii)]))
    table: Mapping[int, str] = {
        ord(character): _SIGNS.get(character) or str(unicodedata.decimal(character))
        for character in characters
        if not character.isascii()
        and (character in _SIGNS or unicodedata.decimal(character, None) is not None)
    }
    return texts.str.translate(table).str.strip()
