"""The benchmark of drift: batches that share no row, changes that are what they say, rates."""

import numpy as np
import pandas as pd
import pytest

from benchmarks import drift
from benchmarks.drift import COMMON, PLANTS, RARE, TARGET, Looked


def table(n: int = 400, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "row": np.arange(n, dtype=float),
            "size": rng.normal(size=n),
            "count": rng.integers(0, 90, n),
            "colour": rng.choice(["red", "green"], n),
            TARGET: np.where(np.arange(n) % 8 == 0, RARE, COMMON),
        }
    )


def test_no_row_is_in_two_pieces() -> None:
    known, batches = drift.pieces(table(), 0, 200, 30, 5)
    rows = [*known["row"], *(row for batch in batches for row in batch["row"])]
    assert len(known) == 200
    assert [len(batch) for batch in batches] == [30] * 5
    assert len(set(rows)) == len(rows)
    other, _ = drift.pieces(table(), 1, 200, 30, 5)
    assert set(other["row"]) != set(known["row"])


@pytest.mark.parametrize("planted", PLANTS)
def test_a_change_keeps_columns_and_numbers_of_rows(planted: str) -> None:
    batch, more = table(80, seed=1), table()
    changed = PLANTS[planted](batch, more, np.random.default_rng(0))
    assert list(changed.columns) == list(batch.columns)
    assert len(changed) == len(batch)
    assert not changed.equals(batch)
    if "rare class alone" in planted:
        common = batch[TARGET] == COMMON
        pd.testing.assert_frame_equal(changed[common], batch[common], check_dtype=False)
    if "shuffled apart" in planted:
        assert sorted(changed["size"]) == sorted(batch["size"])
    if planted == "every numeric column + 0.5":
        step = changed["count"] - batch["count"]
        assert set(step) == {round(0.5 * more["count"].std())}
    if planted == "twice as many rare rows":
        assert (changed[TARGET] == RARE).sum() == 20


def test_rates() -> None:
    looked = [Looked("a", "", ()) for _ in range(19)] + [Looked("b", "", ("columns",))]
    looked += [Looked("a", "moved", ("columns", "schema")), Looked("b", "moved", ())]
    text = drift.summary(looked)
    assert "| 0.0% (0 of 19) | 100.0% (1 of 1) | 5.0% (1 of 20) |" in text
    assert "| moved | 100% | 0% | 50.0% (1 of 2) |" in text
    assert text.endswith("False alarms by kind: columns 1.")


def test_an_unknown_table_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        drift.main(["--sets", "phonem"])
    assert "no table 'phonem'" in capsys.readouterr().err


@pytest.mark.slow
def test_batches_are_looked_at(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--references", "1", "--rows", "120", "--batch-rows", "30", "--batches", "1"]
    assert drift.main(["--sets", "breast_cancer", *options, "--planting", "1"]) == 0
    said = capsys.readouterr().out
    assert said.count("of 1)") == 2 + len(PLANTS)
