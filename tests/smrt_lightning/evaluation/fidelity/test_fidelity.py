import json

import numpy as np
import pandas as pd
import pytest
from evaluation_tables import make_table
from scipy import stats

from smrt_lightning.evaluation.fidelity.check import Limits, fidelity
from smrt_lightning.evaluation.fidelity.detect import detectability
from smrt_lightning.evaluation.fidelity.marginals import column_distances, pairwise_distance
from smrt_lightning.evaluation.methods import METHODS
from smrt_lightning.table.frames import named_frame
from smrt_lightning.table.labels import as_labels


def draw(rng, n, shift=0.0, scale=1.0):
    common = rng.normal(size=(n, 1))
    return pd.DataFrame(scale * (common + rng.normal(size=(n, 3))) + shift, columns=list("abc"))


def measure(made, rng=None, limits=None):
    """Measure rows said to be of a class drawn by draw(·), beside another class at distance."""
    rng = np.random.default_rng(1) if rng is None else rng
    real, held, others = draw(rng, 80), draw(rng, 40), draw(rng, 200, shift=5.0)
    table = pd.concat([others, real], ignore_index=True)
    found = fidelity(
        table,
        np.repeat([0, 1], [200, 80]),
        made(real),
        np.ones(len(made(real)), dtype=int),
        held,
        np.ones(40, dtype=int),
        names=["other", "rare"],
        limits=limits,
    )
    assert list(found) == ["rare"]
    json.dumps(found, allow_nan=False)
    return found["rare"]


def test_fresh_draws_of_the_truth_pass_and_score_like_held_out_rows():
    report = measure(lambda _: draw(np.random.default_rng(9), 150))
    assert report["passed"]
    assert report["detectability"] == pytest.approx(0.5, abs=0.15)
    assert report["closeness"] == pytest.approx(1.0, abs=0.35)
    assert report["variance_ratio"] == pytest.approx(1.0, abs=0.35)
    assert report["column_distance"] < report["held_out_column_distance"] + 0.1
    assert (report["real"], report["synthetic"], report["held_out"]) == (80, 150, 40)


def test_a_sub_group_left_out_is_named_and_fails():
    report = measure(lambda real: real[real["a"] < -0.5].sample(150, replace=True, random_state=0))
    assert "subgroup_left_out" in report["failed"]
    assert report["coverage"] == report["subgroups"]["worst"] == 0.0
    assert any("a about" in words for words in report["subgroups"]["left_out"])


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (lambda real: real.sample(150, replace=True, random_state=0), "copies_real_rows"),
        (lambda real: real.sample(150, replace=True, random_state=0) + 1e-4,
         "too_close_to_real_rows"),
        (lambda real: draw(np.random.default_rng(9), 150, scale=0.4), "variance_off"),
        (lambda real: draw(np.random.default_rng(9), 150, scale=3.0), "variance_off"),
        (lambda real: draw(np.random.default_rng(9), 150, shift=4.5), "among_other_classes"),
        (lambda real: draw(np.random.default_rng(9), 150, shift=1.5), "columns_differ"),
        (lambda real: draw(np.random.default_rng(9), 150, shift=-9.0), "easily_detected"),
    ],
)  # fmt: skip
def test_each_fault_is_flagged(made, code):
    report = measure(made)
    assert code in report["failed"]
    assert not report["passed"]


def test_limits_can_be_set():
    made = lambda _: draw(np.random.default_rng(9), 150)  # noqa: E731
    assert measure(made, limits=Limits(max_detectability=0.1))["failed"] == ["easily_detected"]


def test_mean_decoding_is_flagged():
    """A known failure: rows drawn at the class mean have almost no variance."""
    report = measure(lambda real: draw(np.random.default_rng(2), 99) * 0.01 + real.mean())
    assert "variance_off" in report["failed"]


@pytest.mark.parametrize("name", ["smote", "gaussian"])
def test_any_table_is_measured(name, any_table):
    frame, labels = named_frame(any_table[0]), as_labels(any_table[1])
    rows = METHODS[name].resample(
        frame, labels.codes, labels.values, targets={1: 60, 2: 60}, random_state=0
    )
    kind_of_new = rows.codes[rows.n_real :]
    found = fidelity(
        frame, labels.codes, rows.X.iloc[rows.n_real :].reset_index(drop=True), kind_of_new,
        frame.head(30), labels.codes[:30], names=labels.names,
    )  # fmt: skip
    assert list(found) == ["c1", "c2"]
    for report in found.values():
        assert set(report["columns"]) == set(frame.columns)
        assert all(0 <= d <= 1 for d in report["columns"].values() if d is not None)
        assert 0 <= report["foreign"] <= 1
    json.dumps(found, allow_nan=False)


def test_number_columns_use_the_kolmogorov_smirnov_statistic():
    rng = np.random.default_rng(0)
    a, b = pd.DataFrame({"v": rng.normal(size=50)}), pd.DataFrame({"v": rng.normal(0.5, 2, 31)})
    expected = stats.ks_2samp(a["v"], b["v"]).statistic
    assert column_distances(a, b)["v"] == pytest.approx(expected)


def test_level_columns_use_total_variation():
    a = pd.DataFrame({"v": ["x"] * 6 + ["y"] * 4})
    b = pd.DataFrame({"v": ["x"] * 3 + ["z"] * 6 + [None]})
    assert column_distances(a, b)["v"] == pytest.approx((0.3 + 0.4 + 0.7) / 2)


def test_pairwise_distance_sees_a_broken_correlation():
    rng = np.random.default_rng(0)
    real = draw(rng, 200)
    shuffled = real.apply(lambda column: rng.permutation(column))
    assert pairwise_distance(real, draw(rng, 200)) < 0.15
    assert pairwise_distance(real, shuffled) > 0.35


def test_too_few_rows_give_none():
    X, y = make_table("plain", counts=(30, 4))
    frame, labels = named_frame(X), as_labels(y)
    rare = frame[labels.codes == 1]
    found = fidelity(
        frame, labels.codes, rare, np.ones(4, dtype=int),
        frame.iloc[:0], np.empty(0, dtype=int), names=labels.names,
    )["c1"]  # fmt: skip
    assert found["detectability"] is None
    assert found["closeness"] is None
    assert found["held_out_copies"] is None
    assert found["copies"] == 1.0


def test_detectability_is_that_of_chance_and_of_certainty():
    rng = np.random.default_rng(0)
    a = rng.normal(size=(300, 4))
    assert detectability(a, rng.normal(size=(300, 4)), 0) == pytest.approx(0.5, abs=0.08)
    assert detectability(a, 9 + rng.normal(size=(300, 4)), 0) > 0.99
    assert detectability(a, a[:5], 0) is None


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_copies_cannot_be_told_from_real_rows_and_no_better_than_that(noise):
    rng = np.random.default_rng(1)
    a = rng.normal(size=(300, 6))
    made = a[rng.integers(300, size=300)] + noise * rng.normal(size=(300, 6))
    assert detectability(a, made, 0) == pytest.approx(0.5, abs=0.08)
    same = np.zeros((20, 2))
    assert detectability(same, same, 0) == pytest.approx(0.5, abs=0.08)
