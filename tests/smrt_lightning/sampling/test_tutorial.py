"""SMOTE as tutorials write it."""

import numpy as np
import pytest

from smrt_lightning import SMOTE
from smrt_lightning.errors import ParameterError, TableError

X = np.random.default_rng(0).normal(size=(2, 30))  # (features, samples)


def steps(drawn):
    """Return how far each drawn sample went from a sample towards a neighbour, from 0 to 1."""
    found = []
    for sample in drawn.T:
        best = (np.inf, np.nan)
        for start in X.T:
            for end in X.T:
                way = end - start
                if way.any():
                    t = float((sample - start) @ way / (way @ way))
                    best = min(best, (float(np.abs(start + t * way - sample).max()), t))
        found.append(best)
    return np.array(found)


def test_samples_lie_between_a_sample_and_a_neighbour():
    drawn = SMOTE(X, 3, 1.0, 25, random_state=0)
    assert drawn.shape == (2, 25)
    off, t = steps(drawn).T
    assert off.max() < 1e-12
    assert ((t >= 0) & (t <= 1)).all()


def test_no_step_is_no_new_sample():
    drawn = SMOTE(X, 3, 0.0, 40, random_state=0)
    assert {tuple(x) for x in drawn.T} <= {tuple(x) for x in X.T}


def test_a_seed_repeats_the_draw():
    first, again = (SMOTE(X.tolist(), 5, 0.5, 9, random_state=1) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, SMOTE(X, 5, 0.5, 9, random_state=2))


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ((X, 30, 1, 5), ParameterError, "k is from 1 to 29. Transpose X"),
        ((X, 0, 1, 5), ParameterError, "k is 0"),
        ((X, 3, 1.5, 5), ParameterError, r"in \[0, 1\]"),
        ((X, 3, 1, -1), ParameterError, "num_samples is -1"),
        ((X[0], 3, 1, 5), TableError, r"\(features, samples\)"),
    ],
)
def test_mistakes_are_named(arguments, error, match):
    with pytest.raises(error, match=match):
        SMOTE(*arguments)
