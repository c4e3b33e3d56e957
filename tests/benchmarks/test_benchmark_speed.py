import numpy as np
import pytest

from benchmarks.speed import make_rows, measure


def test_the_rows_have_every_kind_of_column():
    X = make_rows(200, 10, 0)
    assert X.shape == (200, 10)
    assert (X[:, 0] > 0).all()
    np.testing.assert_array_equal(X[:, 1], np.round(X[:, 1]))
    np.testing.assert_array_equal(X, make_rows(200, 10, 0))


@pytest.mark.slow
def test_the_table_times_the_vae_smrt_and_smote():
    rows = [row.split("|") for row in measure(40, 5).splitlines() if row.startswith("| ")]
    assert [row[1].split(":")[0].strip() for row in rows[1:]] == [
        "VariationalAutoEncoder",
        "SMRT",
        "SMOTE",
    ]
    seconds = [float(cell) for row in rows[1:] for cell in row[2:4]]
    assert max(seconds[:4]) > 0
