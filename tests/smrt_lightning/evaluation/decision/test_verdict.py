"""The rule on made-up scores, where the right answer is known."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smrt_lightning.evaluation.decision.evidence import Rule, unit
from smrt_lightning.evaluation.decision.verdict import decide_method

CLASSIFIERS = ("lr", "nn")


def decide(
    gains,
    *,
    splits=10,
    noise=0.004,
    metric="average_precision",
    by_metric=None,
    level=0.5,
    auc=0.8,
    smallest=0.01,
    seed=0,
    exact=True,
    rarest=None,
    **changes,
):
    """Decide on scores of level + gain + noise; gains by method or (method, classifier).

    The mean gain over the splits is exact, unless the noise may move it too.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for name in dict.fromkeys([metric, "brier", "f1", "roc_auc"]):
        given = (by_metric or {}).get(name, gains if name == metric else {})
        base = auc if name == "roc_auc" else level
        for method in ["none", *dict.fromkeys(a if isinstance(a, str) else a[0] for a in gains)]:
            for classifier in CLASSIFIERS:
                gain = given.get(method, given.get((method, classifier), 0.0))
                scatter = rng.normal(size=splits)
                values = base + gain + noise * (scatter - exact * scatter.mean())
                rows += [
                    (f"split-{i:02d}", method, classifier, name, v) for i, v in enumerate(values)
                ]
    table = pd.DataFrame(rows, columns=["split", "method", "classifier", "metric", "value"])
    rule = Rule(metric, smallest, 0.05, 0.3 / 0.7, rarest)
    settings = {"ratio": 1.0, "scope": "macro", "fewest_test_rows": 30, "rows": 1000}
    settings |= {"prevalence": 0.1} | changes
    found = decide_method(table, rule, **settings)
    json.dumps(found, allow_nan=False)
    return found


@pytest.mark.parametrize(
    ("gains", "verdict", "adopted"),
    [
        ({"smote": 0.02, "smrt": 0.06}, "use SMRT", "smrt"),
        ({"smote": 0.06, "smrt": 0.06}, "use SMOTE", "smote"),
        ({"smote": 0.06, "smrt": 0.03}, "use SMOTE", "smote"),
        ({"smote": -0.03, "smrt": -0.02}, "resampling hurts", "none"),
        ({"smote": -0.03, "smrt": 0.0}, "resampling hurts", "none"),
        ({"smote": 0.0, "smrt": 0.0}, "no difference that matters", "none"),
        ({"class_weight": 0.06, "smote": 0.06, "smrt": 0.06}, "use class weights", "class_weight"),
        ({"random": 0.06, "smrt": 0.06}, "use random oversampling", "random"),
        ({"gaussian": 0.08, "smrt": 0.03}, "use a Gaussian per class", "gaussian"),
        ({"ADASYN": 0.08, "smrt": 0.0}, "use ADASYN", "ADASYN"),
    ],
)  # fmt: skip
def test_verdicts(gains, verdict, adopted):
    found = decide(gains)
    assert (found["verdict"], found["adopted_method"]) == (verdict, adopted)
    assert found["ratio"] == (None if adopted == "none" else 1.0)
    assert found["sentence"].lower().startswith(verdict.lower())


def test_every_method_has_its_odds_against_no_resampling_and_smote():
    found = decide({"class_weight": 0.0, "smote": -0.04, "smrt": 0.06})
    grades = {method: gap["grade"] for method, gap in found["differences"].items()}
    assert grades == {"class_weight": "same", "smote": "worse", "smrt": "better"}
    assert set(found["differences_to_smote"]) == {"class_weight", "smrt"}
    assert found["differences_to_smote"]["class_weight"]["grade"] == "better"
    for gap in (*found["differences"].values(), *found["differences_to_smote"].values()):
        assert gap["better"] + gap["same"] + gap["worse"] == pytest.approx(1.0)
        assert gap["low"] < gap["mean"] < gap["high"]


def test_what_is_known_to_hurt_is_named():
    found = decide({"random": -0.05, "smote": -0.03, "smrt": 0.0})
    assert "random oversampling (−0.0" in found["sentence"]
    assert "SMOTE (−0.0" in found["sentence"]
    assert "are shown to make average precision worse" in found["sentence"]


def test_likely_is_not_shown_and_says_its_odds():
    found = decide({"smote": 0.0, "smrt": 0.02}, noise=0.03)
    assert (found["code"], found["adopted_method"]) == ("lean", "smrt")
    better = found["differences"]["smrt"]["better"]
    assert 0.4 < better < 0.95
    assert f"with a probability of {100 * better:.0f} %" in found["sentence"]


def test_too_few_rows_says_how_many_would_do():
    found = decide({"smote": 0.012, "smrt": 0.012}, noise=0.06)
    assert found["code"] == "too_few_rows"
    assert found["rows_needed"] > 1000
    assert f"{found['rows_needed']:,} rows like these" in found["sentence"]
    more = decide({"smote": 0.012, "smrt": 0.012}, noise=0.08)
    assert more["rows_needed"] > found["rows_needed"]


@pytest.mark.parametrize(
    ("metric", "level", "said"),
    [
        ("average_precision", 0.98, "no resampling has 0.980 already, so little is left to gain. "),
        ("average_precision", 0.9, ""),
        ("brier", 0.02, "no resampling has 0.020 already"),
        ("brier", 0.9, ""),
        ("mcc", 0.96, "no resampling has 0.960 already"),
        ("mcc", 0.93, ""),
    ],
)
def test_where_almost_all_is_right_the_verdict_says_so(metric, level, said):
    found = decide({"smote": 0.0, "smrt": 0.0}, metric=metric, level=level)
    assert found["adopted_method"] == "none"
    assert ("left to gain" in found["sentence"]) == bool(said)
    assert said in found["sentence"]


def test_what_is_open_is_not_whether_a_method_that_does_nothing_helps():
    scatter = np.random.default_rng(0).normal(size=10)
    shown = 0.516 + 0.06 * (scatter - scatter.mean())
    rows = [
        (f"split-{i}", method, "lr", metric, value)
        for i in range(10)
        for method, value in {"none": 0.5, "class_weight": 0.5, "smrt": shown[i]}.items()
        for metric in ("average_precision", "f1", "brier")
    ]
    table = pd.DataFrame(rows, columns=["split", "method", "classifier", "metric", "value"])
    rule = Rule("average_precision", "auto", 0.05, 0.3 / 0.7)
    settings = {"ratio": 1.0, "scope": "a", "fewest_test_rows": 30, "rows": 1000}
    found = decide_method(table, rule, prevalence=0.1, **settings)
    assert (found["code"], found["method_in_differences"]) == ("too_few_rows", "smrt")
    assert found["rows_needed"] > 1000


def test_at_chance_the_classifiers_guess_whatever_the_method():
    found = decide({"smote": 0.05, "smrt": 0.0}, auc=0.505, noise=0.02)
    assert (found["code"], found["adopted_method"]) == ("guessing", "none")
    assert "ROC AUC is 0.5" in found["sentence"]
    assert found["chance"]["low"] < 0 < found["chance"]["high"]
    few = decide({"smrt": 0.0}, auc=0.7, noise=0.9, splits=3)
    assert few["sentence"].startswith("Not shown to be better than guessing: ROC AUC is 0.700")
    assert "interval 0.000 to 1.000" in few["sentence"]
    above = decide({"smote": 0.05, "smrt": 0.0}, auc=0.6, noise=0.02)
    assert above["code"] != "guessing"
    assert above["chance"] is None


def test_average_precision_at_the_prevalence_is_guessing_too():
    found = decide({"smote": 0.0, "smrt": 0.0}, level=0.1, auc=0.6, noise=0.02)
    assert found["code"] == "guessing"
    assert (found["chance"]["metric"], found["chance"]["guessing"]) == ("average_precision", 0.1)
    assert "guessing has 0.1" in found["sentence"]
    helped = decide({"smote": 0.0, "smrt": 0.1}, level=0.1, auc=0.6, noise=0.02)
    assert helped["code"] != "guessing"


def test_where_all_is_solved_equal_scores_prove_nothing():
    solved = decide({"smote": 0.0, "smrt": 0.0}, level=1.0, noise=0.0, rarest=7, smallest="auto")
    assert all(gap["same"] < 0.9 for gap in solved["differences"].values())
    many = decide({"smote": 0.0, "smrt": 0.0}, level=1.0, noise=0.0, rarest=7000, smallest="auto")
    assert all(gap["same"] > 0.99 for gap in many["differences"].values())
    idle = decide({"smote": 0.0, "smrt": 0.0}, level=0.8, noise=0.0, rarest=7, smallest="auto")
    assert all(gap["same"] == 1.0 for gap in idle["differences"].values())


def test_few_rare_rows_leave_room_for_luck():
    few = decide({"smrt": 0.02}, noise=0.001, rarest=8)
    many = decide({"smrt": 0.02}, noise=0.001, rarest=800)
    assert few["differences"]["smrt"]["better"] < 0.9 < many["differences"]["smrt"]["better"]


def test_one_method_above_chance_is_no_guess():
    rank = {"roc_auc": {"smrt": 0.3}}
    assert decide({"smrt": 0.2}, auc=0.5, by_metric=rank)["code"] == "use"


def test_a_method_without_any_score_says_nothing():
    found = decide({"smote": -0.03, "failed": np.nan})
    assert found["verdict"] == "resampling hurts"
    assert found["differences"]["failed"]["mean"] is None
    assert found["differences"]["failed"]["grade"] == "unknown"


@pytest.mark.parametrize("splits", [1, 2])
def test_one_split_can_never_tell(splits):
    found = decide({"smrt": 0.3}, splits=splits)
    assert (found["code"] == "too_few_rows") == (splits == 1)
    assert ("too_few_splits" in found["reasons"]) == (splits == 1)


def test_a_gain_too_small_to_care_about_is_no_difference():
    found = decide({"smrt": 0.005}, noise=0.0005)
    assert found["verdict"] == "no difference that matters"
    assert found["differences"]["smrt"]["grade"] == "same"


@pytest.mark.parametrize(
    ("metric", "level", "expected"),
    [("average_precision", 0.5, 0.01), ("average_precision", 0.04, 0.0015),
     ("average_precision", 0.95, 0.0019), ("brier", 0.05, 0.0019), ("roc_auc", 0.75, 0.005),
     ("average_precision", 1.0, 0.000975)],
)  # fmt: skip
def test_the_smallest_difference_follows_from_the_score_and_its_headroom(metric, level, expected):
    assert Rule(metric, "auto", 0.05, 0.4).margin(level) == pytest.approx(expected, rel=0.03)
    assert Rule(metric, 0.02, 0.05, 0.4).margin(level) == 0.02


@given(st.floats(0.0, 1.0))
@settings(max_examples=30, deadline=None)
def test_a_score_and_its_mirror_have_one_unit(level):
    same = unit("average_precision", 1.0 - level)
    assert unit("average_precision", level) == pytest.approx(same)
    assert unit("brier", level) == pytest.approx(same)
    assert 0.09 < same <= 1.0


def test_a_threshold_is_no_candidate_for_a_metric_that_it_cannot_change():
    assert "threshold" not in decide({"threshold": 0.1, "smote": 0.0})["differences"]
    found = decide({"threshold": 0.1, "smote": 0.1}, metric="f1")
    assert found["adopted_method"] == "threshold"


def test_a_lower_brier_score_is_better():
    found = decide({"smote": -0.06, "smrt": 0.06}, metric="brier")
    assert "improves Brier score (lower is better)" in found["sentence"]
    assert found["adopted_method"] == "smote"
    assert found["differences"]["smote"]["expected"] < 0
    assert "some_method_shown_worse_than_none" in found["reasons"]


def test_the_split_is_the_unit_and_classifiers_are_averaged():
    # One classifier gains much, the other loses as much: on the whole nothing.
    found = decide({("smrt", "lr"): 0.08, ("smrt", "nn"): -0.08})
    assert found["adopted_method"] == "none"
    assert found["by_classifier"]["lr"]["verdict"] == "use SMRT"
    assert found["by_classifier"]["nn"]["verdict"] == "resampling hurts"
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


def test_few_rows_of_the_rarest_class_are_said():
    assert "few_rare_rows_in_test" in decide({"smrt": 0.1}, fewest_test_rows=4)["reasons"]


def test_a_crowd_of_methods_without_effect_does_not_bring_one_forward():
    """On each of many tables one of twenty methods looks best by luck alone."""
    names = [f"method{i}" for i in range(20)]
    codes = [
        decide(dict.fromkeys(names, 0.0), noise=0.03, seed=s, exact=False)["code"]
        for s in range(40)
    ]
    assert codes.count("use") <= 2


def test_a_difference_that_rounds_to_nothing_is_not_written_as_a_signed_zero():
    found = decide({"smote": 0.0}, noise=0.0)
    assert found["code"] == "no_difference"
    assert "differs by less than 0.001" in found["sentence"]
    assert "0.000" not in found["sentence"]
