"""Classifiers as scikit-learn pipelines that take a frame with columns of any kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from inspect import signature
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin, clone, is_classifier

from smrt_lightning.dotted import build
from smrt_lightning.errors import ParameterError
from smrt_lightning.table.columns import Column, numbers

CLASSIFIERS = ("logistic_regression", "random_forest", "hist_gradient_boosting", "k_neighbors")
_LARGEST = 1e30
BOOSTERS = {
    "lightgbm": ("lightgbm.LGBMClassifier", {"n_jobs": 1, "verbosity": -1, "deterministic": True}),
    "xgboost": ("xgboost.XGBClassifier", {"n_jobs": 1}),
    "catboost": (
        "catboost.CatBoostClassifier",
        {"thread_count": 1, "verbose": False, "allow_writing_files": False},
    ),
}
"""Classifiers by the name of a package that may be installed, with one thread and few words."""
_BALANCED = {"class_weight": "balanced", "auto_class_weights": "Balanced"}


@dataclass(frozen=True)
class Classifier:
    """A named classifier, not yet fitted.

    Attributes
    ----------
    name : str
    estimator : scikit-learn classifier
        The prototype; it is cloned for every fit.
    trees : bool
        Whether it is a tree ensemble, which takes numbers unscaled and with missing values.
    preprocessing : tuple of transformers
        Steps between the columns, which are numbers by then, and the classifier.
    """

    name: str
    estimator: Any
    trees: bool = False
    preprocessing: tuple[Any, ...] = ()

    @property
    def weighs_classes(self) -> bool:
        """Tell whether the estimator has a parameter that weighs classes by their frequency."""
        return self._weight is not None

    @property
    def _weight(self) -> str | None:
        # CatBoost lists only the parameters that were set, so its signature is asked.
        known = {
            *self.estimator.get_params(deep=False),
            *signature(type(self.estimator)).parameters,
        }
        return next((name for name in _BALANCED if name in known), None)

    def pipeline(
        self, columns: Mapping[str, Column], *, n_rows: int, random_state: int, balanced: bool
    ) -> Any:
        """Return an unfitted pipeline of preprocessing and classifier.

        Parameters
        ----------
        columns : mapping
            What each column holds, from :func:`~smrt_lightning.table.columns.describe`.
        n_rows : int
            Training rows to come; a number of neighbours is never larger.
        random_state : int
        balanced : bool
            Weigh classes inversely to their frequency, where the estimator can.
        """
        from sklearn.pipeline import Pipeline

        estimator = clone(self.estimator)
        has = estimator.get_params(deep=False)
        changes: dict[str, Any] = {}
        if "random_state" in {*has, *signature(type(estimator)).parameters}:
            changes["random_state"] = random_state
        if balanced and self._weight is not None:
            changes[self._weight] = _BALANCED[self._weight]
        if isinstance(has.get("n_neighbors"), int):
            changes["n_neighbors"] = min(has["n_neighbors"], n_rows)
        estimator.set_params(**changes)
        steps = [(f"step_{i}", clone(step)) for i, step in enumerate(self.preprocessing)]
        for _, step in steps:
            if "random_state" in step.get_params(deep=False):
                step.set_params(random_state=random_state)
        return Pipeline(
            [("columns", _columns(columns, self.trees)), *steps, ("classifier", estimator)]
        )


ClassifierSpec = str | Mapping[str, Any] | tuple[str, Any] | Classifier


def _columns(columns: Mapping[str, Column], trees: bool) -> Any:
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

    impute = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    scaled = [("impute", impute), ("scale", StandardScaler())]
    steps: list[Any] = [("floats", FunctionTransformer(numbers)), ("bounded", Bounded())]
    floats = Pipeline([*steps, *([("for_trees", TreeColumns())] if trees else scaled)])
    # Rare levels share one column, so that an identifier does not become a column a row.
    levels = OneHotEncoder(
        handle_unknown="infrequent_if_exist", max_categories=40, sparse_output=False
    )
    plain = [name for name, column in columns.items() if column.measured]
    named = [name for name, column in columns.items() if not column.measured]
    as_text = FunctionTransformer(_levels_as_text)
    return ColumnTransformer(
        [
            ("plain", floats, plain),
            ("levels", Pipeline([("text", as_text), ("hot", levels)]), named),
        ]
    )


class Bounded(TransformerMixin, BaseEstimator):
    """Numbers within ±1e30: forests add up a column in float32, and scalers square it.

    A column that is larger when fitted is multiplied by a power of two that makes it fit.
    """

    def fit(self, X: NDArray[np.float64], y: Any = None) -> "Bounded":
        """Find the size of each column. X : float array, shape (n, d)."""
        largest = np.abs(np.nan_to_num(X)).max(axis=0, initial=0.0)
        self.unit_ = np.where(largest > _LARGEST, np.ldexp(1.0, -np.frexp(largest)[1]), 1.0)
        return self

    def transform(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return X, scaled where it was too large; missing values stay missing."""
        return np.clip(X * self.unit_, -_LARGEST, _LARGEST)


class TreeColumns(TransformerMixin, BaseEstimator):
    """Columns that held no value when fitted become 0: histogram boosting fails on them."""

    def fit(self, X: NDArray[np.float64], y: Any = None) -> "TreeColumns":
        """Find the columns without a value. X : float array, shape (n, d)."""
        self.empty_ = np.isnan(X).all(axis=0)
        return self

    def transform(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return X with those columns set to 0."""
        return np.where(self.empty_, 0.0, X)


def _levels_as_text(frame: Any) -> Any:
    """Missing becomes a level of its own, which no text can equal; mixed types become sortable."""
    text = frame.astype(object).map(lambda value: f"{type(value).__name__}:{value}")
    return text.mask(frame.isna(), "missing")


def resolve_classifiers(specs: Sequence[ClassifierSpec]) -> list[Classifier]:
    """Turn names, dotted names with parameters, and ready estimators into classifiers.

    Parameters
    ----------
    specs : sequence
        Each a built-in name (``CLASSIFIERS``), a dotted name such as
        ``"sklearn.naive_bayes.GaussianNB"``, "lightgbm", "xgboost" or "catboost" where installed, a
        mapping ``{"estimator": dotted, "params": {...}, "name": ..., "preprocessing": [...]}``, a
        pair ``(name, estimator)``, or a :class:`Classifier`. A step of preprocessing is a dotted
        name or ``{"transformer": dotted, "params": {...}}``; it gets numbers, missing ones filled
        in, and levels as zeros and ones.

    Raises
    ------
    ParameterError
        When a name is unknown, used twice, or leads to no classifier.
    """
    if not specs:
        raise ParameterError(f"No classifier is given; allowed are {_allowed()}.")
    classifiers = [_resolve(spec) for spec in specs]
    names = [classifier.name for classifier in classifiers]
    for name in names:
        if names.count(name) > 1 or name == "mean":
            raise ParameterError(
                f"Two classifiers are named {name!r}, or that name is taken; give each its own."
            )
    return classifiers


def _allowed() -> str:
    return (
        ", ".join((*CLASSIFIERS, *BOOSTERS))
        + ", or a dotted name such as sklearn.naive_bayes.GaussianNB"
    )


def _resolve(spec: ClassifierSpec) -> Classifier:
    if isinstance(spec, Classifier):
        return spec
    if isinstance(spec, str):
        if spec in CLASSIFIERS:
            return _builtin(spec)
        if spec in BOOSTERS:
            dotted, settings = BOOSTERS[spec]
            return Classifier(spec, build(dotted, settings, needs=["fit"]), trees=True)
        if "." not in spec:
            raise ParameterError(f"Unknown classifier {spec!r}; allowed are {_allowed()}.")
        spec = {"estimator": spec}
    if isinstance(spec, Mapping):
        strange = sorted(set(spec) - {"name", "estimator", "params", "preprocessing"})
        if strange or "estimator" not in spec:
            raise ParameterError(
                "A classifier is given as estimator, params, name and preprocessing; "
                f"got {sorted(spec)}."
            )
        dotted = str(spec["estimator"])
        estimator = build(dotted, spec.get("params") or {}, needs=["fit"])
        name = str(spec.get("name") or dotted.rsplit(".", 1)[1])
        steps = tuple(_step(step) for step in spec.get("preprocessing") or ())
    else:
        (name, estimator), steps = spec, ()
    if not is_classifier(estimator):
        raise ParameterError(f"{name!r} is no scikit-learn classifier: {estimator!r}.")
    return Classifier(name, estimator, preprocessing=steps)


def _step(spec: str | Mapping[str, Any]) -> Any:
    if isinstance(spec, str):
        spec = {"transformer": spec}
    if "transformer" not in spec or set(spec) - {"transformer", "params"}:
        raise ParameterError(
            f"A step of preprocessing is given as transformer and params; got {sorted(spec)}."
        )
    return build(str(spec["transformer"]), spec.get("params") or {}, needs=["transform"])


def _builtin(name: str) -> Classifier:
    if name == "logistic_regression":
        from sklearn.linear_model import LogisticRegression

        return Classifier(name, LogisticRegression(max_iter=1000))
    if name == "random_forest":
        from sklearn.ensemble import RandomForestClassifier

        return Classifier(name, RandomForestClassifier(n_estimators=100), trees=True)
    if name == "hist_gradient_boosting":
        from sklearn.ensemble import HistGradientBoostingClassifier

        # 60 steps of 15 leaves cost half of the defaults and scored the same on five tables. Leaves
        # of 20 rows, the default, cannot hold a class of ten: "none" would lose by that alone.
        boosting = HistGradientBoostingClassifier(
            max_iter=60,
            max_leaf_nodes=15,
            min_samples_leaf=5,
            learning_rate=0.15,
            early_stopping=False,
        )
        return Classifier(name, boosting, trees=True)
    from sklearn.neighbors import KNeighborsClassifier

    return Classifier(name, KNeighborsClassifier(n_neighbors=5))
