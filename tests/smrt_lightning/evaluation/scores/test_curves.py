"""The curves of one set of predictions are those of the rare class."""

import numpy as np

from smrt_lightning.evaluation.scores.curves import RECALLS, shape_of


def test_two_classes_are_drawn_by_the_rarer_one():
    truth = np.array([0, 0, 0, 0, 0, 1, 1])
    rare = np.array([0.05, 0.05, 0.15, 0.15, 0.95, 0.95, 0.95])
    shape = shape_of(truth, np.stack([1 - rare, rare], axis=1), (rare > 0.5).astype(int), True, 1)
    expected, hits, rows = shape.reliability
    assert hits.sum() == 2
    assert hits[-1] == 2
    assert rows[[0, 1, -1]].tolist() == [2, 2, 3]
    assert np.isclose(expected[-1], 3 * 0.95)
    assert np.allclose(shape.precision, 2 / 3)
    assert RECALLS[0] > 0  # there the curve would show the single highest score
    assert shape.confusion.tolist() == [[4, 1], [0, 2]]


def test_several_classes_add_up_and_absent_ones_count_for_nothing():
    truth = np.array([0, 1, 1])
    scores = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 1.0, 0.0]])
    shape = shape_of(truth, scores, truth, True, 2)
    _, hits, rows = shape.reliability
    assert hits.sum() == 3
    assert rows.sum() == 6
    assert np.allclose(shape.precision, 1)
    assert shape_of(truth, scores, truth, False, 2).reliability is None
