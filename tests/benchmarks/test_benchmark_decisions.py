"""Halved tables: no row on both sides, scores once, policies for nothing."""

import numpy as np
import pandas as pd
import pytest

from benchmarks import decisions, halves
from benchmarks.datasets import DATASETS
from benchmarks.halves import METHODS, METRICS, TRUTH, Case
from benchmarks.policies import POLICIES, judged, statements, told


def scores(gains, truth=None, *, auc=0.8, noise=0.004, splits=10, dataset="wine", halving=0):
    """Make the stored scores of a case: gains over no resampling, seen and true."""
    rng = np.random.default_rng(0)
    rows = []
    names = [*(f"split-{i:02d}" for i in range(splits)), TRUTH]
    for split in names:
        for method in METHODS:
            given = gains if split != TRUTH or truth is None else truth
            error = 0.0 if split == TRUTH else noise * rng.normal()
            value = 0.5 + given.get(method, 0.0) + error
            rows.append([split, method, "one", value, auc + error, value, value, 0.1])
    frame = pd.DataFrame(rows, columns=["split", "method", "classifier", *METRICS])
    sizes = {"n_user": 500, "n_rare": 50, "n_truth": 500, "n_truth_rare": 50}
    told_of = {"dataset": dataset, "halving": halving, "side": 0, **sizes}
    return frame.assign(**told_of, test_share=0.43, fewest_test_rows=15, commit="abc")


@pytest.mark.parametrize("name", ["iris", "wine", "diabetes"])
@pytest.mark.parametrize("side", [0, 1])
def test_the_halves_share_no_row_and_keep_the_class_ratio(tmp_path, name, side):
    y = DATASETS[name].build(tmp_path).y
    user, truth = halves.halve(y, Case(name, 3, side), 60)
    assert not set(user) & set(truth)
    assert len(user) == min(60, (len(y) + side) // 2)
    assert y[user].mean() == pytest.approx(y.mean(), abs=0.05)
    other, _ = halves.halve(y, Case(name, 3, 1 - side), len(y))
    assert set(user) & set(other) == set()


def test_common_rows_make_room_for_rare_ones():
    y = np.repeat([0, 1], [5000, 100])
    kept = halves.thinned(y, 400)
    assert (y[kept] == 1).sum() == 100
    assert (y[kept] == 0).sum() == 900
    few = np.repeat([0, 1], [90, 10])
    assert len(halves.thinned(few, 400)) == 100


def test_a_policy_sees_the_users_half_alone():
    (case,) = told(scores({"smrt": 0.06}, truth={"smrt": -0.05, "smote": 0.02}))
    chosen = {name: policy(case) for name, policy in POLICIES.items()}
    assert chosen["today's rule"] == chosen["rule of 21 November"] == "smrt"
    assert chosen["highest mean"] == "smrt"
    assert chosen["oracle"] == "smote"
    assert case.regret("smrt") == pytest.approx(0.07)
    row = judged(case)
    assert row["code"] == "use"
    assert row["regret of oracle"] == 0.0
    assert row["november"] == "adopt"


def test_statements_are_judged_by_the_other_half():
    (case,) = told(scores({"smrt": 0.06}, truth={"smrt": 0.05, "smote": 0.02}))
    found = statements(case).set_index(["against", "method", "outcome"])
    assert found.loc[("none", "smrt", "better"), "true"]
    assert not found.loc[("none", "class_weight", "better"), "true"]
    assert found.loc[("none", "class_weight", "same"), "true"]
    assert found.loc[("smote", "smrt", "better"), "true"]
    by_pair = found.groupby(level=["against", "method"])[["stated", "true"]].sum()
    assert np.allclose(by_pair["stated"], 1.0)
    assert (by_pair["true"] == 1).all()


def test_the_summary_puts_policies_side_by_side():
    both = pd.concat([scores({"smrt": 0.06}), scores({}, halving=1, auc=0.5, noise=0.02)])
    text = decisions.summary(both)
    for name in POLICIES:
        assert f"| {name} |" in text
    assert "| use | 50% (1) | 50% |" in text
    assert "| guessing | 50% (1) | 50% |" in text
    assert "abc" in text


def test_scores_are_made_once_and_a_case_cut_short_is_made_again(tmp_path, monkeypatch, capsys):
    made = []

    def score_case(case, table, *, rows, repeats):
        made.append(case)
        return scores({"smrt": 0.06}, dataset=case.dataset, halving=case.halving)

    monkeypatch.setattr(halves, "score_case", score_case)
    path = tmp_path / "scores.csv"
    options = ["--out", str(path), "--data", str(tmp_path), "--sets", "iris,yeast_me2"]
    assert decisions.main(options) == 0
    assert [(case.dataset, case.halving) for case in made] == [("iris", 0), ("iris", 1)]
    assert "yeast_me2 skipped" in capsys.readouterr().out
    made.clear()
    decisions.main([*options, "--csv", str(tmp_path / "cases.csv")])
    assert made == []
    assert len(pd.read_csv(tmp_path / "cases.csv")) == 2
    path.write_text("\n".join(path.read_text().splitlines()[:-8]) + "\n")
    decisions.main(options)
    assert [(case.dataset, case.halving) for case in made] == [("iris", 1)]


def test_an_unknown_table_is_named(capsys):
    with pytest.raises(SystemExit):
        decisions.main(["--sets", "irys"])
    assert "no table 'irys'" in capsys.readouterr().err


@pytest.mark.slow
def test_a_case_is_scored_on_splits_of_the_users_half_and_on_the_other(tmp_path):
    found = halves.score_case(
        Case("iris", 0, 0), DATASETS["iris"].build(tmp_path), rows=800, repeats=2
    )
    assert len(found) == 3 * len(METHODS) * 4
    assert found[list(METRICS)].notna().all(axis=None)
    assert found["n_user"].iloc[0] + found["n_truth"].iloc[0] == 65
