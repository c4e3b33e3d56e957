import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from smrt_lightning.evaluation.scores.thresholds import correct_priors, decide, tune_weights


def test_without_weights_the_most_probable_class_is_chosen_and_ties_go_to_the_first():
    scores = np.array([[0.2, 0.8], [0.5, 0.5], [0.9, 0.1]])
    assert decide(scores).tolist() == [1, 0, 0]


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_the_tuned_threshold_is_the_best_of_all_thresholds(seed):
    rng = np.random.default_rng(seed)
    truth = (rng.random(80) < 0.2).astype(int)
    truth[0] = 1
    p = np.clip(0.1 + 0.25 * truth + 0.15 * rng.normal(size=80), 0, 1).round(2)
    probability = np.column_stack([1 - p, p])
    weights = tune_weights(truth, probability, np.array([0.8, 0.2]), rare=1)
    found = f1_score(truth, decide(probability, weights))
    called = p > np.append(p - 1e-9, p + 1e-9)[:, None]
    hits = (called & (truth == 1)).sum(axis=1)
    best = (2 * hits / (called.sum(axis=1) + truth.sum())).max()
    assert found == pytest.approx(best)


def test_the_rarer_class_may_be_the_first():
    truth = np.array([0, 0, 1, 1, 1, 1, 1, 1])
    p = np.array([0.4, 0.35, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1])
    weights = tune_weights(truth, np.column_stack([p, 1 - p]), np.array([0.25, 0.75]), rare=0)
    assert decide(np.column_stack([p, 1 - p]), weights).tolist() == truth.tolist()


def test_a_sufficient_decision_is_left_as_it_is():
    probability = np.eye(3)[[0, 1, 2, 0]] * 0.8 + 0.1
    weights = tune_weights(np.array([0, 1, 2, 0]), probability, np.array([0.5, 0.3, 0.2]), rare=2)
    np.testing.assert_array_equal(weights, np.ones(3))


def test_many_classes_are_adjusted_by_their_priors():
    rng = np.random.default_rng(0)
    priors = np.array([0.9, 0.06, 0.04])
    truth = rng.choice(3, 2000, p=priors)
    likelihood = np.exp(1.2 * (truth[:, None] == np.arange(3)) + 0.7 * rng.normal(size=(2000, 3)))
    probability = likelihood * priors
    probability /= probability.sum(axis=1, keepdims=True)
    weights = tune_weights(truth, probability, priors, rare=2)
    assert weights[0] < weights[1] < weights[2]
    before, after = (
        f1_score(truth, decide(probability, w), average="macro") for w in (None, weights)
    )
    assert after > before + 0.05


def test_priors_are_corrected_exactly_under_a_shift_of_class_shares():
    rng = np.random.default_rng(0)
    likelihood = rng.random((50, 3))
    real, balanced = np.array([0.7, 0.2, 0.1]), np.full(3, 1 / 3)
    posterior, shifted = (
        likelihood * p / (likelihood * p).sum(axis=1, keepdims=True) for p in (real, balanced)
    )
    np.testing.assert_allclose(correct_priors(shifted, real, balanced), posterior)
    np.testing.assert_allclose(correct_priors(posterior, real, real), posterior)


def test_a_row_that_no_real_class_explains_keeps_its_probabilities():
    shifted = np.array([[0.0, 1.0]])
    kept = correct_priors(shifted, np.array([1.0, 0.0]), np.array([0.5, 0.5]))
    np.testing.assert_array_equal(kept, shifted)
