"""What is taken for pictures, and which wide tables are not."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits

from smrt_lightning.table.pictures import pictures

N = 60
RNG = np.random.default_rng(0)
WORDS = RNG.poisson(np.r_[12.0, np.full(79, 0.4)], size=(N, 80))
NOT_PICTURES = {
    "flags": RNG.random((N, 80)) < 0.2,
    "flags in numbers": (RNG.random((N, 80)) < 0.2).astype(int),
    "counts of words": WORDS,
    "amounts, often zero": np.where(RNG.random((N, 80)) < 0.6, 0, RNG.lognormal(3, 2, (N, 80))),
    "measurements": RNG.normal(size=(N, 80)),
    "few columns": load_digits().data[:N, :40],
    "nothing but missing cells": np.full((N, 80), np.nan),
}


@pytest.mark.parametrize("digit", range(10))
def test_digits_are_pictures(digit: int) -> None:
    data = load_digits()
    images = data.images[data.target == digit]
    larger = np.kron(images, np.ones((1, 2, 2)))  # of 8 x 8 fewer than 64 pixels vary
    assert pictures(pd.DataFrame(larger.reshape(len(larger), -1)))


@pytest.mark.parametrize("kind", NOT_PICTURES)
def test_other_wide_tables_are_not(kind: str) -> None:
    assert not pictures(pd.DataFrame(NOT_PICTURES[kind]))
