"""The estimators: what training leaves behind, and what it leaves alone."""

import copy
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
import torch

from smrt_lightning import AutoEncoder, VariationalAutoEncoder
from smrt_lightning.errors import (
    ParameterError,
    SmrtError,
    TableError,
    TrainingDivergedError,
    UnsupportedValueError,
)

SHORT = {"n_hidden": 16, "min_steps": 60, "max_steps": 60, "accelerator": "cpu"}


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    latent = rng.normal(size=(80, 2))
    return latent @ rng.normal(size=(2, 6)) + 0.1 * rng.normal(size=(80, 6))


@pytest.fixture(scope="module")
def trained(rows):
    return VariationalAutoEncoder(min_steps=600, max_steps=600, random_state=0).fit(rows)


def test_training_lowers_the_cost_and_reconstructs(rows):
    model = VariationalAutoEncoder(min_steps=400, max_steps=400, random_state=0).fit(rows)
    assert model.epoch_costs_[-1] < model.epoch_costs_[0] - 2
    error = np.abs(model.feed_forward(rows) - rows).mean() / np.abs(rows - rows.mean(0)).mean()
    assert error < 0.35
    assert model.encode(rows).shape == (80, 3)


@pytest.mark.parametrize(("n_columns", "size"), [(2, 32), (31, 64), (32, 128), (400, 256)])
def test_layers_are_wider_than_twice_the_table(n_columns, size):
    X = np.random.default_rng(0).normal(size=(12, n_columns))
    model = VariationalAutoEncoder(min_steps=1, max_steps=1, random_state=0).fit(X)
    assert model.codec_.layout.width == n_columns
    assert model.sizes_ == (size, size)


def test_plain_autoencoder_reconstructs(rows):
    model = AutoEncoder([16, 2], min_steps=400, max_steps=400, random_state=0).fit(rows)
    assert model.transform(rows).shape == (80, 2)
    error = np.abs(model.feed_forward(rows) - rows).mean() / np.abs(rows - rows.mean(0)).mean()
    assert error < 0.35


@pytest.mark.parametrize("draw", ["anchored", "free", "prior", "interpolation"])
def test_draws_keep_mean_and_spread(rows, trained, draw):
    """Never the mean alone: decoding without noise would shrink the spread."""
    drawn = copy.copy(trained).set_params(draw=draw).generate(2000, random_state=1)
    spread = drawn.std(axis=0) / rows.std(axis=0)
    assert spread.min() > 0.7
    assert spread.max() < 1.3
    np.testing.assert_array_less(np.abs(drawn.mean(0) - rows.mean(0)), 0.35 * rows.std(0))


def test_global_random_states_are_left_alone(rows):
    torch_before, numpy_before = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    model = VariationalAutoEncoder(dropout=0.2, random_state=0, **SHORT).fit(rows)
    model.generate(5)
    assert torch.equal(torch_before, torch.get_rng_state())
    np.testing.assert_array_equal(numpy_before, np.random.get_state()[1])  # noqa: NPY002


def test_fits_that_share_a_process_do_not_share_a_stream(rows):
    def fit(seed):
        return VariationalAutoEncoder(dropout=0.2, random_state=seed, **SHORT).fit(rows)

    n_threads = torch.get_num_threads()
    alone = [fit(seed).epoch_costs_ for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        together = [model.epoch_costs_ for model in pool.map(fit, range(4))]
        assert torch.get_num_threads() == n_threads
    assert together == alone
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(torch.get_num_threads).result() == n_threads


def test_no_number_of_threads_changes_a_bit():
    """Of three threads each gets a third of these sums, which then differ in their last bits."""
    rows = np.random.default_rng(0).normal(size=(2000, 60))
    model = VariationalAutoEncoder(random_state=0, min_steps=10, max_steps=10).fit(rows)
    before = torch.get_num_threads()
    seen = []
    try:
        for n_threads in (1, 3):
            torch.set_num_threads(n_threads)
            drawn = model.generate(2000, random_state=1)
            told = model.encode(rows), model.feed_forward(rows), model.reconstruction_error(rows)
            seen.append(b"".join(values.tobytes() for values in (drawn, *told)))
            assert torch.get_num_threads() == n_threads
    finally:
        torch.set_num_threads(before)
    assert seen[0] == seen[1]


def test_training_says_nothing(rows, capfd, caplog):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        VariationalAutoEncoder(random_state=0, **SHORT).fit(rows)
    captured = capfd.readouterr()
    assert captured.out == captured.err == ""
    assert not caplog.records


def test_early_stopping_waits_for_the_least_steps():
    rows = np.random.default_rng(0).normal(size=(20, 2))
    long = VariationalAutoEncoder(
        n_epochs=3000, min_steps=100, max_steps=3000, min_change=1e9, random_state=0
    ).fit(rows)
    assert 100 <= len(long.epoch_costs_) < 500


def test_divergence_is_an_error_or_is_recovered(rows):
    wild = VariationalAutoEncoder(
        learning_function="sgd", learning_rate=1e30, clip=0, random_state=0, **SHORT
    )
    with pytest.raises(TrainingDivergedError, match="learning_rate"):
        wild.fit(rows)


def test_missing_values_return_at_their_rate():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"x": rng.normal(size=300), "c": rng.choice(["a", "b"], 300)})
    table.loc[rng.random(300) < 0.3, "x"] = np.nan
    table.loc[rng.random(300) < 0.2, "c"] = np.nan
    drawn = VariationalAutoEncoder(random_state=0).fit(table).generate(3000, random_state=0)
    assert drawn["x"].isna().mean() == pytest.approx(0.3, abs=0.06)
    assert drawn["c"].isna().mean() == pytest.approx(0.2, abs=0.06)


def test_ten_thousand_levels_share_a_place():
    table = pd.DataFrame({"id": [f"level {i % 10_000}" for i in range(10_050)]})
    table["x"] = np.random.default_rng(0).normal(size=len(table))
    model = VariationalAutoEncoder(random_state=0, **SHORT).fit(table)
    assert model.rows_.shape[1] == 101
    assert "10,000 levels" in model.codec_.notes[0]
    assert "max_levels" in model.codec_.notes[0]
    assert set(model.generate(50, 0)["id"]) <= set(table["id"])


@pytest.mark.parametrize(
    ("table", "error"),
    [
        (pd.DataFrame({"x": [1.0, np.inf, 2.0]}), TableError),
        (pd.DataFrame([[1, 2], [3, 4]], columns=["x", "x"]), TableError),
        (pd.DataFrame({"x": [[1], [2], [3]]}), UnsupportedValueError),
        (pd.DataFrame({"x": [1 + 2j, 3j, 4]}), UnsupportedValueError),
    ],
)
def test_columns_that_cannot_be_learned_are_refused(table, error):
    with pytest.raises(error) as caught:
        VariationalAutoEncoder(**SHORT).fit(table)
    assert isinstance(caught.value, SmrtError)


def test_column_kinds_override_and_are_checked():
    table = pd.DataFrame({"code": np.arange(30) % 5, "x": np.arange(30.0)})
    model = VariationalAutoEncoder(column_kinds={"code": "categorical"}, **SHORT).fit(table)
    assert model.rows_.shape[1] == 1 + 5
    for kinds in ({"other": "numeric"}, {"code": "ordinal"}):
        with pytest.raises(ParameterError):
            VariationalAutoEncoder(column_kinds=kinds, **SHORT).fit(table)
