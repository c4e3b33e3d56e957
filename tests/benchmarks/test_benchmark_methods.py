import numpy as np
import pandas as pd
import pytest

from benchmarks.datasets import Table
from benchmarks.methods import METHODS, VARIANTS, MatrixCodec, absent

PEERS = [
    name for name in METHODS if name not in ("none", "class_weight", "smrt") and not absent(name)
]


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], [80, 20])
    X = pd.DataFrame(
        {
            "colour": rng.choice(["red", "blue", "<b>"], 100),
            "size": rng.normal(100 + 40 * y, 30),
            "count": rng.integers(0, 200, 100).astype("uint8"),
            "shape": rng.choice(["1", "2"], 100),
        },
        index=np.arange(100),
    )
    return Table(X, y, ["colour", "shape"])


@pytest.mark.parametrize("one_hot", [False, True])
def test_the_codec_brings_a_table_back(table, one_hot):
    codec = MatrixCodec(table, one_hot=one_hot)
    Z = codec.encode(table.X)
    np.testing.assert_allclose(Z[:, : codec.n_numeric].mean(axis=0), 0, atol=1e-12)
    assert Z.shape[1] == (7 if one_hot else 4)
    pd.testing.assert_frame_equal(codec.decode(Z), table.X)


def test_pixels_are_divided_by_the_brightest():
    X = pd.DataFrame({"edge": [0, 0, 0, 128], "centre": [0, 255, 51, 102]}, dtype="uint8")
    codec = MatrixCodec(Table(X, np.array([0, 0, 0, 1]), brightest=255.0), one_hot=False)
    np.testing.assert_array_equal(codec.encode(X), X.to_numpy() / 255)
    pd.testing.assert_frame_equal(codec.decode(codec.encode(X)), X)


def test_the_codec_keeps_integers_whole_and_in_range(table):
    codec = MatrixCodec(table, one_hot=False)
    Z = codec.encode(table.X)
    Z[:, 1] *= 10
    assert codec.decode(Z)["count"].dtype == "uint8"
    assert set(codec.decode(Z)["count"]) >= {0, 255}


@pytest.mark.parametrize("name", PEERS)
@pytest.mark.parametrize("ratio", [1.0, 0.5])
def test_a_peer_balances_a_mixed_table_in_its_own_units(table, name, ratio):
    X, y = table.X, table.y
    X_out, y_out, note = METHODS[name](table, ratio, 0)
    assert not note.startswith("left alone")
    pd.testing.assert_series_equal(X_out.dtypes, X.dtypes)
    assert set(X_out["colour"]) <= set(X["colour"])
    if name == "smote_enn":  # it cleans afterwards
        assert y_out.mean() > y.mean()
        return
    pd.testing.assert_frame_equal(X_out.iloc[: len(X)].reset_index(drop=True), X)
    np.testing.assert_array_equal(y_out[: len(y)], y)
    rare = (y_out == 1).sum()
    assert abs(rare - ratio * (y == 0).sum()) <= (8 if name == "adasyn" else 0)
    again, _, _ = METHODS[name](table, ratio, 0)
    pd.testing.assert_frame_equal(X_out, again)


def test_the_gaussian_method_draws_the_class_mean_and_spread():
    rng = np.random.default_rng(1)
    y = np.repeat([0, 1], [4000, 300])
    X = pd.DataFrame({"a": rng.normal(0, 1, 4300), "b": rng.normal(0, 1, 4300)})
    X.loc[y == 1, "a"] += 5
    X.loc[y == 1, "b"] = X.loc[y == 1, "a"] * 2
    drawn = METHODS["gaussian"](Table(X, y), 1.0, 0)[0].iloc[4300:]
    real = X[y == 1]
    np.testing.assert_allclose(drawn.mean(), real.mean(), atol=0.15)
    np.testing.assert_allclose(drawn.std(), real.std(), rtol=0.1)
    assert drawn["a"].corr(drawn["b"]) > 0.9


def test_a_variant_without_its_package_says_what_to_install(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    for name in VARIANTS:
        assert "pip install --no-deps smote-variants" in absent(name)
    assert absent("smote") is None
