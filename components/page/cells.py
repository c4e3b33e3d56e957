"""A value of the table as text of the report."""

from __future__ import annotations

from typing import Any


def cell(value: Any) -> str:
    """Return a value of the table as text of the page."""
    import pandas as pd

    if pd.isna(value):
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
