"""The nearest rows are those of brute force, whoever else asks and on however many threads."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from smrt_lightning.table.neighbors import nearest


def brute_force(points, queries):
    return np.sqrt(((queries[:, None] - points[None]) ** 2).sum(axis=2))


@pytest.mark.parametrize(
    ("n", "width", "k"), [(200, 3, 5), (200, 40, 5), (3000, 10, 7), (4, 2, 9), (30, 0, 1)]
)
@pytest.mark.parametrize("far", [0.0, 1e6])
def test_the_nearest_points_are_those_of_brute_force(n, width, k, far):
    rng = np.random.default_rng(0)
    points, queries = rng.normal(size=(n, width)), rng.normal(size=(25, width))
    points[: n // 3] += far  # two heaps, far from each other
    every = brute_force(points, queries)
    distances, places = nearest(points, queries, k)
    expected = np.sort(every, axis=1)[:, : min(k, n)]
    np.testing.assert_allclose(distances, expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(np.take_along_axis(every, places, axis=1), expected)


def test_a_point_is_not_its_own_neighbour():
    points = np.array([[0.0], [0.0], [3.0]])
    distances, places = nearest(points, k=5)
    assert distances.tolist() == [[0, 3], [0, 3], [3, 3]]
    assert places[:2, 0].tolist() == [1, 0]
    assert nearest(points, np.empty((0, 1)))[0].shape == (0, 1)


def test_some_points_ask_as_among_all():
    points = np.random.default_rng(0).normal(size=(700, 4))
    some = np.array([699, 3, 260])
    for one, other in zip(nearest(points, k=3), nearest(points, k=3, asking=some), strict=True):
        np.testing.assert_array_equal(one[some], other)


def test_a_copy_is_at_no_distance_at_all():
    points = np.random.default_rng(0).normal(size=(900, 20)) * 7
    assert nearest(points, points[::3])[0].max() == 0


@settings(max_examples=15)
@given(
    st.integers(1, 600), st.integers(1, 30), st.integers(0, 600), st.integers(1, 6), st.integers(0)
)
def test_the_bytes_depend_on_no_other_query_and_on_no_threads(n, width, start, k, seed):
    rng = np.random.default_rng(seed % 2**32)
    points, queries = rng.normal(size=(n, width)), rng.normal(size=(700, width))
    with threadpool_limits(1):
        every = nearest(points, queries, k)
    with threadpool_limits(2):
        part = nearest(points, queries[start:], k)
    for one, other in zip(every, part, strict=True):
        np.testing.assert_array_equal(one[start:], other)
