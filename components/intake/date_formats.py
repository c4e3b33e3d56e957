"""The date formats of one file: which format a column is written in, and which comes first."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from itertools import product
from typing import Any

import pandas as pd

from components.project.errors import listing, shorten
from components.table.styles import moments_of
from components.table.typed import parse_column
from smrt_lightning.errors import ParameterError

ENOUGH = 0.98
"""Share of the cells that must be of a kind; the others are mistakes, for the quarantine."""

_DAYS = {
    "day first": ["%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%y", "%d/%m/%y", "%d-%m-%y"],
    "month first": ["%m/%d/%Y", "%m-%d-%Y", "%m.%d.%Y", "%m/%d/%y", "%m-%d-%y"],
    "neither": [
        *("%Y/%m/%d", "%Y.%m.%d", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%d %B %Y", "%d.%b.%Y"),
        *("%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%d/%b/%Y", "%a, %d %b %Y", "%A, %d %B %Y"),
        *("%d. %B %Y", "%d. %b %Y", "%d%b%Y", "%Y年%m月%d日", "%Y. %m. %d.", "%Y-%m-%d"),
        *("%y-%m-%d", "%y/%m/%d"),
    ],
}
_CLOCKS = [
    *("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p", " %I:%M%p"),
    *(", %H:%M", ", %H:%M:%S", ", %I:%M %p", ", %I:%M:%S %p", "T%H:%M:%S"),
    *(":%H:%M:%S", " %H:%M:%S,%f", " %H:%M:%S GMT", " %H:%M:%S %z", ":%H:%M:%S %z"),
]
_WHOLE = ["%a %b %d %H:%M:%S %Y"]
_PACKED = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_LIKE_A_DATE = (
    r"\d{1,4}[-/. ](?:\d{1,2}|[^\W\d_]{3,9}\.?)[-/. ]\d{1,4}(?:[ T,:].*)?"
    r"|(?:[^\W\d_]{2,9},? )?(?:\d{1,2} )?[^\W\d_]{3,9} \d{1,2},? ?\d{2,4}.*"
    r"|(?:[^\W\d_]{2,9}, )\d{1,2} [^\W\d_]{3,9} \d{4}.*"
    r"|\d{1,2}(?:\. ?)?[^\W\d_]{3,9} ?\d{4}.*"
    r"|\d{4}年\d{1,2}月\d{1,2}日.*|\d{4}\. ?\d{1,2}\. ?\d{1,2}\."
)
_LIKE_PACKED = (
    r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[0-2]\d[0-5]\d(?:[0-5]\d)?)?"
)
_LETTERS = {
    "(?i)yyyy": "%Y",
    "(?i)yy": "%y",
    "M{2,}|(?<![%A-Za-z])mm(?![A-Za-z])": "%m",
    "(?i)dd": "%d",
    "HH": "%H",
    "mm": "%M",
    "(?i)ss": "%S",
}
_SAMPLE = 500


@dataclass
class DateStyles:
    """The ways in which a file writes dates, as far as they are known.

    Attributes
    ----------
    given : str or None
        A format that somebody named.
    month_first : bool or None
        Whether the file's dates begin with the month; None where nothing proves it.
    columns : dict of str to Series of str
        The present cells of each column.
    fits : dict of str to dict of str to float
        Column → format → share of the cells that it reads.
    """

    given: str | None
    month_first: bool | None
    columns: dict[str, pd.Series[Any]]
    fits: dict[str, dict[str, float]]

    @classmethod
    def of(
        cls,
        columns: dict[str, pd.Series[Any]],
        given: str | None = None,
        sure: Collection[str] = (),
    ) -> DateStyles:
        """Look through the columns of a file; what one of them proves counts for all.

        ``sure`` names columns that hold dates, however few of their cells look like one.
        """
        if given is not None:
            _check(given)
        found = cls(given, None, columns, {})
        proof = 0.0
        for name, present in columns.items():
            fits = found.fits[name] = _fitting(present, given, sure=name in sure)
            day = max((fit for f, fit in fits.items() if _order(f) == "day first"), default=0.0)
            month = max((fit for f, fit in fits.items() if _order(f) == "month first"), default=0.0)
            proof += (month - day) * len(present)
        found.month_first = proof > 0 if proof else None
        if given is not None and not any(f.get(given, 0.0) >= ENOUGH for f in found.fits.values()):
            others = {name: max(f, key=f.__getitem__) for name, f in found.fits.items() if f}
            seen = listing(f"{name}: {style or 'ISO 8601'}" for name, style in others.items())
            raise ParameterError(
                f"no column is written as --date-format {shorten(given)} says; "
                + (f"found were {seen}" if others else "no column looks like one of dates")
            )
        return found

    def best(self, name: str, known: str = "", *, sure: bool = False) -> str | None:
        """Return the format of a column, "" for ISO 8601, None if it holds no dates.

        Parameters
        ----------
        name : str
            Of the column.
        known : str
            The format of this column in other files of the same table.
        sure : bool
            It does hold dates: the best format will do, however few cells it reads.
        """
        fits = self.fits[name]
        enough = {f: fit for f, fit in fits.items() if fit >= ENOUGH or sure}
        if "%" in known and enough.get(known, 0.0) >= max(enough.values(), default=0.0):
            return known
        if not enough:
            return "" if sure else None
        favourite = "month first" if self.month_first else "day first"
        first = max(enough.values())
        tied = [f for f, fit in enough.items() if fit == first]
        if len(tied) > 1 and self.given not in tied:
            # 23-02-28: the days differ more than the years.
            tied = [f for f in tied if _days_differ(self.columns[name], f)] or tied
        return max(tied, key=lambda f: (f == self.given, _order(f) == favourite))

    def doubt(self, name: str, style: str) -> str:
        """Say that day and month cannot be told apart, if so."""
        fits = self.fits[name]
        swapped = style.replace("%d", "%?").replace("%m", "%d").replace("%?", "%m")
        if not style or style == self.given or fits.get(swapped, 0.0) < fits.get(style, 0.0):
            return ""
        if _order(style) != "day first" or self.month_first is not None:
            return ""
        first = self.columns[name].iloc[0]
        return f"{first} is read day first: --date-format '{swapped}' reads the month first"

    @staticmethod
    def words(style: str) -> str:
        """Return a format in words: as an example date."""
        if not style:
            return ""
        example = pd.Timestamp("2024-01-31 22:53:07.25").strftime(style)
        return f"like {example} ({style})"


def _fitting(present: pd.Series[Any], given: str | None, *, sure: bool) -> dict[str, float]:
    """Return the formats that read most cells, and the share that they read."""
    least = 0.0 if sure else 0.8
    if present.empty or not (sure or _looks_like_dates(present)):
        if given is None or present.empty:
            return {}
        share = float(moments_of(present, given).notna().mean())
        return {given: share} if share >= ENOUGH else {}
    sample = present.iloc[:: max(1, len(present) // _SAMPLE)]
    packed = present.str.fullmatch(r"\d+").mean() >= ENOUGH
    candidates = [_PACKED.get(len(sample.iloc[0]), "%Y%m%d")]
    if not packed:
        separators = {c for c in "".join(sample.head(50)) if not c.isalnum()}
        styles = (day + clock for days in _DAYS.values() for day, clock in product(days, _CLOCKS))
        candidates = [style for style in [*styles, *_WHOLE] if _separators(style) <= separators]
    plain = ~parse_column(present, "datetime64[ns]", None).misfits & ~packed
    found = {"": float(plain.mean())} if plain.mean() > least else {}
    for style in dict.fromkeys([*([given] if given else []), *candidates]):
        own = moments_of(sample, style).notna()
        if own.any() and (own | plain[sample.index]).mean() > least:
            found[style] = float((moments_of(present, style).notna() | plain).mean())
    return found


def _check(given: str) -> None:
    """Check that somebody's format is one.

    Raises
    ------
    ParameterError
        If not, with the format that was probably meant.
    """
    meant = given
    for letters, directive in _LETTERS.items():
        meant = re.sub(letters, directive, meant)
    day = pd.Timestamp("2024-01-31 22:53:07")
    try:
        known = pd.to_datetime(day.strftime(given), format=given)
    except ValueError:
        known = None
    if "%" not in given or known is None or known.year != day.year:
        hint = f"; {shorten(meant)} may be meant" if meant != given else ""
        raise ParameterError(
            f"--date-format {shorten(given)} is no format of dates as strftime spells it, such as "
            f"'%d.%m.%Y' or '%m/%d/%Y %I:%M %p'{hint}"
        )


def _days_differ(present: pd.Series[Any], style: str) -> bool:
    """Tell whether the days differ more than the years, where two digits may be either."""
    if "%y" not in style:
        return True
    moments = moments_of(present, style)
    return bool(moments.dt.day.nunique() > moments.dt.year.nunique())


def _order(style: str) -> str:
    return next((o for o, days in _DAYS.items() if any(style.startswith(d) for d in days)), "")


def _separators(style: str) -> set[str]:
    offset = {"+"} if "%z" in style else set()
    return {c for c in re.sub("%[A-Za-z]", "", style) if not c.isalnum()} | offset


def _looks_like_dates(present: pd.Series[Any]) -> bool:
    if present.empty:
        return False
    if bool(present.str.fullmatch(_LIKE_PACKED).mean() >= ENOUGH):
        return True
    return bool(present.str.fullmatch(_LIKE_A_DATE).mean() >= 0.8)
