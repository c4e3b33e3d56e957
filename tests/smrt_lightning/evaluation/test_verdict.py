"""The rule on made-up scores, where the right answer is known."""

import json

import numpy as np
import pandas as pd
import pytest

from smrt_lightning.evaluation.ruling import Rule
from smrt_lightning.evaluation.verdict import decide_method

CLASSIFIERS = ("lr", "nn")


def decide(gains, *, splits=10, noise=0.004, metric="average_precision", by_metric=None, **changes):
    """Decide on scores of 0.5 + gain + a little noise; gains by method or (method, classifier)."""
    rng = np.random.default_rng(0)
    rows = []
    for name in dict.fromkeys([metric, "brier", "f1"]):
        given = (by_metric or {}).get(name, gains if name == metric else {})
        for method in ["none", *dict.fromkeys(a if isinstance(a, str) else a[0] for a in gains)]:
            for classifier in CLASSIFIERS:
                gain = given.get(method, given.get((method, classifier), 0.0))
                values = 0.5 + gain + noise * rng.normal(size=splits)
                rows += [
                    (f"split-{i:02d}", method, classifier, name, v) for i, v in enumerate(values)
                ]
    table = pd.DataFrame(rows, columns=["split", "method", "classifier", "metric", "value"])
    rule = Rule(metric, 0.01, 0.05, 0.3 / 0.7)
    settings = {"ratio": 1.0, "scope": "macro", "fewest_test_rows": 30} | changes
    found = decide_method(table, rule, **settings)
    json.dumps(found, allow_nan=False)
    return found


@pytest.mark.parametrize(
    ("gains", "verdict", "adopted"),
    [
        ({"smote": 0.02, "smrt": 0.06}, "adopt SMRT", "smrt"),
        ({"smote": 0.06, "smrt": 0.06}, "SMOTE is as good", "smote"),
        ({"smote": 0.06, "smrt": 0.055}, "SMOTE is as good", "smote"),
        ({"smote": 0.06, "smrt": 0.03}, "adopt SMOTE", "smote"),
        ({"smote": 0.06, "smrt": 0.0}, "adopt SMOTE", "smote"),
        ({"smote": -0.03, "smrt": -0.02}, "leave the data alone", "none"),
        ({"smote": 0.0, "smrt": 0.0}, "leave the data alone", "none"),
        ({"class_weight": 0.06, "smote": 0.06, "smrt": 0.06}, "class weights are as good",
         "class_weight"),
        ({"random": 0.06, "smrt": 0.06}, "random oversampling is as good", "random"),
        ({"gaussian": 0.08, "smrt": 0.08}, "a Gaussian per class is as good", "gaussian"),
        ({"gaussian": 0.08, "smrt": 0.03}, "adopt a Gaussian per class", "gaussian"),
        ({"ADASYN": 0.08, "smrt": 0.0}, "adopt ADASYN", "ADASYN"),
        ({"smote": 0.03, "smrt": 0.06, "ADASYN": 0.06}, "ADASYN is as good", "ADASYN"),
    ],
)  # fmt: skip
def test_verdicts(gains, verdict, adopted):
    found = decide(gains)
    assert (found["verdict"], found["adopted_method"]) == (verdict, adopted)
    assert found["ratio"] == (None if adopted == "none" else 1.0)
    assert found["sentence"].lower().startswith(verdict.lower())


def test_a_method_without_any_score_says_nothing():
    found = decide({"smote": -0.03, "failed": np.nan})
    assert found["verdict"] == "leave the data alone"
    assert found["differences"]["failed"]["mean"] is None


def test_the_sentence_is_set_as_in_print():
    found = decide({"smote": 0.06, "smrt": 0.03})
    assert "; SMRT changes it by −0.0" in found["sentence"]
    assert "over 4 splits" in decide({"smrt": 0.03}, noise=0.1, splits=4)["sentence"]
    assert "over 1 split," in decide({"smrt": 0.03}, splits=1)["sentence"]


def test_a_gain_within_the_noise_is_not_enough_data():
    found = decide({"smote": 0.02, "smrt": 0.03}, noise=0.1, splits=4)
    assert found["verdict"] == "not enough data to tell"
    assert {"gain_not_excluded", "few_splits"} <= set(found["reasons"])
    difference = found["difference_to_none"]
    assert difference["low"] < 0 < difference["high"]


def test_one_split_can_never_tell():
    found = decide({"smrt": 0.3}, splits=1)
    assert found["code"] == "cannot_tell"
    assert "too_few_splits" in found["reasons"]


def test_a_gain_too_small_to_care_about_is_left_alone():
    found = decide({"smrt": 0.005}, noise=0.0005)
    assert found["verdict"] == "leave the data alone"
    assert "gain_too_small" in found["reasons"]


def test_the_more_methods_are_tried_the_more_is_asked_of_each():
    alone = {"smrt": 0.012}
    crowd = alone | {f"method{i}": 0.0 for i in range(30)}
    assert decide(alone, noise=0.006)["adopted_method"] == "smrt"
    found = decide(crowd, noise=0.006)
    assert found["adopted_method"] == "none"
    assert "gain_lost_to_holm" in found["reasons"]


def test_a_threshold_is_no_candidate_for_a_metric_that_it_cannot_change():
    assert "threshold" not in decide({"threshold": 0.1, "smote": 0.0})["differences"]
    found = decide({"threshold": 0.1, "smote": 0.1}, metric="f1")
    assert found["adopted_method"] == "threshold"


def test_a_lower_brier_score_is_better():
    found = decide({"smote": -0.06, "smrt": 0.06}, metric="brier")
    assert "changes Brier score (lower is better) by −0.0" in found["sentence"]
    assert found["adopted_method"] == "smote"
    assert "some_method_shown_worse_than_none" in found["reasons"]


def test_the_split_is_the_unit_and_classifiers_are_averaged():
    # One classifier gains much, the other loses as much: on the whole nothing.
    found = decide({("smrt", "lr"): 0.08, ("smrt", "nn"): -0.08})
    assert found["adopted_method"] == "none"
    assert found["by_classifier"]["lr"]["verdict"] == "adopt SMRT"
    assert found["by_classifier"]["nn"]["verdict"] == "leave the data alone"
    assert found["difference_to_none"]["splits"] == 10


def test_harm_to_one_classifier_is_said():
    found = decide({("smrt", "lr"): 0.2, ("smrt", "nn"): -0.05})
    assert found["adopted_method"] == "smrt"
    assert "worse_for_some_classifier" in found["reasons"]


def test_what_an_adopted_method_costs_is_said():
    gains = {"threshold": 0.0, "smrt": 0.06}
    broken = {"brier": {"smrt": 0.1}, "f1": {"smrt": 0.05, "threshold": 0.05}}
    reasons = decide(gains, by_metric=broken)["reasons"]
    assert {"calibration_worse", "not_shown_better_than_threshold_on_f1"} <= set(reasons)
    fine = {"brier": {"smrt": 0.0}, "f1": {"smrt": 0.09, "threshold": 0.05}}
    reasons = decide(gains, by_metric=fine)["reasons"]
    assert not {"calibration_worse", "not_shown_better_than_threshold_on_f1"} & set(reasons)


def test_recalibrated_forms_are_no_candidates():
    found = decide({"smote": 0.0, "smote+recalibrated": 0.2})
    assert set(found["differences"]) == {"smote"}


def test_differences_to_smote():
    found = decide({"smote": 0.02, "smrt": 0.06})
    assert found["difference_to_smote"]["mean"] == pytest.approx(0.04, abs=0.005)
    assert "shown_better_than_smote" in found["reasons"]
    assert decide({"smrt": 0.06})["difference_to_smote"] is None


def test_few_rows_of_the_rarest_class_are_said():
    assert "few_rare_rows_in_test" in decide({"smrt": 0.1}, fewest_test_rows=4)["reasons"]
