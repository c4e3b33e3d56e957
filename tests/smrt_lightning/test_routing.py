"""Metadata routing and set_output around SMRT: where imbalanced-learn's SMOTE goes, SMRT goes."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
import sklearn
from imblearn.over_sampling import SMOTE
from imblearn.pipeline import Pipeline, make_pipeline
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_validate
from sklearn.preprocessing import StandardScaler
from strategies import QUICK

from smrt_lightning import SMRT, AutoEncoder, VariationalAutoEncoder

Y = np.repeat([0, 1], [60, 20])
X = np.random.default_rng(0).normal(size=(80, 3)) + Y[:, None]
GROUPS = np.arange(80) % 4
WEIGHTS = np.linspace(0.1, 2.0, 80)


@pytest.fixture(autouse=True)
def routing() -> Iterator[None]:
    with sklearn.config_context(enable_metadata_routing=True):
        yield


SAMPLERS = [SMOTE(random_state=0), SMRT(random_state=0, draw="mixed", estimator=QUICK)]


@pytest.fixture(params=SAMPLERS, ids=repr)
def sampler(request: pytest.FixtureRequest):
    return request.param


def pipeline(sampler, **requests: bool) -> Pipeline:
    final = LogisticRegression().set_fit_request(sample_weight=False)
    return make_pipeline(StandardScaler().set_fit_request(**requests), sampler, final)


def test_groups_reach_the_splitter_of_a_grid_search(sampler) -> None:
    grid = {"logisticregression__C": [0.1, 1.0]}
    search = GridSearchCV(pipeline(sampler), grid, cv=GroupKFold(4)).fit(X, Y, groups=GROUPS)
    assert search.n_splits_ == 4
    assert search.best_score_ > 0.5
    scores = cross_validate(
        pipeline(sampler), X, Y, cv=GroupKFold(2), params={"groups": GROUPS}, error_score="raise"
    )["test_score"]
    assert np.isfinite(scores).all()


def test_weights_reach_the_steps_before_the_sampler_and_the_score(sampler) -> None:
    fitted = pipeline(sampler, sample_weight=True).fit(X, Y, sample_weight=WEIGHTS)
    np.testing.assert_allclose(fitted[0].mean_, np.average(X, axis=0, weights=WEIGHTS))
    fitted[-1].set_score_request(sample_weight=True)
    right = fitted.predict(X) == Y
    assert fitted.score(X, Y, sample_weight=WEIGHTS) == pytest.approx(
        np.average(right, weights=WEIGHTS)
    )


def test_weights_cannot_pass_a_sampler(sampler) -> None:
    """The new rows have none; it is an error, not a silent guess."""
    undecided = make_pipeline(sampler, LogisticRegression())
    with pytest.raises(UnsetMetadataPassedError):
        undecided.fit(X, Y, sample_weight=WEIGHTS)
    undecided[-1].set_fit_request(sample_weight=True)
    with pytest.raises(ValueError, match=r"\(80,\), expected \(120,\)"):
        undecided.fit(X, Y, sample_weight=WEIGHTS)


def test_set_output_passes_a_sampler_by(sampler) -> None:
    assert not hasattr(sampler, "set_output")
    steps = make_pipeline(StandardScaler(), sampler, LogisticRegression())
    frame = pd.DataFrame(X, columns=list("abc"))
    fitted = steps.set_output(transform="pandas").fit(frame, Y)
    assert list(fitted[-1].feature_names_in_) == list("abc")
    with sklearn.config_context(transform_output="pandas"):
        resampled, _ = sampler.fit_resample(X, Y)
    assert isinstance(resampled, np.ndarray)


@pytest.mark.parametrize("model", [AutoEncoder, VariationalAutoEncoder])
def test_an_autoencoder_is_a_transformer_like_others(model) -> None:
    coder = model(min_steps=5, max_steps=5, random_state=0)
    final = LogisticRegression().set_fit_request(sample_weight=True)
    steps = make_pipeline(coder, final).set_output(transform="pandas")
    weighted = steps.fit(X, Y, sample_weight=WEIGHTS)
    assert list(weighted[-1].feature_names_in_) == list(coder.get_feature_names_out())
    index = np.arange(80) * 2
    code = coder.transform(pd.DataFrame(X, index=index))
    assert list(code.index) == list(index)
