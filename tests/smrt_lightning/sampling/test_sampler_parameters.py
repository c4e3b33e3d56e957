"""SMRT's parameters about columns, processes and progress."""

import numpy as np
import pandas as pd
import pytest
import torch
from strategies import QUICK

from smrt_lightning import SMRT, VariationalAutoEncoder
from smrt_lightning.errors import ParameterError
from smrt_lightning.table.kinds import asked_kinds

N = 60
Y = np.repeat(["big", "rare", "rarer"], [40, 15, 5])
rng = np.random.default_rng(11)
CODES = np.r_[rng.integers(0, 60, N - 5), [10, 27, 33, 39, 58]]
TABLE = pd.DataFrame({"x": rng.normal(size=N), "code": CODES, "z": rng.normal(size=N)})


def smrt(**parameters):
    return SMRT(random_state=0, estimator=QUICK, **parameters)


@pytest.mark.parametrize(
    "parameters",
    [
        {"column_kinds": {"code": "categorical"}},
        {"categorical_features": ["code"]},
        {"categorical_features": [1]},
        {"categorical_features": [-2]},
        {"categorical_features": np.array([False, True, False])},
    ],
)
def test_a_code_is_a_category_in_whatever_way_it_is_said(parameters):
    sampler = smrt(**parameters)
    rows, labels = sampler.fit_resample(TABLE, Y)
    for label in ("rare", "rarer"):  # one of them with a model, the other below min_rows
        assert set(rows["code"][labels == label]) == set(TABLE["code"][label == Y])
    assert sampler.models_["rarer"] is None


def test_a_code_that_nobody_calls_a_category_is_a_number():
    rows, labels = smrt(sampling_strategy={"rarer": 40}).fit_resample(TABLE, Y)
    assert set(rows["code"][labels == "rarer"]) > set(TABLE["code"][Y == "rarer"])


def test_an_arrays_columns_are_named_by_number():
    array = TABLE.to_numpy()
    rows, labels = smrt(column_kinds={1: "categorical"}).fit_resample(array, Y)
    assert set(rows[labels == "rarer", 1]) == set(array[Y == "rarer", 1])


def test_what_the_estimator_says_is_kept_beside_it():
    estimator = VariationalAutoEncoder(**QUICK.get_params()).set_params(
        column_kinds={"x": "categorical"}
    )
    sampler = SMRT(random_state=0, estimator=estimator, categorical_features=["code"])
    rows, _ = sampler.fit_resample(TABLE, Y)
    assert set(rows["x"]) == set(TABLE["x"])
    assert set(rows["code"]) == set(TABLE["code"])
    assert estimator.column_kinds == {"x": "categorical"}


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"column_kinds": {"cod": "categorical"}}, "column_kinds names 'cod', which is no column"),
        ({"categorical_features": ["cod"]}, "categorical_features names 'cod'"),
        ({"categorical_features": [3]}, "categorical_features names 3"),
        ({"categorical_features": [True, False]}, "a mask of 2 values, .* has 3 columns"),
        (
            {"categorical_features": ["code"], "column_kinds": {"code": "numeric"}},
            "'numeric' for column 'code', which is among categorical_features",
        ),
    ],
)
def test_columns_that_do_not_exist_are_named(parameters, message):
    with pytest.raises(ParameterError, match=message):
        smrt(**parameters).fit_resample(TABLE, Y)


def test_auto_leaves_the_kinds_to_the_columns():
    assert asked_kinds(TABLE, None, "auto") == asked_kinds(TABLE, None, None) == {}


@pytest.mark.slow
def test_the_number_of_processes_changes_nothing():
    alone, several = smrt(), smrt(n_jobs=2)
    rows, _ = alone.fit_resample(TABLE, Y)
    same, _ = several.fit_resample(TABLE, Y)
    pd.testing.assert_frame_equal(rows, same)
    np.testing.assert_array_equal(alone.anchor_indices_, several.anchor_indices_)
    again = [sampler.generate("rare", 5, random_state=1) for sampler in (alone, several)]
    pd.testing.assert_frame_equal(*again)


def test_progress_is_shown_on_the_standard_error_when_asked_for(capsys):
    smrt().fit_resample(TABLE, Y)
    assert capsys.readouterr() == ("", "")
    smrt(verbose=1).fit_resample(TABLE, Y)
    out, err = capsys.readouterr()
    assert out == ""
    assert "rarer" in err
    assert "100%" in err


def test_a_model_of_other_columns_is_refused_before_anything_is_trained(monkeypatch):
    model = VariationalAutoEncoder(**QUICK.get_params())
    model.fit(TABLE[Y == "rare"].rename(columns={"z": "w"}))
    monkeypatch.setattr("smrt_lightning.sampling.sampler.fit_models", pytest.fail)
    with pytest.raises(ParameterError, match=r"\['rare'\] was fitted .* lacks 'w' and has 'z'"):
        smrt(prefit_estimators={"rare": model}).fit_resample(TABLE, Y)
    with pytest.raises(ParameterError, match="lacks 'x', 'code', 'w' and has 0, 1, 2 as well"):
        smrt(prefit_estimators={"rare": model}).fit_resample(TABLE.to_numpy(), Y)


def test_a_model_of_the_same_columns_in_another_order_fits():
    model = VariationalAutoEncoder(**QUICK.get_params()).fit(
        TABLE.loc[Y == "rare", ["z", "code", "x"]]
    )
    rows, _ = smrt(prefit_estimators={"rare": model}).fit_resample(TABLE, Y)
    assert rows.dtypes.equals(TABLE.dtypes)
    assert rows.notna().all(axis=None)


@pytest.mark.parametrize("to", [np.asarray, torch.tensor, np.ndarray.tolist])
def test_a_saved_sampler_gives_rows_in_the_container_of_the_fit(to, tmp_path):
    X = to(TABLE.to_numpy())
    sampler = smrt()
    sampler.fit_resample(X, Y)
    sampler.save(tmp_path)
    drawn, read = (
        each.generate("rare", 3, random_state=0) for each in (sampler, SMRT.load(tmp_path))
    )
    assert type(drawn) is type(read) is type(X)
    np.testing.assert_array_equal(np.asarray(drawn), np.asarray(read))
