import numpy as np
import pandas as pd
import pytest
from evaluation_tables import make_table
from sklearn.linear_model import LinearRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.naive_bayes import GaussianNB

from smrt_lightning.errors import ParameterError
from smrt_lightning.evaluation.classifiers import BOOSTERS, CLASSIFIERS, resolve_classifiers
from smrt_lightning.table.columns import describe
from smrt_lightning.table.frames import named_frame
from smrt_lightning.table.labels import as_labels

ALL = [*CLASSIFIERS, "sklearn.naive_bayes.GaussianNB"]


def fitted(name, X, y, balanced=False):
    frame, labels = named_frame(X), as_labels(y)
    (classifier,) = resolve_classifiers([name])
    model = classifier.pipeline(
        describe(frame), n_rows=len(frame), random_state=0, balanced=balanced
    )
    return model.fit(frame, labels.codes), frame, labels


@pytest.mark.parametrize("name", ALL)
def test_any_table_is_taken_and_learned_from(name, any_table):
    model, frame, labels = fitted(name, *any_table)
    probability = model.predict_proba(frame)
    np.testing.assert_allclose(probability.sum(axis=1), 1)
    # Chance is one third.
    assert balanced_accuracy_score(labels.codes, model.predict(frame)) > 0.42


@pytest.mark.parametrize("name", ALL)
def test_unknown_levels_and_newly_missing_values_are_tolerated(name):
    X, y = make_table("mixed")
    model, frame, _ = fitted(name, X, y)
    strange = frame.head(4).copy()
    strange["colour"] = ["ultraviolet", None, "red", "<b>"]
    strange["height"] = [np.nan, np.inf, 1.0, -1e9]
    strange["day"] = strange["day"].mask([True, False, False, False])
    assert np.isfinite(model.predict_proba(strange)).all()


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_numbers_beyond_float32_are_taken(name):
    X = pd.DataFrame({"a": [1.0, 2.0, 1e60, -1e60] * 10})
    model, frame, _ = fitted(name, X, [0, 0, 1, 0] * 10)
    assert np.isfinite(model.predict_proba(frame)).all()


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_fits_are_repeatable(name):
    X, y = make_table("hostile")
    first, second = (fitted(name, X, y)[0].predict_proba(named_frame(X)) for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_scale_of_a_column_does_not_matter_to_neighbours():
    X, y = make_table("plain")
    wide = X.assign(height=X["height"] * 1e6)
    a, b = (fitted("k_neighbors", t, y)[0].predict_proba(t) for t in (X, wide))
    np.testing.assert_allclose(a, b)


def test_neighbours_never_outnumber_the_rows():
    X, y = np.arange(8.0).reshape(4, 2), ["a", "b", "a", "b"]
    assert fitted("k_neighbors", X, y)[0].named_steps["classifier"].n_neighbors == 4


def test_balanced_weights_reach_the_classifiers_that_take_them():
    X, y = make_table("plain")
    for name in CLASSIFIERS:
        estimator = fitted(name, X, y, balanced=True)[0].named_steps["classifier"]
        expected = None if name == "k_neighbors" else "balanced"
        assert getattr(estimator, "class_weight", None) == expected


def test_an_identifier_does_not_become_a_column_a_row():
    X = pd.DataFrame({"id": [f"r{i}" for i in range(300)], "v": np.arange(300.0)})
    model, frame, _ = fitted("logistic_regression", X, ["a", "b"] * 150)
    assert model.named_steps["columns"].transform(frame).shape[1] <= 41


def test_ready_estimators_and_parameters():
    found = resolve_classifiers(
        [
            ("bayes", GaussianNB()),
            {"estimator": "sklearn.tree.DecisionTreeClassifier", "params": {"max_depth": 2}},
        ]
    )
    assert [c.name for c in found] == ["bayes", "DecisionTreeClassifier"]
    assert found[1].estimator.max_depth == 2


@pytest.mark.parametrize(
    ("specs", "error", "message"),
    [
        ([], ParameterError, "No classifier"),
        (["forest"], ParameterError, "random_forest"),
        (["subprocess.Popen"], ParameterError, "not allowed"),
        (["sklearn.linear_model.LinearRegression"], ParameterError, "no scikit-learn"),
        ([("x", LinearRegression())], ParameterError, "no scikit-learn"),
        (["k_neighbors", "k_neighbors"], ParameterError, "Two classifiers"),
        ([("mean", GaussianNB())], ParameterError, "taken"),
        ([{"class": "x"}], ParameterError, "estimator, params, name and preprocessing"),
    ],
)
def test_mistakes_in_classifiers_are_named(specs, error, message):
    with pytest.raises(error, match=message):
        resolve_classifiers(specs)


def test_steps_of_preprocessing_come_between_the_columns_and_the_classifier():
    spec = {
        "estimator": "sklearn.linear_model.LogisticRegression",
        "name": "squeezed",
        "preprocessing": [
            "sklearn.preprocessing.StandardScaler",
            {"transformer": "sklearn.decomposition.PCA", "params": {"n_components": 1}},
        ],
    }
    model, frame, _ = fitted(spec, *make_table("mixed"))
    assert model.named_steps["classifier"].coef_.shape[1] == 1
    assert model.named_steps["step_1"].random_state == 0
    assert model.predict_proba(frame).shape == (len(frame), 3)
    with pytest.raises(ParameterError, match="transformer and params"):
        resolve_classifiers([{**spec, "preprocessing": [{"estimator": "x"}]}])


@pytest.mark.parametrize("name", BOOSTERS)
def test_boosters_go_by_their_package_where_it_is_installed(name):
    try:
        __import__(name)
    except ImportError:
        with pytest.raises(ParameterError, match=f"install {name}"):
            resolve_classifiers([name])
        return
    X, y = make_table("mixed")
    model, frame, labels = fitted(name, X, y, balanced=True)
    assert balanced_accuracy_score(labels.codes, np.ravel(model.predict(frame))) > 0.42


@pytest.mark.parametrize("name", ALL)
def test_the_size_of_the_numbers_teaches_nothing(name):
    X, y = make_table("numeric")
    X = np.asarray(X, dtype=float)
    model, frame, labels = fitted(name, X, y)
    huge = named_frame(X * 2.0**1000)
    large, _, _ = fitted(name, huge, y)
    found, expected = large.predict_proba(huge), model.predict_proba(frame)
    np.testing.assert_allclose(found, expected, atol=0.05)
    assert balanced_accuracy_score(labels.codes, large.predict(huge)) > 0.42
