"""Fit one classifier on the rows of a method and score it on the test part."""

import time
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from smrt_lightning.evaluation.classifiers import Classifier
from smrt_lightning.evaluation.held_out import HeldOut, Tuner, predict_scores
from smrt_lightning.evaluation.methods import RECALIBRATED, Method
from smrt_lightning.evaluation.oversamplers import Resampled
from smrt_lightning.evaluation.scores.curves import Shape, shape_of
from smrt_lightning.evaluation.scores.metrics import Score, score, score_decisions
from smrt_lightning.evaluation.scores.thresholds import (
    correct_priors,
    cost_weights,
    decide,
    trade_off,
    tune_weights,
)
from smrt_lightning.evaluation.setting import Part, Setting

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]


@dataclass(eq=False)
class Cell:
    """Scores and curves of one method and one classifier on one split.

    ``trade`` has, for each of ``COST_RATIOS``, the share of the test rows that are missed and that
    are false alarms at the threshold that was the cheapest on held-out training rows.
    """

    split: str
    method: str
    classifier: str
    scores: list[Score]
    shape: Shape | None = None
    trade: Floats | None = None


@dataclass(eq=False)
class Log:
    """The notes of a fit: things that could not be done, and seconds spent on tuning."""

    notes: list[str] = field(default_factory=list)
    tuning_seconds: float = 0.0


def fit_and_score(
    setting: Setting,
    part: Part,
    method: Method,
    rows: Resampled,
    classifier: Classifier,
    *,
    tuner: Tuner | None,
    with_threshold: bool,
    log: Log,
) -> list[Cell]:
    """Fit once; score the plain form, and the tuned and recalibrated forms of the same fit.

    Parameters
    ----------
    setting, part, method, classifier
    rows : Resampled
        What the method made of ``part.X_train``.
    tuner : Tuner, optional
        Of these rows; without it no decision is tuned and what needs that is left out.
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
    tuned, trade = list[Score](), None
    weights = None
    if tuner is not None:
        began = time.perf_counter()
        held = tuner.hold_out(classifier)
        weights = _weights(setting, part, held)
        if setting.tune:
            tuned, trade = _tuned(setting, part, scores, held, weights)
        log.tuning_seconds += time.perf_counter() - began

    def cell(name: str, values: Floats, predicted: Codes) -> Cell:
        found = score(
            part.y_test,
            values,
            predicted,
            precision_level=setting.precision_level,
            probable=probable,
            alerts=setting.alerts(len(part.y_test)),
        )
        shape = shape_of(part.y_test, values, predicted, probable, setting.labels.rarest)
        return Cell(part.name, name, classifier.name, found + tuned, shape, trade)

    cells = [cell(method.name, scores, decide(scores))]
    if with_threshold:
        cells.append(cell("threshold", scores, decide(scores, weights)))
    if setting.recalibrate and probable and method.kind in ("rows", "weights"):
        used = np.bincount(rows.codes, minlength=setting.k) / len(rows.codes)
        trained = np.full(setting.k, 1.0 / setting.k) if balanced else used
        moved = correct_priors(scores, _shares(part.y_train, setting.k), trained)
        cells.append(cell(method.name + RECALIBRATED, moved, decide(moved)))
    return cells


def _weights(setting: Setting, part: Part, held: HeldOut | None) -> Floats | None:
    if held is None:
        return None
    priors = _shares(part.y_train, setting.k)
    return tune_weights(held.truth, held.probability, priors, setting.labels.rarest)


def _tuned(
    setting: Setting, part: Part, scores: Floats, held: HeldOut | None, weights: Floats | None
) -> tuple[list[Score], Floats | None]:
    """Score the decisions that were tuned for F1 and for cost, and draw up the trade-off."""
    priors, rare = _shares(part.y_train, setting.k), setting.labels.rarest
    cheapest = decide(scores)
    if held is not None and setting.costs is not None:
        chosen = cost_weights(held.truth, held.probability, priors, rare, setting.costs)
        cheapest = decide(scores, chosen)
    tuned = score_decisions(
        part.y_test, decide(scores, weights), cheapest, setting.costs, setting.k
    )
    if held is None or setting.k > 2:
        return tuned, None
    seen, met = held.truth == rare, part.y_test == rare
    return tuned, trade_off(seen, held.probability[:, rare], met, scores[:, rare])


def _shares(codes: Codes, k: int) -> Floats:
    return np.bincount(codes, minlength=k) / len(codes)
