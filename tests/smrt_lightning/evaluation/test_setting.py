"""How many rows a method makes of each class."""

import numpy as np
import pytest

from smrt_lightning.evaluation.setting import targets_for


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
