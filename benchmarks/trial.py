"""One trial: resample one training part with one method, and score every classifier on it."""

from __future__ import annotations

import time
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.datasets import DATASETS, Table, at_most, splits, take
from benchmarks.methods import METHODS, smrt_method

CLASSIFIERS = ("logistic_regression", "random_forest", "hist_gradient_boosting", "k_neighbors")
METRICS = ("average_precision", "roc_auc", "f1", "mcc", "balanced_accuracy", "brier")
EXTRA_METRICS = ("precision", "recall", "best_f1")
COVERAGE = ("worst_subgroup", "total_variation")
WHOLE_CLASS = (*COVERAGE, "subgroup_recall")


class Trial(NamedTuple):
    """What to run. `name` is the method's name in the results: ``smrt@tag`` for a variant."""

    dataset: str
    split: int
    ratio: float
    method: str
    name: str
    classifiers: tuple[str, ...]
    smrt_params: dict[str, Any]
    folder: str
    rows: int | None = None


def make_classifier(name: str, *, balanced: bool, seed: int) -> Any:
    """Return a single-threaded classifier; `balanced` asks for balanced class weights."""
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier

    weight = "balanced" if balanced else None
    if name == "logistic_regression":
        return LogisticRegression(max_iter=2000, class_weight=weight)
    if name == "random_forest":
        return RandomForestClassifier(100, class_weight=weight, random_state=seed, n_jobs=1)
    if name == "hist_gradient_boosting":
        return HistGradientBoostingClassifier(
            max_iter=100, early_stopping=False, class_weight=weight, random_state=seed
        )
    if name == "k_neighbors":
        return KNeighborsClassifier(5, n_jobs=1)
    raise ValueError(f"no classifier {name!r}; there are {', '.join(CLASSIFIERS)}")


def scores(y: NDArray[np.int64], probability: NDArray[np.float64]) -> dict[str, float]:
    """Return every metric of the minority class; labels are probability ≥ 0.5.

    ``best_f1`` is F1 at the threshold that is best on these very rows: no result, but a bound
    that no choice of the threshold, and so no amount of oversampling, can pass on this ranking.
    """
    from sklearn import metrics as m

    precision, recall, _ = m.precision_recall_curve(y, probability)

    label = (probability >= 0.5).astype(np.int64)
    return {
        "average_precision": m.average_precision_score(y, probability),
        "roc_auc": m.roc_auc_score(y, probability),
        "f1": m.f1_score(y, label, zero_division=0.0),
        "mcc": m.matthews_corrcoef(y, label),
        "balanced_accuracy": m.balanced_accuracy_score(y, label),
        "brier": m.brier_score_loss(y, probability),
        "precision": m.precision_score(y, label, zero_division=0.0),
        "recall": m.recall_score(y, label, zero_division=0.0),
        "best_f1": float((2 * precision * recall / np.maximum(precision + recall, 1e-12)).max()),
    }


def _features(table: Table, train: NDArray[np.intp]) -> Any:
    """Scaling and one-hot, fitted on the real training rows so that every method has the same."""
    from sklearn.compose import ColumnTransformer
    from sklearn.preprocessing import OneHotEncoder

    numeric = [c for c in table.X.columns if c not in table.categorical]
    levels = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    transformer = ColumnTransformer(
        [("numeric", table.scaler(), numeric), ("levels", levels, table.categorical)]
    )
    return transformer.fit(table.X.iloc[train])


def _coverage(
    known: Table, X: pd.DataFrame, y: NDArray[np.int64], seed: int
) -> dict[str, float | None]:
    """Measure what the rows added to the minority keep of each of its sub-groups.

    The clusters are not those that SMRT draws with: they have another seed and another space.
    """
    from smrt_lightning.sampling.coverage import measure_coverage
    from smrt_lightning.table.space import Space

    n = len(known.y)
    values: tuple[float | None, ...] = (None, None)
    if len(y) > n and known.X.equals(X.iloc[:n].reset_index(drop=True)):
        real = known.X[known.y == 1].reset_index(drop=True)
        made = X.iloc[n:][y[n:] == 1].reset_index(drop=True)
        space = Space(known.X, "standard")
        found = measure_coverage(real, space.transform(real), made, space.transform(made), seed)
        values = (found.worst, found.total_variation)
    return dict(zip(COVERAGE, values, strict=True))


def _subgroup_recall(
    table: Table, test: NDArray[np.intp], probability: NDArray[np.float64]
) -> float | None:
    if table.subgroup is None or not (inside := table.subgroup[test]).any():
        return None
    return float((probability[inside] >= 0.5).mean())


_tables: dict[tuple[str, str, int | None], Table] = {}


def _table(name: str, folder: str, rows: int | None) -> Table:
    if (name, folder, rows) not in _tables:
        _tables.clear()
        table = DATASETS[name].build(Path(folder))
        _tables[name, folder, rows] = table if rows is None else at_most(table, rows)
    return _tables[name, folder, rows]


def run_trial(trial: Trial) -> list[dict[str, Any]]:
    """Run `trial` on one thread and return a row of results per classifier.

    A method that cannot resample a training part is scored on it as it is, and the row's ``note``
    says why; seconds are processor time.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _run(trial)


def _run(trial: Trial) -> list[dict[str, Any]]:
    table = _table(trial.dataset, trial.folder, trial.rows)
    test_size = DATASETS[trial.dataset].test_size
    train, test = list(splits(table, trial.split + 1, test_size))[trial.split]
    known = take(table, train)
    method = METHODS[trial.method]
    if trial.method == "smrt":
        import pytorch_lightning  # noqa: F401 - its import is not the fit's time
        import torch

        torch.set_num_threads(1)
        method = smrt_method(trial.smrt_params)
    start = time.process_time()
    try:
        X_method, y_method, note = method(known, trial.ratio, trial.split)
    except ValueError as error:
        if trial.method == "smrt":
            raise
        X_method, y_method, note = known.X, known.y, f"left alone: {error}"
    seconds = time.process_time() - start
    coverage = _coverage(known, X_method, y_method, trial.split)
    features = _features(table, train)
    F, F_test = features.transform(X_method), features.transform(table.X.iloc[test])
    rows = []
    for name in trial.classifiers:
        weighted = trial.method == "class_weight"
        start = time.process_time()
        model = make_classifier(name, balanced=weighted, seed=trial.split).fit(F, y_method)
        fit_seconds = time.process_time() - start
        probability = model.predict_proba(F_test)[:, 1]
        rows.append(
            {
                "dataset": trial.dataset,
                "split": trial.split,
                "ratio": trial.ratio,
                "method": trial.name,
                "classifier": name,
                "n_train": len(train),
                "n_minority": int(known.y.sum()),
                "n_resampled": len(y_method),
                "resample_seconds": round(seconds, 4),
                "fit_seconds": round(fit_seconds, 4),
                **coverage,
                **scores(table.y[test], probability),
                "subgroup_recall": _subgroup_recall(table, test, probability),
                "note": "no class weights" if weighted and name == "k_neighbors" else note,
            }
        )
    return rows
