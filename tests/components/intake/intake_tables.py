"""A stranger's table, as it is understood and read again."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from components.intake.understanding import Understanding, open_table, understand
from components.intake.wishes import Wishes
from components.project.params import DataParams
from components.table.files import read_rows

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


def understood(path: Path, **options: Any) -> Understanding:
    wishes = Wishes(**options)
    target = "column_4" if b"x,city" not in path.read_bytes() and path.stem == "headless" else "y"
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
