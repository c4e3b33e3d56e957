import json

import numpy as np
import pandas as pd
import pytest
from evaluation_tables import make_table
from imblearn.over_sampling import SMOTE
from sklearn.svm import LinearSVC

from smrt_lightning.errors import ParameterError, TableError
from smrt_lightning.evaluation import Split, make_splits
from smrt_lightning.evaluation.compare import compare
from smrt_lightning.evaluation.scores.metrics import METRICS

QUICK = ["logistic_regression", "k_neighbors"]
METHODS = ["none", "class_weight", "threshold", "random", "smote", "gaussian"]


def quick(X, y, **changes):
    settings = {"methods": METHODS, "classifiers": QUICK, "repeats": 3, "ratios": ()}
    return compare(X, y, **(settings | changes))


@pytest.fixture(scope="module")
def result():
    return quick(*make_table("mixed"))


def test_scores_are_complete(result):
    scores = result.scores
    assert list(scores.columns) == [
        "split", "method", "classifier", "metric", "scope", "class", "value", "reason",
    ]  # fmt: skip
    macro = scores[scores["scope"] == "macro"]
    plain = macro[~macro["method"].str.contains("recalibrated")]
    computed = set(METRICS) - {"cost", "precision_at_capacity", "recall_at_capacity"}
    assert len(plain) == 3 * len(METHODS) * len(QUICK) * len(computed)
    assert set(scores["class"]) == {"macro", "c0", "c1", "c2"}
    assert not scores.duplicated(["split", "method", "classifier", "metric", "class"]).any()
    assert (scores["value"].isna() == scores["reason"].notna()).all()
    assert set(scores["method"]) == {
        *METHODS,
        *(f"{method}+recalibrated" for method in ("class_weight", "random", "smote", "gaussian")),
    }


def test_metrics_are_means_over_splits(result):
    scores = result.scores
    f1 = scores[(scores["metric"] == "f1") & (scores["class"] == "macro")]
    f1 = f1[f1["method"] == "smote"].pivot(index="split", columns="classifier", values="value")
    found = result.metrics["smote"]
    assert found["k_neighbors"]["f1"]["mean"] == pytest.approx(f1["k_neighbors"].mean())
    assert found["mean"]["f1"]["mean"] == pytest.approx(f1.mean(axis=1).mean())
    assert found["mean"]["f1"]["std"] == pytest.approx(f1.mean(axis=1).std())
    json.dumps(result.metrics, allow_nan=False)


def test_with_two_classes_the_rarer_one_is_the_headline():
    result = quick(*make_table("plain", counts=(60, 20)))
    assert result.headline == "c1"
    own = result.scores.query(
        "`class` == 'c1' and metric == 'average_precision' and method == 'none'"
    )
    value = own[own["classifier"] == "k_neighbors"]["value"].mean()
    found = result.metrics["none"]["k_neighbors"]["average_precision"]["mean"]
    assert found == pytest.approx(value)


def test_counts_curves_and_confusion(result):
    counts = result.counts.query("split == 'split-00' and method == 'smote'").set_index("class")
    assert counts["real"].to_dict() == {"c0": 42, "c1": 14, "c2": 6}
    assert set(counts["trained"]) == {42}
    tested = sum(len(s.test) for s in make_splits(make_table("mixed")[1], repeats=3))
    for method in result.methods:
        for classifier in QUICK:
            assert np.sum(result.confusion[method][classifier]) == tested
            curve = result.curves[method][classifier]
            assert {len(curve[key]) for key in ("recall", "precision", "precision_std")} == {20}
            assert sum(curve["reliability"]["rows"]) == 3 * tested
    json.dumps([result.curves, result.confusion], allow_nan=False)


def test_costs_are_measured_apart(result):
    assert set(result.costs) == set(METHODS)
    assert result.costs["threshold"]["seconds"] > result.costs["none"]["seconds"]
    assert all(cost["seconds"] > 0 for cost in result.costs.values())


def test_a_threshold_moves_decisions_and_nothing_else(result):
    scores = result.scores[result.scores["scope"] == "macro"]
    table = scores.pivot(index=["split", "classifier", "metric"], columns="method", values="value")
    same = table.index.get_level_values("metric").isin(["average_precision", "roc_auc", "brier"])
    pd.testing.assert_series_equal(
        table.loc[same, "none"], table.loc[same, "threshold"], check_names=False
    )
    assert not table["none"].equals(table["threshold"])


def test_recalibration_repairs_what_resampling_breaks():
    rng = np.random.default_rng(0)
    y = (rng.random(1500) < 0.06).astype(int)
    X = rng.normal(size=(1500, 2)) + y[:, None]
    result = compare(X, y, methods=["random", "class_weight"], classifiers=QUICK[:1], repeats=3)
    ece = {method: result.metrics[method]["mean"]["ece"]["mean"] for method in result.methods}
    for method in ("random", "class_weight"):
        assert ece[method] > 5 * ece["none"]
        assert ece[f"{method}+recalibrated"] < 2 * ece["none"] + 0.01
        auc = [
            result.metrics[a]["mean"]["roc_auc"]["mean"] for a in (method, f"{method}+recalibrated")
        ]
        assert auc[0] == pytest.approx(auc[1])


def test_processes_change_nothing(result):
    other = quick(*make_table("mixed"), n_jobs=2)
    assert other.scores.to_csv() == result.scores.to_csv()
    assert other.metrics == result.metrics
    assert other.curves == result.curves


def test_order_and_company_of_methods_change_nothing(result):
    alone = quick(*make_table("mixed"), methods=["smote"])
    keep = ["none", "smote", "smote+recalibrated"]
    expected = result.scores[result.scores["method"].isin(keep)].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone.scores, expected)


def test_a_sweep_has_the_compared_ratio_as_its_last_point():
    X, y = make_table("plain", counts=(90, 20))
    result = quick(X, y, ratios=[1.0, 0.4], repeats=2, sweep_splits=2, n_jobs=1)
    sweep = result.sweep.query("classifier == 'k_neighbors' and metric == 'f1'")
    assert set(sweep["method"]) == {"random", "smote", "gaussian"}
    assert sweep["ratio"].tolist() == [0.4] * 3 + [1.0] * 3
    last = sweep[(sweep["ratio"] == 1.0) & (sweep["method"] == "smote")]["mean"].item()
    assert last == pytest.approx(result.metrics["smote"]["k_neighbors"]["f1"]["mean"])
    assert sweep["mean"].nunique() > 2
    means = result.sweep.query("classifier == 'mean' and metric == 'average_precision'")
    means = means[means["method"] == result.decision["method_in_differences"]]
    best = means.set_index("ratio")["mean"].idxmax() if len(means) else None
    assert result.decision["best_ratio_in_sweep"] == best
    alone = quick(X, y, repeats=2)
    pd.testing.assert_frame_equal(alone.scores, result.scores)


def test_fidelity_is_measured_on_the_first_split():
    result = quick(
        *make_table("mixed"), methods=["random", "smote"], repeats=1, limits={"max_copies": 0}
    )
    assert set(result.fidelity) == {"smote"}
    assert set(result.fidelity["smote"]) == {"c1", "c2"}
    assert result.settings["limits"]["max_copies"] == 0
    json.dumps(result.fidelity, allow_nan=False)


def test_progress_counts_to_the_end():
    seen = []
    X, y = make_table("plain")
    quick(X, y, methods=["smote"], repeats=2, progress=lambda *step: seen.append(step))
    assert [step[0] for step in seen] == [1, 2, 3, 4]
    assert seen[-1] == (4, 4, "split-01 / smote")


def test_given_synthetic_rows_stand_for_smrt():
    X, y = make_table("mixed", counts=(60, 20))
    splits = make_splits(y, repeats=2, X=X)
    made = {}
    for split in splits:
        rare = split.train[y[split.train] == "c1"]
        made[split.name] = (X.iloc[np.tile(rare, 3)], y[np.tile(rare, 3)])
    result = compare(X, y, methods=["smrt"], classifiers=QUICK, splits=splits, synthetic=made)
    trained = result.counts.query("method == 'smrt' and `class` == 'c1'")["trained"]
    assert set(trained) == {42}
    with pytest.raises(TableError, match="no rows for 'split-01'"):
        compare(X, y, methods=["smrt"], splits=splits, synthetic={"split-00": made["split-00"]})
    bad = {name: (rows.drop(columns="flag"), labels) for name, (rows, labels) in made.items()}
    with pytest.raises(TableError, match="flag"):
        compare(X, y, methods=["smrt"], splits=splits, synthetic=bad)


def test_a_sampler_that_fails_is_reported_and_the_others_go_on():
    X, y = make_table("plain", counts=(60, 20, 4))
    result = quick(X, y, methods=["random", ("strict", SMOTE(k_neighbors=30))], repeats=1)
    failed = result.scores[result.scores["method"] == "strict"]
    assert failed["value"].isna().all()
    assert failed["reason"].str.contains("sampler failed: ValueError").all()
    assert result.metrics["strict"]["mean"]["f1"]["mean"] is None
    assert result.metrics["random"]["mean"]["f1"]["mean"] is not None


def test_a_classifier_without_probabilities_ranks_but_has_no_calibration():
    X, y = make_table("plain", counts=(60, 20))
    result = quick(X, y, methods=["threshold", "random"], classifiers=[("svm", LinearSVC())])
    metrics = result.metrics["random"]["svm"]
    assert metrics["roc_auc"]["mean"] > 0.5
    assert metrics["brier"]["mean"] is None
    assert any("threshold" in note for note in result.notes)


def test_it_may_stand_beside_one_with_probabilities():
    X, y = make_table("plain", counts=(60, 20))
    result = quick(X, y, methods=["random"], classifiers=[("svm", LinearSVC()), QUICK[0]])
    assert list(result.metrics["random"]) == ["mean", "svm", QUICK[0]]
    assert list(result.metrics["random+recalibrated"]) == ["mean", QUICK[0]]
    assert result.decision["splits"] == 3
    assert set(result.decision["by_classifier"]) == {"svm", QUICK[0]}


def test_labels_of_any_kind_and_hostile_text():
    X, y = make_table("plain", counts=(60, 20))
    y = np.where(y == "c1", "<script>alert(1)</script>", "../../x")
    result = quick(X, y, methods=["random", ("<img src=x>", SMOTE())], repeats=2)
    page = result._repr_html_()
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page
    numbers = quick(X, (y == "../../x").astype(int), methods=["random"], repeats=2)
    assert numbers.headline == "0"


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"primary_metric": "auc"}, ParameterError, "allowed are"),
        ({"ratio": 0}, ParameterError, "ratio 0"),
        ({"ratios": [0.5, 2]}, ParameterError, "ratio 2"),
        ({"limits": {"max_copy": 1}}, ParameterError, "max_copies"),
        ({"splits": []}, TableError, "No split"),
        (
            {"splits": [Split("s", np.array([0, 1]), np.array([1]))]},
            TableError,
            "row 1 is",
        ),
        ({"splits": [Split("s", np.array([0]), np.array([999]))]}, TableError, "beyond"),
        ({"splits": [Split("s", np.array([0]), np.array([], int))]}, TableError, "empty"),
    ],
)
def test_mistakes_are_named(changes, error, message):
    with pytest.raises(error, match=message):
        quick(*make_table("plain"), **changes)


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (np.zeros((4, 2)), ["a", "b", "a"], "4 rows and y has 3"),
        (np.zeros(4), ["a", "b", "a", "b"], "1D array"),
        (np.zeros((0, 2)), [], "0 sample"),
        (pd.DataFrame({"a": []}), [], "0 sample"),
        (np.zeros((4, 2)), ["a"] * 4, "Two classes"),
        (np.zeros((4, 2)), ["a", None, "a", "b"], "1 label"),
        (np.zeros((4, 2)), pd.Series([1, "1", 2, 2], dtype=object), "read alike"),
        (pd.DataFrame([[1, 2]] * 4, columns=["a", "a"]), [0, 1, 0, 1], "'a'"),
    ],
)
def test_bad_tables_are_named(X, y, message):
    with pytest.raises(TableError, match=message):
        quick(X, y)
