"""Decisions in the user's own coin: costs, alerts, and each method at its tuned threshold."""

import numpy as np
import pandas as pd
import pytest
from evaluation_tables import make_table
from hypothesis import given, settings
from hypothesis import strategies as st

from smrt_lightning.errors import ParameterError
from smrt_lightning.evaluation.compare import compare
from smrt_lightning.evaluation.held_out import Tuner
from smrt_lightning.evaluation.oversamplers import Resampled
from smrt_lightning.evaluation.scores.metrics import score, score_decisions
from smrt_lightning.evaluation.scores.thresholds import cost_weights, decide, mean_cost, trade_off
from smrt_lightning.evaluation.setting import cost_vector
from smrt_lightning.table.labels import as_labels

QUICK = ["logistic_regression"]
CHEAP = {"classifiers": QUICK, "repeats": 2, "ratios": (), "fidelity": False}


@given(st.integers(0, 10**6), st.sampled_from([1.0, 3.0, 20.0]))
@settings(max_examples=40, deadline=None)
def test_the_threshold_is_the_cheapest_of_all(seed, ratio):
    rng = np.random.default_rng(seed)
    truth = np.append([0, 1], rng.integers(0, 2, 30))
    p = np.clip(0.3 * truth + 0.5 * rng.random(32), 0, 1).round(2)
    probability, costs = np.column_stack([1 - p, p]), np.array([1.0, ratio])
    weights = cost_weights(truth, probability, np.array([0.8, 0.2]), 1, costs)
    found = mean_cost(truth, decide(probability, weights), costs)
    every = [(p > t).astype(int) for t in np.append(p, -1.0)]
    assert found == pytest.approx(min(mean_cost(truth, called, costs) for called in every))


def test_costs_of_three_classes_move_the_decision_to_the_dear_one():
    rng = np.random.default_rng(0)
    truth = rng.choice(3, 600, p=[0.8, 0.1, 0.1])
    likelihood = np.exp(1.0 * (truth[:, None] == np.arange(3)) + rng.normal(size=(600, 3)))
    probability = likelihood / likelihood.sum(axis=1, keepdims=True)
    costs = np.array([1.0, 1.0, 50.0])
    weights = cost_weights(truth, probability, np.array([0.8, 0.1, 0.1]), 2, costs)
    plain, cheap = (mean_cost(truth, decide(probability, w), costs) for w in (None, weights))
    assert cheap < 0.6 * plain


def test_costs_are_about_the_rarer_class_or_given_by_label():
    labels = as_labels(["ok", "ok", "ok", "broken"])
    assert cost_vector({"miss": 50, "false_alarm": 2}, labels).tolist() == [50.0, 2.0]
    assert cost_vector({"ok": 2, "broken": 50}, labels).tolist() == [50.0, 2.0]
    three = as_labels(["a", "b", "c"])
    assert cost_vector({"c": 3, "b": 2, "a": 1}, three).tolist() == [1.0, 2.0, 3.0]
    for wrong in ({"miss": 1}, {"ok": 1, "broke": 2}, {"miss": 0, "false_alarm": 1}):
        with pytest.raises(ParameterError, match="costs are"):
            cost_vector(wrong, labels)
    with pytest.raises(ParameterError, match="every class is needed"):
        cost_vector({"miss": 1, "false_alarm": 1}, three)


def test_the_trade_off_counts_what_is_missed_and_what_is_called_in_vain():
    met = np.array([True, True, False, False])
    tested = np.array([0.9, 0.4, 0.6, 0.1])
    shares = trade_off(met, tested, met, tested, ratios=(0.5, 10))
    assert shares.tolist() == [[0.25, 0.0], [0.0, 0.25]]


def test_precision_and_recall_among_the_highest_scores():
    truth = np.array([1, 0, 1, 0, 0, 1])
    p = np.array([0.9, 0.8, 0.5, 0.5, 0.2, 0.1])
    scores = np.column_stack([1 - p, p])

    def at(alerts):
        found = score(truth, scores, decide(scores), precision_level=0.8, alerts=alerts)
        return [
            next(s.value for s in found if s.metric == f"{name}_at_capacity" and s.code == 1)
            for name in ("precision", "recall")
        ]

    assert at(2) == pytest.approx([1 / 2, 1 / 3])
    assert at(3) == pytest.approx([1.5 / 3, 1.5 / 3])  # of the two that tie one is taken
    assert at(100) == pytest.approx([3 / 6, 1.0])


def test_decisions_are_scored_as_scikit_learn_does():
    from sklearn.metrics import f1_score, precision_score, recall_score

    rng = np.random.default_rng(0)
    truth, tuned = rng.integers(0, 3, 60), rng.integers(0, 3, 60)
    found = {(s.metric, s.code): s.value for s in score_decisions(truth, tuned, truth, None, 3)}
    for metric, theirs in (
        ("f1_tuned", f1_score),
        ("precision_tuned", precision_score),
        ("recall_tuned", recall_score),
    ):
        assert found[metric, None] == pytest.approx(theirs(truth, tuned, average="macro"))
        each = [found[metric, code] for code in range(3)]
        assert each == pytest.approx(theirs(truth, tuned, average=None))
    never = score_decisions(truth, np.zeros_like(truth), truth, None, 3)
    undefined = {(s.code, s.reason) for s in never if s.metric == "precision_tuned" and not s.value}
    assert undefined == {(None, "never_predicted"), (1, "never_predicted"), (2, "never_predicted")}
    costs = np.array([1.0, 2.0, 3.0])
    same = {s.metric: s.value for s in score_decisions(truth, tuned, tuned, costs, 3)}
    assert same["cost"] == pytest.approx(1000 * (costs[truth] * (truth != tuned)).mean())


def test_a_gain_that_a_threshold_gives_as_well_is_gone_at_the_tuned_threshold():
    """Overlapping Gaussians at 1:20: at one half logistic regression calls nearly nothing rare."""
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], [1500, 75])
    X = rng.normal(size=(1575, 3)) + 0.6 * y[:, None]
    found = compare(X, y, methods=["class_weight", "smote", "threshold"], **CHEAP).metrics
    plain, tuned = (
        {m: found[m]["mean"][metric]["mean"] for m in ("none", "class_weight", "smote")}
        for metric in ("f1", "f1_tuned")
    )
    assert plain["smote"] - plain["none"] > 0.1
    assert abs(tuned["smote"] - tuned["none"]) < 0.05
    assert found["threshold"]["mean"]["f1"] == found["none"]["mean"]["f1_tuned"]


def test_costs_can_decide_and_are_laid_out_over_ratios():
    X, y = make_table("plain", counts=(150, 40))
    result = compare(
        X, y, methods=["smote"], costs={"miss": 20, "false_alarm": 1}, capacity=30,
        primary_metric="cost", **CHEAP,
    )  # fmt: skip
    assert result.decision["primary_metric"] == "cost"
    ratios, costs = result.trade_off["ratios"], result.trade_off["costs"]
    assert set(costs) == {"none", "smote"}
    at_twenty = costs["none"][ratios.index(20)]
    assert at_twenty == pytest.approx(result.metrics["none"]["mean"]["cost"]["mean"])
    assert 0 < result.metrics["none"]["mean"]["recall_at_capacity"]["mean"] <= 1
    three = compare(*make_table("plain"), methods=["smote"], **CHEAP)
    assert three.trade_off is None
    assert "cost" not in three.metrics["none"]["mean"]
    with pytest.raises(ParameterError, match="needs costs"):
        compare(X, y, primary_metric="cost", **CHEAP)
    untuned = compare(X, y, methods=["smote", "threshold"], tune=False, **CHEAP)
    assert untuned.trade_off is None
    assert not {"f1_tuned", "cost"} & set(untuned.metrics["smote"]["mean"])


def test_no_synthetic_row_speaks_for_a_row_that_is_held_out():
    """Rows are 100 apart and each has one copy: held out, neither it nor its copy is fitted on."""
    from smrt_lightning.evaluation.setting import Part

    X = pd.DataFrame({"a": np.arange(40.0) * 100})
    codes = np.repeat([0, 1], [30, 10])
    rows = Resampled.appended(X, codes, [(1, X.iloc[30:] + 1.0, None)])
    fitted = []

    class Spy:
        weighs_classes = False

        def pipeline(self, *args, **settings):
            return self

        def fit(self, X, y):
            fitted.append(X["a"].to_numpy())
            self.classes_ = np.array([0, 1])

        def predict_proba(self, X):
            tested = X["a"].to_numpy()
            assert not np.isin(tested, fitted[-1]).any()
            assert not np.isin(tested + 1.0, fitted[-1]).any()
            return np.full((len(X), 2), 0.5)

    class Setting:
        groups = time = None
        columns, k = {}, 2

    part = Part("s", 0, np.arange(40), X, codes, X, codes)
    held = Tuner(Setting(), part, rows, balanced=False, notes=[]).hold_out(Spy())
    assert len(fitted) == 2
    assert (held.truth == 1).sum() == 6
    assert all((values % 100 == 1).sum() == 7 for values in fitted)
