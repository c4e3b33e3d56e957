"""The original's functions: its names, its ratio, its reuse of models."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from smrt_lightning import VariationalAutoEncoder, smote_balance, smrt_balance
from smrt_lightning.errors import ParameterError

QUICK = {"n_hidden": 8, "n_latent_factors": 2, "min_steps": 5, "max_steps": 5}


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    y = np.repeat(["a", "b", "c"], [50, 20, 9])
    return pd.DataFrame(rng.normal(size=(79, 3)), columns=list("uvw")), y


@pytest.mark.parametrize("balance", [smrt_balance, smote_balance])
def test_classes_below_the_ratio_are_raised_to_it(table, balance):
    X, y = table
    options = QUICK if balance is smrt_balance else {}
    X_out, y_out = balance(X, y, balance_ratio=0.3, random_state=0, **options)
    assert Counter(y_out) == {"a": 50, "b": 20, "c": 15}
    assert list(X_out) == list(X)
    unshuffled, _ = balance(X, y, balance_ratio=0.3, shuffle=False, random_state=0, **options)
    pd.testing.assert_frame_equal(unshuffled.iloc[:79], X)
    assert not X_out.iloc[:79].reset_index(drop=True).equals(X)


def test_missing_models_are_fitted_and_the_others_reused(table):
    X, y = table
    prefit = VariationalAutoEncoder(random_state=0, **QUICK).fit(X[y == "b"])
    *_, models = smrt_balance(
        X,
        y,
        balance_ratio=1,
        prefit_estimators={"b": prefit},
        return_estimators=True,
        random_state=0,
        **QUICK,
    )
    assert models["b"] is prefit
    assert isinstance(models["c"], VariationalAutoEncoder)


def test_prior_draws_need_no_samples(table):
    X, y = table
    near, _ = smrt_balance(X, y, random_state=0, shuffle=False, balance_ratio=1, **QUICK)
    prior, _ = smrt_balance(
        X, y, random_state=0, shuffle=False, balance_ratio=1, gen_from_samples=False, **QUICK
    )
    assert not near.iloc[79:].equals(prior.iloc[79:])


@pytest.mark.parametrize("ratio", [0, -1, 1.5])
def test_a_ratio_outside_its_range_is_refused(table, ratio):
    with pytest.raises(ParameterError, match="above 0 and up to 1"):
        smrt_balance(*table, balance_ratio=ratio)
