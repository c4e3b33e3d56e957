"""Models come back as they were; anything else is refused, and nothing in a directory runs."""

import hashlib
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from safetensors.numpy import load, save
from strategies import QUICK, tables

from smrt_lightning import SMRT, VariationalAutoEncoder
from smrt_lightning.errors import DamagedFileError, MissingFileError, SmrtError
from smrt_lightning.model.storage import _digest, class_directory


@pytest.fixture(scope="module")
def model():
    rng = np.random.default_rng(0)
    return QUICK.fit(pd.DataFrame(rng.normal(size=(20, 2)), columns=["a", "b"]))


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(tables())
def test_round_trip_generates_the_same_rows(tmp_path_factory, table):
    X, y = table
    X, y = X[y == "big"], y[y == "big"]
    fitted = VariationalAutoEncoder(**QUICK.get_params()).set_params(random_state=0).fit(X)
    directory = tmp_path_factory.mktemp("model")
    fitted.save(directory)
    loaded = VariationalAutoEncoder.load(directory)
    pd.testing.assert_frame_equal(loaded.generate(9, 1), fitted.generate(9, 1))
    np.testing.assert_array_equal(loaded.reconstruction_error(X), fitted.reconstruction_error(X))
    again = tmp_path_factory.mktemp("again")
    loaded.save(again)
    for name in ("model.json", "weights.safetensors"):
        assert (again / name).read_bytes() == (directory / name).read_bytes()


def test_sampler_round_trip_with_hostile_labels(tmp_path):
    rng = np.random.default_rng(0)
    labels = ["../../escape", "<script>", "x" * 300, "ordinary"]
    X = rng.normal(size=(70, 2))
    y = np.repeat(np.array(labels, dtype=object), [10, 10, 10, 40])
    smrt = SMRT(random_state=0, estimator=QUICK)
    smrt.fit_resample(X, y)
    smrt.save(tmp_path / "models")
    assert {path.parent for path in (tmp_path).rglob("model.json")} == {
        tmp_path / "models" / class_directory(label) for label in labels[:3]
    }
    loaded = SMRT.load(tmp_path / "models")
    for label in labels[:3]:
        np.testing.assert_array_equal(loaded.generate(label, 5, 1), smrt.generate(label, 5, 1))


def _edit(path, **changes):
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, **changes}))


def _forge(path, **changes):
    """Edit and sign again, as an attacker would."""
    content = {**json.loads(path.read_text()), **changes}
    del content["sha256"]
    path.write_text(json.dumps({**content, "sha256": _digest(content)}))


def _forge_weights(directory, **changes):
    path = directory / "weights.safetensors"
    path.write_bytes(save({**load(path.read_bytes()), **changes}))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    _forge(directory / "model.json", weights_sha256=digest)


def _forge_number(directory, name, value):
    columns = json.loads((directory / "model.json").read_text())["columns"]
    columns[0]["numeric"][name] = value
    _forge(directory / "model.json", columns=columns)


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (lambda d: (d / "model.json").unlink(), MissingFileError),
        (lambda d: (d / "weights.safetensors").unlink(), MissingFileError),
        (lambda d: (d / "model.json").write_text("{"), DamagedFileError),
        (
            lambda d: (d / "weights.safetensors").write_bytes(
                (d / "weights.safetensors").read_bytes()[:-10]
            ),
            DamagedFileError,
        ),
        (
            lambda d: (d / "weights.safetensors").write_bytes(
                (d / "weights.safetensors").read_bytes()[:-1] + b"\x01"
            ),
            DamagedFileError,
        ),
        (lambda d: _edit(d / "model.json", seed=99), DamagedFileError),
        (lambda d: _edit(d / "model.json", version=99), DamagedFileError),
        (lambda d: _edit(d / "model.json", format="another"), DamagedFileError),
        (lambda d: (d / "model.json").write_text("[1]"), DamagedFileError),
        (lambda d: _forge(d / "model.json", columns=[{"name": "x"}]), DamagedFileError),
        (lambda d: _forge(d / "model.json", sizes=[3, 3]), DamagedFileError),
        (lambda d: _forge(d / "model.json", parameters={"system": "rm"}), DamagedFileError),
        (lambda d: _forge(d / "model.json", sizes=[10**9, 10**9]), DamagedFileError),
        (lambda d: _forge(d / "model.json", table=[["a", "V1000000000"]]), DamagedFileError),
        (lambda d: _forge(d / "model.json", columns={}), DamagedFileError),
        (
            lambda d: _forge_number(d, "range", [{"float": "nan"}, {"float": "0x1p3"}]),
            DamagedFileError,
        ),
        (lambda d: _forge_number(d, "range", ["x", "y"]), DamagedFileError),
        (lambda d: _forge_number(d, "counted", {"shrink": {"float": "nan"}}), DamagedFileError),
        (lambda d: _forge_number(d, "counted", {"unit": -1}), DamagedFileError),
        (lambda d: _forge_weights(d, rows=np.zeros((5, 2), np.float64)), DamagedFileError),
        (lambda d: _forge(d / "model.json", container=[]), DamagedFileError),
        (lambda d: (d / "model.json").write_text("[" * 100_000), DamagedFileError),
        (lambda d: _forge_weights(d, rows=np.zeros((0, 2), np.float32)), DamagedFileError),
        (lambda d: _forge_weights(d, rows=np.zeros((5, 3), np.float32)), DamagedFileError),
        (lambda d: _forge_weights(d, rows=np.full((5, 2), np.nan, np.float32)), DamagedFileError),
        (lambda d: _forge_weights(d, **{"ticks.0": np.full(20, np.nan)}), DamagedFileError),
    ],
)
def test_a_damaged_model_is_refused(tmp_path, model, damage, error):
    model.save(tmp_path)
    damage(tmp_path)
    with pytest.raises(error) as caught:
        VariationalAutoEncoder.load(tmp_path)
    assert isinstance(caught.value, SmrtError)
    assert str(tmp_path) in str(caught.value)
