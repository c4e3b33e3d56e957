"""A stranger's table, as it is understood and read again."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from components.intake.understanding import Understanding, open_table, understand
from components.intake.wishes import Wishes
from components.project.params import DataParams
from components.table.files import read_rows

HOSTILE = "</script>\u2028\n: # {[\"'\\ ☃"
N = 60
LABELS = ["rare" if row % 5 == 0 else "common" for row in range(N)]


def table() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "x": rng.uniform(1, 9000, N).round(2),
            "city": ["Köln", "Bonn, Süd"] * (N // 2),
            "n": rng.integers(0, 9, N),
            "y": LABELS,
        }
    )


def plain_table(**columns: Any) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    table = {"x": rng.normal(size=N).round(3), "n": rng.integers(0, 9, N)}
    return pd.DataFrame({**table, **columns, "y": LABELS})


def from_columns(folder: Path, **columns: Any) -> Understanding:
    path = folder / "t.csv"
    plain_table(**columns).to_csv(path, index=False)
    return understood(path)


def understood(path: Path, target: str | None = None, **options: Any) -> Understanding:
    wishes = Wishes(**options)
    headless = path.stem == "headless" and b"x,city" not in path.read_bytes()
    target = target or ("column_4" if headless else "y")
    frame, layout = open_table(path, target, wishes)
    return understand(path, frame, layout, target, wishes)


def read_again(path: Path, found: Understanding) -> pd.DataFrame:
    data = DataParams(
        path="data/t.csv",
        target=found.target,
        ignore=[],
        format=found.format,
        max_invalid_fraction=0.05,
        max_invalid_class_fraction=0.1,
    )
    return read_rows(path, data)


def messy_table() -> pd.DataFrame:
    labels = ["bad" if row % 6 == 0 else "good" for row in range(60)]
    return pd.DataFrame(
        {
            "Kunden-Nr": [f"K{row}" for row in range(60)],
            "Größe": [None if row % 20 == 0 else row % 7 for row in range(60)],
            "Preis": [f"{row % 11},{row % 4}5" for row in range(60)],
            "Eingang": [f"{1 + row % 28:02d}.03.2024" for row in range(60)],
            HOSTILE: [["a", HOSTILE][row % 2] for row in range(60)],
            "Ergebnis": labels,
        }
    )
