"""Times as calendar months, and dates that are written as numbers; times are nanoseconds."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Calendar = Literal["none", "month", "month_end"]

DAY = 86_400 * 10**9


def months(stamps: Ints) -> tuple[Ints, Ints]:
    """Return each time's month since year 0, and its nanoseconds since the month began."""
    count = stamps.astype("datetime64[ns]").astype("datetime64[M]").astype(np.int64) + 1970 * 12
    return count, stamps - month_start(count)


def month_start(count: Ints) -> Ints:
    """Return the first instant of a month since year 0, in nanoseconds."""
    starts = (count - 1970 * 12).astype("datetime64[M]")
    return np.asarray(starts.astype("datetime64[ns]").astype(np.int64))


def by_month(stamps: Ints) -> tuple[tuple[Calendar, Ints, Ints], ...]:
    """Return times as months and an offset, from the beginning and from the end of the month."""
    count, since = months(stamps)
    return ("month", count, since), ("month_end", count, month_start(count + 1) - stamps)


def from_yyyymmdd(values: Ints) -> Ints:
    """Return nanoseconds since 1970; a day or month out of range counts as the nearest."""
    count = values // 10_000 * 12 + np.clip(values // 100 % 100, 1, 12) - 1
    count = np.clip(count, 1700 * 12, 2261 * 12)
    return np.asarray(month_start(count) + (np.clip(values % 100, 1, 31) - 1) * DAY)


def to_yyyymmdd(stamps: Ints) -> Ints:
    """Return the day of a time as a number."""
    days = stamps.astype("datetime64[ns]").astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    day = (days - months).astype(np.int64) + 1
    count = months.astype(np.int64)
    return np.asarray((1970 + count // 12) * 10_000 + (count % 12 + 1) * 100 + day)
