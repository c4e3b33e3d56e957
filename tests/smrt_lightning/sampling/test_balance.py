"""The original's functions: its names, its ratio, its reuse of models."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from smrt_lightning import VariationalAutoEncoder, smote_balance, smrt_balance
from smrt_lightning.errors import NotFoundError, ParameterError, TableError

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


def test_neighbours_have_two_names(table):
    X, y = table
    one, _ = smote_balance(X, y, balance_ratio=1, n_neighbors=3, random_state=0)
    other, _ = smote_balance(X, y, balance_ratio=1, k_neighbors=3, random_state=0)
    default, _ = smote_balance(X, y, balance_ratio=1, random_state=0)
    pd.testing.assert_frame_equal(one, other)
    assert not one.equals(default)
    with pytest.raises(ParameterError, match="k_neighbors=3 and n_neighbors=5 are two names"):
        smote_balance(X, y, k_neighbors=3, n_neighbors=5)


def test_smote_returns_the_neighbours_it_searched(table):
    X, y = table
    search = {"algorithm": "kd_tree", "leaf_size": 10, "p": 1, "metric": "minkowski", "n_jobs": 1}
    out = smote_balance(
        X, y, balance_ratio=0.3, n_neighbors=4, random_state=0, return_estimators=True, **search
    )
    assert len(out) == 3
    assert out[2]["a"] is None
    assert out[2]["b"] is None
    found = out[2]["c"].kneighbors(X[y == "c"], return_distance=False)
    assert found.shape == (9, 5)
    assert out[2]["c"].get_params()["p"] == 1
    euclidean, _ = smote_balance(X, y, balance_ratio=0.3, n_neighbors=4, random_state=0)
    assert not out[0].equals(euclidean)


def test_neighbours_of_categories_are_not_returned(table):
    X, y = table
    X = X.assign(w=np.where(X["u"] > 0, "yes", "no"))
    assert len(smote_balance(X, y, balance_ratio=1, random_state=0)[0]) == 150
    with pytest.raises(ParameterError, match="these columns hold none: w"):
        smote_balance(X, y, return_estimators=True)


def test_only_the_sound_strategy_is_kept(table):
    with pytest.raises(ParameterError, match="'interpolate'; allowed is 'perturb'"):
        smote_balance(*table, strategy="interpolate")


@pytest.mark.parametrize("balance", [smrt_balance, smote_balance])
def test_labels_are_one_a_row(table, balance):
    X, y = table
    with pytest.raises(TableError, match=r"one-hot: give y.argmax\(axis=1\)"):
        balance(X, pd.get_dummies(pd.Series(y)).to_numpy().astype(int))
    with pytest.raises(TableError, match=r"shape \(79, 2\); it is one label a row\.$"):
        balance(X, np.zeros((79, 2)))


@pytest.mark.parametrize(
    ("balance", "name", "near"),
    [
        (smrt_balance, "balanse_ratio", "balance_ratio"),
        (smrt_balance, "n_epoch", "n_epochs"),
        (smote_balance, "n_neighbours", "n_neighbors"),
        (smote_balance, "leafsize", "leaf_size"),
    ],
)
def test_an_unknown_name_gets_the_nearest(table, balance, name, near):
    with pytest.raises(
        TypeError, match=f"{balance.__name__} takes no '{name}'; did you mean {near}"
    ):
        balance(*table, **{name: 1})


def test_what_has_no_meaning_is_refused(table):
    with pytest.raises(TypeError, match=r"smrt_balance takes no eps: .*leave eps out"):
        smrt_balance(*table, eps=1e-10)


def test_models_of_no_class_are_refused(table):
    given = {"d": VariationalAutoEncoder()}
    with pytest.raises(NotFoundError, match="the class 'd'; the classes of y are 'a', 'b', 'c'"):
        smrt_balance(*table, prefit_estimators=given)


def test_widths_may_be_given_by_position(table):
    *_, models = smrt_balance(
        *table, 7, 3, balance_ratio=1, n_epochs=1, return_estimators=True, random_state=0
    )
    assert models["c"].get_params()["n_hidden"] == 7
    assert models["c"].get_params()["n_latent_factors"] == 3
