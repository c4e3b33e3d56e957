import numpy as np
import pytest
import sklearn.metrics as skm
from hypothesis import given, settings
from hypothesis import strategies as st

from smrt_lightning.errors import ParameterError
from smrt_lightning.evaluation.scores.metrics import METRICS, WITH_CAPACITY, require_metric, score
from smrt_lightning.evaluation.scores.ranking import Curve


@st.composite
def predictions(draw):
    k = draw(st.integers(2, 5))
    n = draw(st.integers(k, 60))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    truth = np.concatenate([np.arange(k), rng.integers(0, k, n - k)])
    raw = rng.random((n, k)).round(draw(st.integers(1, 6))) + 1e-3
    return truth, raw / raw.sum(axis=1, keepdims=True)


def by_name(found):
    return {(s.metric, s.code): s for s in found}


@given(predictions())
@settings(max_examples=80, deadline=None)
def test_values_are_those_of_scikit_learn(data):
    truth, probability = data
    k = probability.shape[1]
    predicted = probability.argmax(axis=1)
    found = by_name(score(truth, probability, predicted, precision_level=0.6))
    labels = range(k)
    hot = truth[:, None] == np.arange(k)
    expected = {
        "average_precision": skm.average_precision_score(hot, probability, average="macro"),
        "f1": skm.f1_score(truth, predicted, labels=labels, average="macro", zero_division=0),
        "recall": skm.recall_score(truth, predicted, labels=labels, average="macro"),
        "balanced_accuracy": skm.balanced_accuracy_score(truth, predicted),
        "accuracy": skm.accuracy_score(truth, predicted),
        "kappa": skm.cohen_kappa_score(truth, predicted),
        "brier": ((probability - hot) ** 2).sum(axis=1).mean(),
        "roc_auc": skm.roc_auc_score(hot, probability, average="macro"),
    }
    for name, value in expected.items():
        assert found[name, None].value == pytest.approx(value, abs=1e-12), name
    if len(set(predicted)) == k:
        value = skm.precision_score(truth, predicted, labels=labels, average="macro")
        assert found["precision", None].value == pytest.approx(value)
    mcc = found["mcc", None]
    if len(set(predicted)) == 1:
        assert (mcc.value, mcc.reason) == (None, "only_one_class_predicted")
    else:
        assert mcc.value == pytest.approx(skm.matthews_corrcoef(truth, predicted), abs=1e-12)
    for code in range(k):
        one = truth == code
        assert found["average_precision", code].value == pytest.approx(
            skm.average_precision_score(one, probability[:, code])
        )
        assert found["brier", code].value == pytest.approx(
            skm.brier_score_loss(one, probability[:, code])
        )
        precision, recall, _ = skm.precision_recall_curve(one, probability[:, code])
        reached = recall[:-1][precision[:-1] >= 0.6]
        assert found["recall_at_precision", code].value == pytest.approx(reached.max(initial=0))


def test_g_mean_is_imbalanced_learns():
    from imblearn.metrics import geometric_mean_score

    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 90)
    probability = rng.dirichlet(np.ones(3), 90)
    predicted = np.where(rng.random(90) < 0.6, truth, rng.integers(0, 3, 90))
    found = by_name(score(truth, probability, predicted, precision_level=0.8))
    assert found["g_mean", None].value == pytest.approx(geometric_mean_score(truth, predicted))


def test_calibration_error_of_known_numbers():
    # Bin 0.2–0.3: four rows at 0.25, one hit: exact. Bin 0.9–1: two rows at 0.95, one hit: 0.45.
    p = np.array([0.25] * 4 + [0.95] * 2)
    truth = np.array([1, 0, 0, 0, 1, 0])
    found = by_name(score(truth, np.column_stack([1 - p, p]), p > 0.5, precision_level=0.8))
    assert found["ece", 1].value == pytest.approx(0.45 * 2 / 6)


def test_undefined_is_none_with_a_reason_and_never_zero():
    truth = np.array([0, 0, 0, 1])
    never = np.zeros(4, dtype=int)
    probability = np.tile([0.9, 0.1], (4, 1))
    found = by_name(score(truth, probability, never, precision_level=0.8))
    assert found["precision", 1] == ("precision", 1, None, "never_predicted")
    assert found["precision", None] == ("precision", None, None, "never_predicted")
    assert found["mcc", 1].reason == "only_one_class_predicted"
    assert found["f1", 1].value == 0.0
    absent = by_name(score(np.zeros(4, dtype=int), probability, never, precision_level=0.8))
    assert absent["average_precision", 1].reason == "class_absent_from_test"
    assert absent["roc_auc", 0].reason == "only_this_class_in_test"
    assert absent["kappa", None].value is None
    scores = by_name(score(truth, probability, never, precision_level=0.8, probable=False))
    assert scores["brier", None].reason == "classifier_gives_no_probabilities"


def test_macro_averages_run_over_the_classes_present():
    truth = np.array([0, 0, 1, 1])
    probability = np.array([[0.8, 0.1, 0.1], [0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.5, 0.4, 0.1]])
    found = by_name(score(truth, probability, probability.argmax(1), precision_level=0.8))
    assert found["average_precision", None].value == 1.0
    assert found["recall", None].value == pytest.approx(0.75)


def test_all_metrics_are_given_and_finite_or_explained():
    rng = np.random.default_rng(1)
    probability = rng.dirichlet(np.ones(2), 30)
    found = score(rng.integers(0, 2, 30), probability, probability.argmax(1), precision_level=0.8)
    for code in (None, 0, 1):
        assert {s.metric for s in found if s.code == code} == {
            m for m, known in METRICS.items() if known.needs != "tuned"
        } - set(WITH_CAPACITY)
    assert all((s.value is None) == (s.reason is not None) for s in found)


def test_precision_at_recall_reads_off_the_curve():
    curve = Curve.of(np.array([True, False, True, False]), np.array([0.9, 0.8, 0.7, 0.1]))
    recalls = np.array([0.0, 0.5, 0.51, 1.0])
    np.testing.assert_allclose(curve.precision_at(recalls), [1, 1, 2 / 3, 2 / 3])


def test_unknown_metric_lists_the_known_ones():
    with pytest.raises(ParameterError, match="average_precision"):
        require_metric("aucroc")
