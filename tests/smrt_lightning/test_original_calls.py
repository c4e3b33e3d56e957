"""The original's notebook: its calls as they stand, on small digits and on MNIST where it is."""

import re
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from smrt_lightning import AutoEncoder, VariationalAutoEncoder, smote_balance, smrt_balance

MNIST = Path(__file__).parents[3] / "shared" / "data" / "mnist.npz"
ORIGINAL_ERROR = 6.1505
"""The squared error of a test image that the original's notebook printed."""


def autoencoder():
    return AutoEncoder(
        n_epochs=50,
        n_hidden=450,
        learning_rate=0.01,
        batch_size=256,
        display_step=5,
        activation_function="sigmoid",
        verbose=2,
        random_state=42,
        clip=True,
        l2_penalty=1e-6,
        early_stopping=True,
    )


def variational():
    return VariationalAutoEncoder(
        n_epochs=400,
        n_hidden=900,
        n_latent_factors=15,
        learning_rate=0.075,
        batch_size=256,
        display_step=25,
        activation_function="sigmoid",
        verbose=2,
        l2_penalty=None,
        random_state=42,
        early_stopping=True,
        dropout=0.4,
        learning_function="sgd",
        clip=False,
    )


def balance(X, y, v):
    X_smrt, y_smrt = smrt_balance(
        X,
        y,
        n_hidden=900,
        n_latent_factors=10,
        random_state=42,
        shuffle=False,
        balance_ratio=0.5,
        return_estimators=False,
        prefit_estimators={3: v},
    )
    X_smote, y_smote = smote_balance(
        X, y, random_state=42, n_neighbors=25, shuffle=False, balance_ratio=0.5
    )
    return X_smrt, y_smrt, X_smote, y_smote


def squared_error(ae, images):
    return float(((ae.feed_forward(images) - images) ** 2).sum(axis=1).mean())


def check(X, y, v):
    X_smrt, y_smrt, X_smote, y_smote = balance(X, y, v)
    for X_out, y_out in ((X_smrt, y_smrt), (X_smote, y_smote)):
        np.testing.assert_array_equal(X_out[: len(X)], X)
        np.testing.assert_array_equal(y_out[: len(X)], y)
        assert set(y_out[len(X) :]) == {3}
        assert (y_out == 3).sum() == round(0.5 * (y == 8).sum())
        assert X_out[len(X) :].min() >= 0
        assert X_out[len(X) :].max() <= 1


@pytest.fixture(scope="module")
def digits():
    images, labels = load_digits(return_X_y=True)
    return (images / 16).astype("float32"), labels


def test_the_calls_run_on_digits(digits, capsys):
    images, labels = digits
    X_train, X_test = train_test_split(images, train_size=0.7, random_state=42)
    ae = autoencoder().fit(X_train)
    said = capsys.readouterr().out.splitlines()
    numbers = [int(line.split()[1].rstrip(",")) for line in said if line.startswith("Epoch: ")]
    assert numbers == list(range(1, len(ae.epoch_costs_) + 1, 5))
    assert len(ae.epoch_costs_) == 50
    assert re.match(r"Optimization complete after 50 epoch\(s\)\.", said[-1])
    assert squared_error(ae, X_test) < 0.4 * ((X_test - X_train.mean(0)) ** 2).sum(1).mean()
    rows = np.concatenate([np.flatnonzero(labels == 3)[:40], np.flatnonzero(labels == 8)])
    check(images[rows], labels[rows], variational().fit(images[rows][:40]))


def test_an_estimator_that_is_not_fitted_is_fitted_to_its_class(digits):
    images, labels = digits
    rows = np.concatenate([np.flatnonzero(labels == 3)[:40], np.flatnonzero(labels == 8)])
    X, y = images[rows], labels[rows]
    v = VariationalAutoEncoder(n_hidden=8, n_epochs=3, random_state=42)
    options = {"prefit_estimators": {3: v}, "balance_ratio": 0.5, "random_state": 0}
    unfitted = smrt_balance(X, y, **options)
    assert not hasattr(v, "network_")
    v.fit(X[y == 3])
    for given, wanted in zip(unfitted, smrt_balance(X, y, **options), strict=True):
        np.testing.assert_array_equal(given, wanted)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.skipif(not MNIST.is_file(), reason="MNIST is not beside the repository")
def test_the_calls_run_on_mnist_and_reconstruct_better_than_the_original():
    with np.load(MNIST) as data:
        images, labels = data["X"].astype("float32") / 255, data["y"]
    X_train, X_test = train_test_split(images[:55_000], train_size=0.7, random_state=42)
    assert len(X_train) == 38_500
    ae = autoencoder().fit(X_train)
    assert 0 < len(ae.epoch_costs_) <= 50
    assert squared_error(ae, X_test) <= ORIGINAL_ERROR
    rows = np.concatenate([np.flatnonzero(labels == 3)[:500], np.flatnonzero(labels == 8)[:2000]])
    check(images[rows], labels[rows], variational().fit(images[rows][:500]))
