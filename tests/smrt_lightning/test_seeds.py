import numpy as np
from hypothesis import given
from hypothesis import strategies as st

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
