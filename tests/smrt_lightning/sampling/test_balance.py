"""The original's functions: its names, its ratio, its reuse of models."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
import torch
from imblearn.over_sampling import SMOTE
from scipy import sparse

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


def test_smote_of_numbers_is_imbalanced_learns(table):
    X, y = table
    ours, _ = smote_balance(X, y, balance_ratio=1, shuffle=False, random_state=3)
    theirs, _ = SMOTE(random_state=3).fit_resample(X, y)
    pd.testing.assert_frame_equal(ours, theirs)


def test_smote_of_levels_alone_and_of_every_kind_of_column():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], [40, 12])
    levels = pd.DataFrame({"a": rng.choice(list("uvw"), 52), "b": rng.random(52) < 0.5})
    kinds = levels.assign(
        x=rng.normal(size=52),
        n=rng.integers(0, 9, 52),
        day=pd.date_range("2024-01-01", periods=52),
        grade=pd.Categorical(rng.choice(["lo", "hi"], 52), categories=["hi", "lo", "never"]),
    )
    for X in (levels, kinds):
        rows, labels = smote_balance(X, y, balance_ratio=1, shuffle=False, random_state=0)
        assert Counter(labels) == {0: 40, 1: 40}
        assert rows.dtypes.equals(X.dtypes)
        pd.testing.assert_frame_equal(rows[:52], X)
        assert set(rows["a"][52:]) <= set(X["a"][y == 1])
    assert rows["day"][52:].between(X["day"][40], X["day"][51]).all()


@pytest.mark.parametrize("n_rare", [1, 2, 3, 5, 6])
def test_a_class_of_few_rows_uses_the_neighbours_that_it_has(n_rare):
    X = np.arange(2.0 * (30 + n_rare)).reshape(-1, 2)
    y = np.repeat([0, 1], [30, n_rare])
    rows, labels = smote_balance(X, y, balance_ratio=0.5, shuffle=False, random_state=0)
    assert Counter(labels) == {0: 30, 1: 15}
    assert (rows[30 + n_rare :] >= X[30]).all()


def test_missing_numbers_are_refused_by_smote_with_a_way_out():
    X = pd.DataFrame({"x": [1.0, 2, 3, np.nan, 5, 6], "w": range(6)})
    with pytest.raises(TableError, match=r"'x' has missing numbers.*smrt_balance"):
        smote_balance(X, [0, 0, 0, 0, 1, 1], balance_ratio=1)


@pytest.mark.parametrize("to", [np.asarray, torch.tensor, sparse.csr_matrix, np.ndarray.tolist])
def test_a_shuffled_table_comes_back_in_its_container(to):
    y = np.repeat([0, 1], [30, 9])
    X = np.c_[y * 10.0 + np.arange(39) / 39, np.ones(39)]
    rows, labels = smote_balance(to(X), y, balance_ratio=1, random_state=0)
    assert type(rows) is type(to(X))
    dense = rows.toarray() if sparse.issparse(rows) else np.asarray(rows)
    assert ((dense[:, 0] >= 10) == labels).all()
    assert Counter(labels.tolist()) == {0: 30, 1: 30}
