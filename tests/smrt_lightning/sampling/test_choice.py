"""The choice of a recipe inside the training data, on classes where the right one is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.datasets import many_small_clusters
from smrt_lightning import SMRT, VariationalAutoEncoder
from smrt_lightning.sampling.choice import candidates, decide

SHORT = VariationalAutoEncoder(min_steps=300, max_steps=300)


def report(X, y, **parameters):
    sampler = SMRT(random_state=0, estimator=SHORT, **parameters)
    sampler.fit_resample(X, y)
    return sampler.report_[1]


@pytest.fixture(scope="module")
def blob():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], [300, 60])
    return rng.normal(size=(360, 3)) + y[:, None], y


def test_many_small_clusters_are_interpolated():
    table = many_small_clusters(n_clusters=25, n_majority=900)
    found = report(table.X, table.y, acceptance=1)
    assert found.draw == "interpolation"
    assert found.method == "smote"
    assert found.n_candidates == found.n_synthetic
    best = max(found.scores.values())
    assert found.reason.startswith("interpolation was the best of 4 draws")
    assert f"data: {best:.3f}, mixed " in found.reason


def test_every_candidate_is_reported_with_its_score_the_same_each_time(blob):
    found = report(*blob)
    assert set(found.scores) == {recipe.name for recipe in candidates(3.0, 0.5)}
    assert all(0 < score <= 1 for score in found.scores.values())
    assert (found.reason is None) == (found.draw == "mixed")
    assert report(*blob).to_dict() == found.to_dict()


def test_no_choice_gives_the_coverage_of_the_class_up():
    assert all(recipe.coverage == 0.7 for recipe in candidates(3.0, 0.7))
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], [400, 100])
    X = rng.normal(size=(500, 2))
    X[430:, 0] += 5  # of the class, 30 % lie among the others
    assert report(X, y).coverage.worst >= 0.5


def test_pictures_come_from_the_prior_without_noise():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], [80, 40])
    X = np.maximum(rng.normal(size=(120, 70)) + 0.5 * y[:, None], 0)
    sampler = SMRT(random_state=0, estimator=SHORT)
    sampler.fit_resample(X, y)
    found = sampler.report_[1]
    assert (found.draw, found.reason, found.scores) == ("prior_mean", "the rows are pictures", {})
    assert not sampler.models_[1].codec_.layout.blocks


def test_a_few_rows_are_not_tried(blob):
    X, y = blob
    few = np.r_[np.flatnonzero(y == 0), np.flatnonzero(y == 1)[:14]]
    found = report(X[few], y[few])
    assert (found.draw, found.reason, found.scores) == ("mixed", None, {})


@given(st.lists(st.floats(0, 1), min_size=3, max_size=3), st.floats(0, 0.0099))
def test_less_than_the_margin_is_a_tie_and_keeps_the_usual(usual, more):
    both = np.c_[usual, np.array(usual) + more]
    assert decide(both, [False, False]) == decide(both, [True, True]) == 0


def test_the_best_of_those_beyond_the_margin_is_taken():
    usual = np.array([0.3, 0.4, 0.5])
    scores = np.c_[usual, usual + 0.03, usual + 0.05, usual - 0.1]
    assert decide(scores, [False, False, False, True]) == 2


def test_of_two_that_are_level_the_one_that_keeps_all_is_taken():
    usual = np.array([0.3, 0.4, 0.5])
    assert decide(np.c_[usual, usual + 0.005, usual + 0.005], [False, False, True]) == 2
    assert decide(np.c_[usual, usual - 0.005], [False, True]) == 0


def test_columns_to_the_end_of_a_double_are_scored(blob):
    X, y = blob
    found = report(np.where(np.arange(3) == 1, X * 2e307, X), y)
    assert found.scores
    assert all(np.isfinite(score) for score in found.scores.values())
