"""A balanced file: no column tells which of its rows are real."""

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeClassifier

from components.intake import one_file
from components.intake.one_file import Balanced
from components.intake.understanding import open_table, understand
from components.intake.wishes import Wishes

N = 80


def balanced(folder: Path, *, keep_left_out: bool = False, **columns: object) -> Balanced:
    rng = np.random.default_rng(0)
    label = np.where(np.arange(N) % 16 == 0, "rare", "common")  # fewer than min_rows: no training
    table = pd.DataFrame({"x": rng.normal(size=N).round(3), **columns, "y": label})
    path = folder / "t.parquet"
    table.to_parquet(path)
    frame, layout = open_table(path)
    found = understand(
        path, frame, layout, "y", Wishes(ignore=["asked"] if "asked" in columns else [])
    )
    return one_file.balanced(found, 1.0, 0, keep_left_out=keep_left_out)


def test_gaps_do_not_tell_the_rows_apart(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=N).round(3)
    result = balanced(
        tmp_path,
        number=[f"K{row}" for row in range(N)],
        leak=["r" if row % 16 == 0 else "c" for row in range(N)],
        asked=["a", "b"] * (N // 2),
        always="same",
        empty=pd.Series([None] * N, dtype="str"),
        twin=x,
    )
    frame = result.frame
    assert set(result.dropped) == {"number", "leak", "asked"}
    assert (frame["always"] == "same").all()
    assert frame["empty"].isna().all()
    assert frame["twin"].equals(frame["x"].rename("twin"))
    gaps = frame.drop(columns=["y", "smrt_synthetic"]).isna()
    tree = DecisionTreeClassifier().fit(gaps, frame["smrt_synthetic"])
    assert tree.get_depth() == 0


def test_a_gap_that_was_asked_for_is_named(tmp_path: Path) -> None:
    result = balanced(tmp_path, keep_left_out=True, number=[f"K{row}" for row in range(N)])
    assert (result.dropped, result.telling) == ([], ["number"])
    assert result.frame["number"].isna().equals(result.frame["smrt_synthetic"])
