"""The original's constructor parameters: each does what its name says, or is refused with words."""

import logging

import numpy as np
import pytest
import torch
from sklearn.base import clone

from smrt_lightning import AutoEncoder, VariationalAutoEncoder
from smrt_lightning.model.original import GONE

ROWS = np.random.default_rng(0).normal(size=(90, 4)).astype("float32")
BOTH = pytest.mark.parametrize("kind", [AutoEncoder, VariationalAutoEncoder])


def fit(kind=AutoEncoder, **parameters):
    parameters = {"n_epochs": 3, "batch_size": 30, "random_state": 0, **parameters}
    return kind(6, **parameters).fit(ROWS)


@BOTH
@pytest.mark.parametrize("n_epochs", [1, 7, 40])
def test_epochs_that_are_set_are_honoured(kind, n_epochs):
    model = fit(kind, n_epochs=n_epochs, early_stopping=False)
    assert len(model.epoch_costs_) == n_epochs


def test_epochs_that_are_not_set_follow_from_the_rows():
    assert len(fit(n_epochs=None, early_stopping=False).epoch_costs_) == 200  # 600 of 3 steps
    assert len(fit(n_epochs=None, max_steps=30, early_stopping=False).epoch_costs_) == 10


def test_a_bound_on_the_steps_cuts_epochs_aloud(caplog):
    with caplog.at_level(logging.WARNING):
        model = fit(n_epochs=10, max_steps=12)
    assert len(model.epoch_costs_) == 4
    assert "n_epochs=10 are 30 steps of 30 rows; max_steps=12 ends them in epoch 4" in caplog.text


@pytest.mark.parametrize(
    ("clip", "bound"), [(True, 5.0), (2.0, 2.0), (False, 0.0), (None, 0.0), (0, 0.0)]
)
def test_clip_takes_a_bound_or_a_word(clip, bound):
    assert AutoEncoder(clip=clip)._schedule(90).clip == bound


def test_a_bound_on_the_norm_binds():
    slow = {"learning_function": "sgd", "learning_rate": 0.01, "n_epochs": 2}
    assert fit(clip=1e-3, **slow).epoch_costs_[-1] > fit(clip=False, **slow).epoch_costs_[-1]


def test_bounds_on_each_entry_of_the_gradient():
    still = fit(gclip_min=-1e-12, gclip_max=1e-12, learning_function="sgd", l2_penalty=None)
    start = fit(learning_function="sgd", learning_rate=1e-12, l2_penalty=None)
    for a, b in zip(still.network_.parameters(), start.network_.parameters(), strict=True):
        torch.testing.assert_close(a, b, atol=1e-9, rtol=0)
    off = fit(clip=False, gclip_min=-1e-12, gclip_max=1e-12)
    assert off.epoch_costs_ == fit(clip=False).epoch_costs_


def test_no_penalty_is_none_or_zero():
    assert fit(l2_penalty=None).epoch_costs_ == fit(l2_penalty=0).epoch_costs_
    assert fit(l2_penalty=None).epoch_costs_ != fit(l2_penalty=10.0).epoch_costs_


@BOTH
def test_first_weights_and_biases(kind):
    tiny = {"learning_function": "sgd", "learning_rate": 1e-12, "l2_penalty": None, "n_epochs": 1}
    wide = kind(2000, layer_type="gaussian", bias_strategy="ones", random_state=0, **tiny).fit(ROWS)
    layer = wide.network_.encoder[0]
    assert layer.weight.std().item() == pytest.approx((2 / 4) ** 0.5, rel=0.05)
    assert torch.allclose(layer.bias, torch.ones(2000))
    uniform = kind(2000, random_state=0, **tiny).fit(ROWS).network_.encoder[0]
    assert uniform.weight.abs().max() <= (6 / 2004) ** 0.5
    assert torch.allclose(uniform.bias, torch.zeros(2000), atol=1e-9)


@pytest.mark.parametrize(
    "learning_function", ["adam", "rms_prop", "sgd", "momentum", "adagrad", "adadelta"]
)
def test_learning_functions_lower_the_cost(learning_function):
    rate = 1.0 if learning_function == "adadelta" else 0.02
    model = fit(n_epochs=60, learning_function=learning_function, learning_rate=rate)
    assert model.epoch_costs_[-1] < model.epoch_costs_[0]


def test_a_share_of_the_columns_as_latent_factors():
    assert fit(VariationalAutoEncoder, n_latent_factors=0.75).encode(ROWS).shape == (90, 3)
    assert fit(VariationalAutoEncoder, n_latent_factors=0.1).encode(ROWS).shape == (90, 2)


def test_a_linear_network():
    assert len(fit(activation_function="identity").epoch_costs_) == 3


@BOTH
@pytest.mark.parametrize("name", sorted(GONE))
def test_what_has_no_meaning_is_refused_with_what_has(kind, name):
    with pytest.raises(TypeError, match=f"{kind.__name__} takes no {name}: "):
        kind(**{name: 1})


@BOTH
def test_an_unknown_name_gets_the_nearest(kind):
    with pytest.raises(TypeError, match=r"takes no 'n_hiden'; did you mean n_hidden\?"):
        kind(n_hiden=3)
    with pytest.raises(TypeError, match="takes no 'zzz'; allowed are accelerator, "):
        kind(zzz=3)


def test_the_originals_dropout_is_told_from_this_one():
    with pytest.raises(ValueError, match=r"the share that is kept: write dropout=0.0 for its 1.0"):
        fit(dropout=1.0)


@BOTH
def test_parameters_survive_a_clone(kind):
    given = {"n_epochs": 5, "clip": True, "gclip_min": -1.0, "l2_penalty": None, "verbose": 2}
    assert clone(kind(4, **given)).get_params() == kind(4, **given).get_params()
