"""What holds for any valid table."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import QUICK, tables

from smrt_lightning import SMRT

FEW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def sampler(**parameters):
    return SMRT(random_state=3, estimator=QUICK, **parameters)


@FEW
@given(tables())
def test_counts_dtypes_prefix_and_support(table):
    X, y = table
    smrt = sampler()
    X_out, y_out = smrt.fit_resample(X, y)

    assert set(Counter(y_out).values()) == {25}
    pd.testing.assert_frame_equal(X_out.iloc[: len(X)], X)
    assert (X_out.dtypes == X.dtypes).all()
    np.testing.assert_array_equal(y_out[: len(y)], y)
    np.testing.assert_array_equal(smrt.synthetic_mask_, np.arange(len(X_out)) >= len(X))
    assert len(smrt.anchor_indices_) == smrt.synthetic_mask_.sum()
    for label in smrt.report_:
        real = X[y == label]
        synthetic = X_out[smrt.synthetic_mask_ & (y_out == label)]
        for name in X:
            assert_within_support(synthetic[name], real[name])
        anchors = smrt.anchor_indices_[y_out[smrt.synthetic_mask_] == label]
        assert (y[anchors[anchors >= 0]] == label).all()


def assert_within_support(synthetic: pd.Series, real: pd.Series) -> None:
    """A synthetic value lies in the class's range, on its levels and decimals."""
    if not real.isna().any():
        assert not synthetic.isna().any()
    present, seen = synthetic.dropna(), real.dropna()
    if seen.empty:
        assert present.empty
        return
    if present.empty:
        return
    if pd.api.types.is_bool_dtype(real.dtype) or not (
        pd.api.types.is_numeric_dtype(real.dtype) or real.dtype.kind == "M"
    ):
        assert set(present) <= set(seen)
        return
    assert present.min() >= seen.min()
    assert present.max() <= seen.max()
    if real.name.startswith("decimals"):
        np.testing.assert_allclose(present, present.round(2), rtol=0, atol=1e-12)
    if real.name.startswith("dates"):
        assert (present == present.dt.normalize()).all()


@FEW
@given(tables())
def test_same_seed_same_rows(table):
    X, y = table
    first, _ = sampler().fit_resample(X, y)
    second, _ = sampler().fit_resample(X, y)
    pd.testing.assert_frame_equal(first, second)


@FEW
@given(tables(), st.randoms(use_true_random=False))
def test_a_class_depends_on_its_own_rows_alone(table, random):
    """Acceptance apart, other classes' rows may move, change names or go."""
    X, y = table
    alone = sampler(acceptance=1, sampling_strategy={"rare": 25})
    X_before, _ = alone.fit_resample(X, y)

    others = np.flatnonzero(y != "rare")
    order = np.arange(len(y))
    order[others] = random.sample(list(others), len(others))
    X_moved = X.iloc[order].reset_index(drop=True)
    y_moved = np.where(y[order] == "big", "renamed", y[order]).astype(object)
    X_after, _ = sampler(acceptance=1, sampling_strategy={"rare": 25}).fit_resample(
        X_moved, y_moved
    )
    mask = alone.synthetic_mask_
    pd.testing.assert_frame_equal(X_before[mask], X_after[mask])


def test_acceptance_looks_at_other_classes_and_only_it():
    """The candidates are the same; which of them are kept depends on the other class."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(60, 2)), columns=["a", "b"])
    y = np.repeat(["big", "rare"], [45, 15])
    kept, _ = sampler(acceptance=4, draw="mixed").fit_resample(X, y)
    shifted = X + np.where(y == "rare", 0.0, 1.0)[:, None]
    kept_shifted, _ = sampler(acceptance=4, draw="mixed").fit_resample(shifted, y)
    assert not kept[60:].equals(kept_shifted[60:])

    many = {"rare": 15 + 4 * 30}
    every = sampler(acceptance=1, draw="mixed", sampling_strategy=many)
    candidates, _ = every.fit_resample(X, y)
    pool = set(map(tuple, candidates[60:].to_numpy()))
    assert set(map(tuple, kept[60:].to_numpy())) <= pool
    assert set(map(tuple, kept_shifted[60:].to_numpy())) <= pool


@pytest.mark.parametrize("n_rows", [1, 2, 7])
def test_a_tiny_class_falls_back_and_says_so(n_rows):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30 + n_rows, 3))
    y = np.repeat([0, 1], [30, n_rows])
    smrt = sampler()
    _, y_out = smrt.fit_resample(X, y)
    report = smrt.report_[1]
    assert report.method == ("random" if n_rows == 1 else "smote")
    assert report.reason
    assert smrt.models_[1] is None
    assert (y_out == 1).sum() == 30
    if n_rows > 1:
        assert report.n_copies == 0


def test_no_exact_copies_of_continuous_rows():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 2))
    y = np.repeat([0, 1], [50, 10])
    smrt = sampler()
    X_out, _ = smrt.fit_resample(X, y)
    real = set(map(tuple, X[y == 1]))
    assert not real & set(map(tuple, X_out[60:]))
    assert smrt.report_[1].closest_distance > 0
