"""Coverage: what the synthetic rows keep of each sub-group of a class."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smrt_lightning import SMRT, VariationalAutoEncoder
from smrt_lightning.sampling.coverage import Coverage, measure_coverage

SHORT = VariationalAutoEncoder(min_steps=200, max_steps=200)


def measured(real, synthetic):
    columns = [name for name in real if real[name].dtype == float]
    points = [frame[columns].fillna(0).to_numpy() for frame in (real, synthetic)]
    return measure_coverage(real, points[0], synthetic, points[1])


@pytest.fixture
def real():
    rng = np.random.default_rng(0)
    n = 200
    return pd.DataFrame(
        {
            "a": np.where(np.arange(n) < 150, 0.0, 9.0) + rng.normal(size=n),
            "b": np.where(np.arange(n) % 4 == 0, np.nan, rng.normal(size=n)),
            "sex": np.where(np.arange(n) % 5 == 0, "f", "m"),
            "flag": (np.arange(n) % 3 == 0).astype(int),
            "rare": np.where(np.arange(n) < 15, "x", "y"),
        }
    )


def test_the_class_itself_keeps_every_share(real):
    found = measured(real, real)
    assert found.worst == pytest.approx(1.0)
    assert found.total_variation == pytest.approx(0.0)
    assert found.words() == []


def test_a_level_that_goes_missing_is_named(real):
    found = measured(real, real[real["sex"] == "m"])
    assert found.worst == 0.0
    words = "sex = f: 20% of the class's real rows, 0% of its synthetic ones"
    assert words in found.words()


def test_missing_cells_and_two_valued_numbers_are_levels_and_rare_levels_are_none(real):
    names = {group.name for group in measured(real, real).subgroups if group.kind == "level"}
    assert {"b = missing", "flag = 0", "flag = 1", "sex = f", "sex = m"} <= names
    assert "rare = x" not in names


def test_a_cluster_that_goes_missing_is_described_by_its_columns(real):
    found = measured(real, real[real["a"] < 5])
    clusters = [group for group in found.left_out if group.kind == "cluster"]
    assert sum(group.share for group in clusters) == pytest.approx(0.25)
    assert all("a about" in group.name for group in clusters)
    assert found.total_variation == pytest.approx(0.25)


def test_copies_of_one_row_leave_all_other_clusters_out(real):
    found = measured(real, real.iloc[[0] * 200])
    assert found.worst == 0.0
    assert found.total_variation > 0.5


@pytest.mark.parametrize(("n_real", "n_synthetic"), [(1, 50), (8, 5), (0, 10), (10, 0)])
def test_a_handful_of_rows_has_no_measure_or_a_true_one(real, n_real, n_synthetic):
    numbers = real[["a"]]
    found = measured(numbers.iloc[:n_real], numbers.iloc[:n_synthetic])
    assert found == Coverage(None, None)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**16))
def test_shares_are_shares_and_the_worst_is_the_worst(seed):
    rng = np.random.default_rng(seed)
    real = pd.DataFrame({"a": rng.normal(size=60), "c": rng.choice(list("uvw"), 60)})
    made = real.sample(40, replace=True, random_state=seed).reset_index(drop=True)
    found = measured(real, made)
    assert found.worst == min(group.kept for group in found.subgroups)
    clusters = [group for group in found.subgroups if group.kind == "cluster"]
    assert found.total_variation is None if not clusters else 0 <= found.total_variation <= 1
    assert sum(group.share for group in clusters) == pytest.approx(1.0 if clusters else 0.0)
    assert sum(group.share * group.kept for group in clusters) <= 1 + 1e-9
    json.dumps(found.to_dict(), allow_nan=False)


def overlapping():
    """A class of which 30 % lie among the other class's rows."""
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], [400, 100])
    easy = np.arange(500) >= 430
    return np.c_[rng.normal(size=500) + 6 * easy, rng.normal(size=500)], y


def test_the_report_says_what_smrt_left_out():
    X, y = overlapping()
    sampler = SMRT(random_state=0, estimator=SHORT, coverage=0)
    sampler.fit_resample(X, y)
    coverage = sampler.report_[1].coverage
    assert coverage.worst == 0.0
    assert "left out: " in sampler._repr_mimebundle_()["text/html"]
    assert sampler.report_[1].to_dict()["coverage"]["left_out"] == coverage.words() != []


def test_by_default_every_sub_group_keeps_half_of_its_share():
    X, y = overlapping()
    sampler = SMRT(random_state=0, estimator=SHORT)
    X_out, _ = sampler.fit_resample(X, y)
    assert sampler.report_[1].coverage.worst >= 0.5
    assert (X_out[sampler.synthetic_mask_][:, 0] < 3).mean() >= 0.15
    again = SMRT(random_state=0, estimator=SHORT)
    np.testing.assert_array_equal(again.fit_resample(X, y)[0], X_out)
