"""The results file: one CSV row per data set, split, ratio, method and classifier, append-only.

A line is written in one call, so two runs may share a file; a line cut short by a killed run is
dropped when the file is read, and its trial is run again.
"""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.trial import EXTRA_METRICS, METRICS, WHOLE_CLASS

KEY = ("dataset", "split", "ratio", "method", "classifier")
_NUMBERS = (
    "n_train",
    "n_minority",
    "n_resampled",
    "resample_seconds",
    "fit_seconds",
    *METRICS,
    *EXTRA_METRICS,
    *WHOLE_CLASS,
)
COLUMNS = (*KEY, *_NUMBERS, "params", "code", "note")


def read(path: Path) -> pd.DataFrame:
    """Return the rows of `path`, the last of each key; none when the file is absent."""
    rows = []
    if path.exists():
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.reader(file)
            header = tuple(next(reader, COLUMNS))
            if header != COLUMNS:
                raise ValueError(
                    f"{path} was written by another version of this benchmark (columns "
                    f"{', '.join(header)}); give another --out"
                )
            rows = [row for row in reader if len(row) == len(COLUMNS) and row != list(COLUMNS)]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    for name in (*_NUMBERS, "split", "ratio"):
        frame[name] = pd.to_numeric(frame[name])
    return frame.drop_duplicates(list(KEY), keep="last", ignore_index=True)


def append(path: Path, rows: list[dict[str, Any]]) -> None:
    """Append `rows`, with the header first when the file is new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    with path.open("ab+") as file:
        if file.seek(0, os.SEEK_END) == 0:
            writer.writeheader()
        else:
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                text.write("\n")
        writer.writerows(rows)
        file.write(text.getvalue().encode())
