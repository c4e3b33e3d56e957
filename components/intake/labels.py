"""Labels in one spelling: 1.0 and 1 are one class, Yes and yes may be."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from typing import Any

import pandas as pd

from components.project.errors import listing


def one_spelling(
    labels: pd.Series[Any], *, merge_case: bool = False
) -> tuple[pd.Series[Any], dict[str, str], list[str]]:
    """Bring labels that mean one class into one spelling.

    Parameters
    ----------
    labels : Series of str
    merge_case : bool
        Whether labels that differ only by case are one class, named as most rows name it.

    Returns
    -------
    labels : Series of str
    spellings : dict of str to str
        Label as written → label that it means, where they differ.
    remarks : list of str
        What was merged, and what looks as if it should be.
    """
    counts = {str(label): int(rows) for label, rows in labels.value_counts().items()}
    spellings: dict[str, str] = {}
    remarks = []
    for same in _alike(counts, lambda label: unicodedata.normalize("NFC", label)):
        spellings |= dict.fromkeys(same[1:], same[0])
        remarks.append(f"the labels {listing(same)} look the same: read as one")
    counts = {label: rows for label, rows in counts.items() if label not in spellings}
    for same in _alike(counts, _number):
        shortest = min(same, key=len)
        spellings |= {label: shortest for label in same if label != shortest}
        remarks.append(f"the labels {listing(same)} are one number: read as {shortest!r}")
    for same in _alike(counts, str.casefold):
        if merge_case:
            spellings |= dict.fromkeys(same[1:], same[0])
            remarks.append(f"the labels {listing(same)} are read as {same[0]!r}")
        else:
            remarks.append(
                f"the labels {listing(same)} differ only by case and are read as "
                f"{len(same)} classes: --merge-labels makes one of them"
            )
    return labels.replace(spellings) if spellings else labels, spellings, remarks


def _alike(counts: dict[str, int], key: Any) -> list[list[str]]:
    """Return labels with the same key, most frequent first."""
    groups: dict[Any, list[str]] = defaultdict(list)
    for label in sorted(counts, key=lambda label: (-counts[label], label)):
        if (found := key(label)) is not None:
            groups[found].append(label)
    return [same for same in groups.values() if len(same) > 1]


def _number(label: str) -> float | None:
    """Return a label's value if it is a number without leading zeros."""
    digits = re.split("[.,]", label.lstrip("+-"))[0]
    code = len(digits) > 1 and digits.startswith("0")
    if code or not label.isascii() or not any(map(str.isdigit, label)):
        return None
    try:
        return float(re.sub(r",(0{1,2})$", r".\1", label))  # 1,0 is 1; 1,000 may be a thousand
    except ValueError:
        return None
