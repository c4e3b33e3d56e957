import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from smrt_lightning import smrt_balance
from smrt_lightning.evaluation import make_splits
from smrt_lightning.evaluation.oversamplers import random_rows
from smrt_lightning.seeds import class_seed, derive_seed, resolve_seed, torch_generator


def test_a_numpy_label_and_its_python_twin_share_a_stream():
    assert class_seed(0, np.int64(3)) == class_seed(0, 3)
    assert class_seed(0, np.str_("3")) == class_seed(0, "3")
    assert class_seed(0, "3") != class_seed(0, 3)


@given(st.integers(0, 2**31 - 2), st.text(), st.text())
def test_streams_are_independent_and_in_range(seed, one, other):
    assert 0 <= class_seed(seed, one) < 2**31 - 1
    if one != other:
        assert class_seed(seed, one) != class_seed(seed, other)
    assert class_seed(seed, one) != derive_seed(seed, one)


def test_random_state_forms():
    assert resolve_seed(7) == 7
    state = np.random.RandomState(0)
    assert resolve_seed(state) != resolve_seed(state)
    assert 0 <= resolve_seed(None) < 2**31 - 1


def test_generators_are_reproducible():
    assert torch_generator(1, "a").initial_seed() == torch_generator(1, "a").initial_seed()
    assert torch_generator(1, "a").initial_seed() != torch_generator(1, "b").initial_seed()


def test_a_table_made_from_the_same_seed_has_nothing_in_common_with_what_is_drawn():
    """``default_rng([s, 0])`` is ``default_rng(s)``: the split would sort the user's own column."""
    u = np.random.default_rng(42).random(400)
    y = (np.random.default_rng(7).random(400) < 0.3).astype(int)
    for split in make_splits(y, repeats=3, random_state=42):
        assert abs(u[split.train].mean() - u[split.test].mean()) < 0.12
    drawn = random_rows(pd.DataFrame({"u": u}), y, {1: int((y == 0).sum())}, 42)
    assert abs(drawn.X["u"][drawn.n_real :].mean() - u[y == 1].mean()) < 0.12
    X, _ = smrt_balance(u[:, None], y, balance_ratio=0.01, random_state=42)
    assert abs(np.corrcoef(X[:, 0], u)[0, 1]) < 0.15
    assert not np.array_equal(np.argsort(X[:, 0]), np.argsort(u))
