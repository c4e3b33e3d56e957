"""How many rows a method makes of each class."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from smrt_lightning.evaluation.setting import Part, targets_for


@pytest.mark.parametrize(
    ("counts", "ratio", "wanted"),
    [
        ([5, 1, 2], 0.5, {1: 3, 2: 3}),  # halves are rounded up
        ([9, 1, 8], 0.5, {1: 5, 2: 8}),  # never fewer than there are
        ([10, 1, 3], 0.24, {1: 2, 2: 3}),
        ([3, 7], 1.0, {0: 7}),
        ([4, 0], 0.5, {1: 2}),
    ],
)
def test_targets(counts, ratio, wanted):
    codes = np.repeat(np.arange(len(counts)), counts)
    assert targets_for(codes, ratio, len(counts)) == wanted


def test_a_part_holds_its_own_rows_under_a_plain_index():
    X = pd.DataFrame({"a": range(5)}, index=list("vwxyz"))
    labels = SimpleNamespace(codes=np.array([0, 1, 0, 1, 1]))
    split = SimpleNamespace(name="s", train=np.array([4, 0]), test=np.array([2, 3]))
    part = Part.cut(SimpleNamespace(X=X, labels=labels, random_state=0), split, 0)
    pd.testing.assert_frame_equal(part.X_train, pd.DataFrame({"a": [4, 0]}))
    pd.testing.assert_frame_equal(part.X_test, pd.DataFrame({"a": [2, 3]}))
    assert part.y_train.tolist() == [1, 0]
    assert part.y_test.tolist() == [0, 1]
