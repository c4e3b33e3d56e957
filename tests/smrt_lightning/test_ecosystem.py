"""SMRT inside the tools that people use around samplers."""

import numpy as np
import pandas as pd
import pytest
from imblearn.pipeline import make_pipeline
from scipy import sparse
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_validate
from strategies import QUICK

from smrt_lightning import SMRT, VariationalAutoEncoder
from smrt_lightning.errors import NotFoundError


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], [60, 20])
    return rng.normal(size=(80, 3)) + y[:, None], y


def smrt():
    return SMRT(random_state=0, estimator=QUICK)


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_grid_search_over_a_pipeline(data, n_jobs):
    pipeline = make_pipeline(smrt(), LogisticRegression())
    grid = {"smrt__acceptance": [1.0, 2.0], "smrt__estimator__n_latent_factors": [1]}
    search = GridSearchCV(pipeline, grid, cv=2, n_jobs=n_jobs, scoring="average_precision")
    search.fit(*data)
    assert search.best_score_ > 0.5
    again = GridSearchCV(pipeline, grid, cv=2, scoring="average_precision").fit(*data)
    np.testing.assert_array_equal(
        search.cv_results_["mean_test_score"], again.cv_results_["mean_test_score"]
    )


def test_cross_validate_and_clone(data):
    pipeline = make_pipeline(smrt(), LogisticRegression())
    scores = cross_validate(clone(pipeline), *data, cv=2)["test_score"]
    assert np.isfinite(scores).all()


def test_set_output_of_the_autoencoder(data):
    X, _ = data
    model = VariationalAutoEncoder(**QUICK.get_params()).set_output(transform="pandas")
    code = model.fit_transform(pd.DataFrame(X, columns=list("abc")))
    assert list(code) == ["variationalautoencoder0", "variationalautoencoder1"]


@pytest.mark.parametrize("container", [sparse.csr_matrix, sparse.csc_matrix])
def test_sparse_in_sparse_out(data, container):
    X, y = data
    dense, _ = smrt().fit_resample(X, y)
    X_out, y_out = smrt().fit_resample(container(X), y)
    assert X_out.format == container(X).format
    np.testing.assert_allclose(X_out.toarray(), dense)
    assert len(y_out) == 120


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_array_dtypes_are_kept(data, dtype):
    X, y = data
    X_out, _ = smrt().fit_resample((10 * X).astype(dtype), y)
    assert X_out.dtype == dtype


@pytest.mark.parametrize(
    "strategy", ["auto", "all", "minority", "not majority", 0.8, {1: 33}, lambda y: {1: 41}]
)
def test_every_form_of_sampling_strategy(data, strategy):
    X, y = data
    _, y_out = SMRT(strategy, random_state=0, estimator=QUICK).fit_resample(X, y)
    wanted = {0.8: 48}.get(strategy, 60) if not isinstance(strategy, dict) else 33
    wanted = 41 if callable(strategy) else wanted
    assert (y_out == 1).sum() == wanted


def test_index_names_and_series_come_back(data):
    X, y = data
    frame = pd.DataFrame(X, columns=list("abc"), index=np.arange(80) * 3)
    target = pd.Series(np.where(y, "rare", "big"), name="kind", dtype="category", index=frame.index)
    X_out, y_out = smrt().fit_resample(frame, target)
    assert list(X_out.index) == list(range(120)) == list(y_out.index)
    assert y_out.name == "kind"
    assert y_out.dtype == target.dtype


def test_generate_names_the_classes_that_have_a_model(data):
    sampler = smrt()
    sampler.fit_resample(*data)
    assert sampler.generate(1, 4, random_state=0).shape == (4, 3)
    with pytest.raises(NotFoundError, match="classes with one are"):
        sampler.generate("nobody")
