"""Acceptance: the clearest candidates, measured against brute force."""

import numpy as np

from smrt_lightning.sampling.acceptance import border_ratio, keep_clearest


def test_ratio_equals_brute_force():
    rng = np.random.default_rng(0)
    candidates, own, others = (rng.normal(size=(n, 3)) for n in (20, 15, 40))

    def mean_distance(points, real):
        distance = np.sqrt(((points[:, None] - real[None]) ** 2).sum(axis=2))
        return np.sort(distance, axis=1)[:, :5].mean(axis=1)

    expected = mean_distance(candidates, own) / mean_distance(candidates, others)
    np.testing.assert_allclose(border_ratio(candidates, own, others, 5), expected)


def test_candidates_inside_the_other_class_are_left_out():
    rng = np.random.default_rng(0)
    own, others = rng.normal(size=(30, 2)), rng.normal(size=(30, 2)) + 6
    candidates = np.vstack([rng.normal(size=(20, 2)), rng.normal(size=(20, 2)) + 6])
    kept = keep_clearest(border_ratio(candidates, own, others, 5), 20)
    np.testing.assert_array_equal(kept, np.arange(20))
