"""Fit one classifier on the rows of a method and score it on the test part."""

import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.errors import SmrtError
from smrt_lightning.evaluation.classifiers import Classifier
from smrt_lightning.evaluation.curves import Shape, shape_of
from smrt_lightning.evaluation.methods import RECALIBRATED, Method
from smrt_lightning.evaluation.metrics import NO_PROBABILITIES, Score, score
from smrt_lightning.evaluation.oversamplers import Resampled
from smrt_lightning.evaluation.setting import Part, Setting
from smrt_lightning.evaluation.splits import make_splits
from smrt_lightning.evaluation.thresholds import correct_priors, decide, tune_weights

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

_INNER_SPLITS = 2
_INNER_TEST_SIZE = 0.3


@dataclass(eq=False)
class Cell:
    """Scores and curves of one method and one classifier on one split."""

    split: str
    method: str
    classifier: str
    scores: list[Score]
    shape: Shape | None = None


@dataclass(eq=False)
class Log:
    """What happened on the way: things that could not be done, and seconds spent on tuning."""

    notes: list[str] = field(default_factory=list)
    tuning_seconds: float = 0.0


def fit_and_score(
    setting: Setting,
    part: Part,
    method: Method,
    rows: Resampled,
    classifier: Classifier,
    *,
    with_threshold: bool,
    log: Log,
) -> list[Cell]:
    """Fit once; score the plain form, and the tuned and recalibrated forms that need no new fit.

    Parameters
    ----------
    setting, part, method, classifier
    rows : Resampled
        What the method made of ``part.X_train``.
    with_threshold : bool
        Add the method "threshold".
    log : Log
        Appended to.
    """
    balanced = method.kind == "weights" and classifier.weighs_classes
    model = classifier.pipeline(
        setting.columns, n_rows=len(rows.X), random_state=part.seed, balanced=balanced
    )
    model.fit(rows.X, rows.codes)
    scores, probable = predict_scores(model, part.X_test, setting.k)

    def cell(name: str, values: Floats, predicted: Codes) -> Cell:
        level, truth = setting.precision_level, part.y_test
        found = score(truth, values, predicted, precision_level=level, probable=probable)
        shape = shape_of(truth, values, predicted, probable, setting.labels.rarest)
        return Cell(part.name, name, classifier.name, found, shape)

    cells = [cell(method.name, scores, decide(scores))]
    if with_threshold:
        began = time.perf_counter()
        weights = _threshold_weights(setting, part, classifier, log.notes)
        log.tuning_seconds += time.perf_counter() - began
        cells.append(cell("threshold", scores, decide(scores, weights)))
    if setting.recalibrate and probable and method.kind in ("rows", "weights"):
        used = np.bincount(rows.codes, minlength=setting.k) / len(rows.codes)
        trained = np.full(setting.k, 1.0 / setting.k) if balanced else used
        moved = correct_priors(scores, _shares(part.y_train, setting.k), trained)
        cells.append(cell(method.name + RECALIBRATED, moved, decide(moved)))
    return cells


def _shares(codes: Codes, k: int) -> Floats:
    return np.bincount(codes, minlength=k) / len(codes)


def predict_scores(model: Any, X: pd.DataFrame, k: int) -> tuple[Floats, bool]:
    """Return a score per class, shape (n, k), and whether the scores are probabilities."""
    probable = hasattr(model, "predict_proba")
    raw = np.asarray(model.predict_proba(X) if probable else model.decision_function(X))
    if raw.ndim == 1:
        raw = np.column_stack([-raw, raw])
    known = np.asarray(model.classes_, dtype=np.intp)
    scores = np.full((len(X), k), 0.0 if probable else raw.min() - 1.0)
    scores[:, known] = raw
    return scores, probable


def _threshold_weights(
    setting: Setting, part: Part, classifier: Classifier, notes: list[str]
) -> Floats | None:
    """Tune on predictions of inner test parts, cut from the training part alone."""
    X, y = part.X_train, part.y_train
    groups, moments = (
        None if given is None else np.asarray(given)[part.positions]
        for given in (setting.groups, setting.time)
    )
    try:
        inner = make_splits(
            y,
            repeats=_INNER_SPLITS,
            test_size=_INNER_TEST_SIZE,
            random_state=part.seed,
            X=X,
            groups=groups,
            time=moments,
        )
    except SmrtError as error:
        notes.append(f"threshold: left at the most probable class: {error}")
        return None
    truth, probability = [], []
    for split in inner:
        model = classifier.pipeline(
            setting.columns, n_rows=len(split.train), random_state=part.seed, balanced=False
        )
        model.fit(X.iloc[split.train], y[split.train])
        scores, probable = predict_scores(model, X.iloc[split.test], setting.k)
        if not probable:
            notes.append(f"threshold: {classifier.name}: {NO_PROBABILITIES}")
            return None
        truth.append(y[split.test])
        probability.append(scores)
    rare = setting.labels.rarest
    return tune_weights(np.concatenate(truth), np.vstack(probability), _shares(y, setting.k), rare)
