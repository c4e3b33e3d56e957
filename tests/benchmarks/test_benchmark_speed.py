import numpy as np
import pytest

from benchmarks import speed
from benchmarks.speed import TASKS, Row, compare, make_rows, measure, rows


def test_the_rows_have_every_kind_of_column():
    X = make_rows(200, 10, 0)
    assert X.shape == (200, 10)
    assert (X[:, 0] > 0).all()
    np.testing.assert_array_equal(X[:, 1], np.round(X[:, 1]))
    np.testing.assert_array_equal(X, make_rows(200, 10, 0))


@pytest.mark.parametrize("quick", [True, False])
def test_every_row_compares_what_there_is(quick):
    for row in rows(quick):
        for task in (row.ours, row.theirs):
            assert task.startswith("-") or task.split()[0] in TASKS


def test_pairs_are_measured_in_turns_and_their_ratio_is_the_others_over_ours():
    row = Row("start", "-c pass", "-m smrt_lightning --help")
    cells = compare(row, 2, seen := {}).split("|")
    assert [len(found) for found in seen.values()] == [2, 2]
    assert cells[1].strip() == "start"
    assert float(cells[2]) > 1


@pytest.mark.slow
def test_tasks_are_measured(monkeypatch, tmp_path):
    monkeypatch.setattr(speed.tempfile, "tempdir", str(tmp_path))
    for task in ("stacked 2", "one_by_one 2", "smote 5000", "one_pass 40000", "arrow_scan 40000"):
        found = measure(task)
        assert found["cpu"] > 0
        assert found["peak"] > 10
