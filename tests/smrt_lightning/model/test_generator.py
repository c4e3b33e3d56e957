"""What takes the autoencoder's place: anyone's generator, network and callbacks."""

import numpy as np
import pandas as pd
import pytest
import pytorch_lightning as pl
import torch
from sklearn.base import BaseEstimator

from smrt_lightning import SMRT, VariationalAutoEncoder
from smrt_lightning.errors import ParameterError, TableError, UnsupportedValueError
from smrt_lightning.model.network import VariationalNetwork
from smrt_lightning.seeds import numpy_generator

SHORT = {"n_hidden": 8, "min_steps": 50, "max_steps": 50, "random_state": 0}


class Jitter(BaseEstimator):
    """Real rows with noise on their numbers."""

    def __init__(self, scale=0.1, random_state=None):
        self.scale = scale
        self.random_state = random_state

    def fit(self, X):
        self.rows_ = X
        return self

    def draw(self, anchors, seed):
        rows = self.rows_.iloc[anchors].reset_index(drop=True)
        noise = numpy_generator(seed, "jitter").normal(size=len(rows))
        return rows.assign(x=rows["x"] + self.scale * noise)


class TooFew(Jitter):
    def draw(self, anchors, seed):
        return super().draw(anchors, seed).to_numpy()[:-1]


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": rng.normal(size=90), "k": rng.integers(0, 5, 90), "c": ["a", "b"] * 45})
    return X, np.repeat(["big", "rare"], [60, 30])


def test_any_generator_serves_as_the_model_of_a_class(table):
    X, y = table
    given = Jitter()
    sampler = SMRT(estimator=given, random_state=0)
    rows, labels = sampler.fit_resample(X, y)
    assert not hasattr(given, "rows_")  # cloned, and seeded as the autoencoder is
    assert sampler.models_["rare"].random_state is not None
    drawn = rows.iloc[90:].reset_index(drop=True)
    assert list(labels[90:]) == ["rare"] * 30
    assert rows.dtypes.equals(X.dtypes)
    origin = X.iloc[sampler.anchor_indices_].reset_index(drop=True)
    pd.testing.assert_frame_equal(drawn[["k", "c"]], origin[["k", "c"]])
    assert (drawn["x"] != origin["x"]).all()
    assert sampler.report_["rare"].method == "generator"
    pd.testing.assert_frame_equal(rows, SMRT(estimator=given, random_state=0).fit_resample(X, y)[0])
    assert len(sampler.generate("rare", 7, random_state=1)) == 7


def test_what_a_foreign_generator_cannot_do_is_said(table, tmp_path):
    X, y = table
    sampler = SMRT(estimator=Jitter(), random_state=0)
    sampler.fit_resample(X, y)
    with pytest.raises(UnsupportedValueError, match=r"class 'rare' is a Jitter; SMRT\.save"):
        sampler.save(tmp_path / "models")
    with pytest.raises(ParameterError, match="a Jitter draws in its own"):
        sampler.set_params(draw="anchored").fit_resample(X, y)
    with pytest.raises(TableError, match=r"TooFew.draw returned rows of shape \(\d+, 3\)"):
        SMRT(estimator=TooFew(), random_state=0).fit_resample(X, y)
    with pytest.raises(ValueError, match="estimator"):
        SMRT(estimator=object()).fit_resample(X, y)


class Doubled(VariationalNetwork):
    """A network of one's own: it sees rows one batch at a time, without padding."""

    seen: list[torch.Size] = []  # noqa: RUF012

    def costs(self, x, noise):
        self.seen.append(x.shape)
        cost, divergence = super().costs(x, noise)
        return cost, 2 * divergence


def test_a_network_of_ones_own_trains_in_the_same_loop(table, tmp_path):
    X, _ = table
    model = VariationalAutoEncoder(network=Doubled, batch_size=40, **SHORT).fit(X)
    assert isinstance(model.network_, Doubled)
    assert {shape[0] for shape in Doubled.seen} == {40, 10}
    assert {shape[1] for shape in Doubled.seen} == {model.rows_.shape[1]}
    assert model.epoch_costs_[-1] < model.epoch_costs_[0]
    assert len(model.generate(5, 0)) == 5
    with pytest.raises(UnsupportedValueError, match="network of your own cannot be saved"):
        model.save(tmp_path)


def test_a_subclass_that_changes_nothing_learns_what_the_default_learns(table):
    X, _ = table
    own = VariationalAutoEncoder(network=type("Own", (VariationalNetwork,), {}), **SHORT).fit(X)
    default = VariationalAutoEncoder(**SHORT).fit(X)
    np.testing.assert_allclose(own.epoch_costs_, default.epoch_costs_, rtol=1e-3)


class Watch(pl.Callback):
    def __init__(self):
        self.costs = []

    def on_train_epoch_end(self, trainer, pl_module):
        self.costs.append(float(trainer.callback_metrics.get("cost", np.nan)))


def test_callbacks_reach_the_trainer_and_change_no_byte(table):
    X, _ = table
    watch = Watch()
    model = VariationalAutoEncoder(callbacks=[watch], **SHORT).fit(X)
    assert len(watch.costs) == 2  # 50 steps are two epochs
    silent = VariationalAutoEncoder(**SHORT).fit(X)
    assert silent.epoch_costs_ == model.epoch_costs_
    stop = pl.callbacks.EarlyStopping(monitor="cost", min_delta=1e9, patience=1)
    assert len(VariationalAutoEncoder(callbacks=[stop], **SHORT).fit(X).epoch_costs_) <= 50
