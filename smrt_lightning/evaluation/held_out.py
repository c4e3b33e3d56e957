"""Predictions of training rows by models that did not see them, to tune a decision on."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.errors import SmrtError
from smrt_lightning.evaluation.classifiers import Classifier
from smrt_lightning.evaluation.oversamplers import Resampled
from smrt_lightning.evaluation.scores.metrics import NO_PROBABILITIES
from smrt_lightning.evaluation.setting import Part, Setting
from smrt_lightning.evaluation.splits import Split, make_splits
from smrt_lightning.table.neighbors import nearest
from smrt_lightning.table.space import Space

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

_INNER_SPLITS = 2
_INNER_TEST_SIZE = 0.3


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Training rows that a model of the same method and classifier has not seen.

    Attributes
    ----------
    truth : int array, shape (n,)
    probability : float array, shape (n, k)
    """

    truth: Codes
    probability: Floats


class Tuner:
    """The inner splits of a training part, and what a method's rows become on them.

    No row is drawn anew. A synthetic row goes with the real row that it was drawn from, or the
    nearest of its class, so that none speaks for a row that is held out.

    Parameters
    ----------
    setting, part
    rows : Resampled
        What the method made of the training part.
    balanced : bool
        Whether the method weighs classes.
    notes : list of str
        Appended to when nothing can be held out.
    """

    def __init__(
        self, setting: Setting, part: Part, rows: Resampled, *, balanced: bool, notes: list[str]
    ) -> None:
        self._setting, self._part, self._rows = setting, part, rows
        self._balanced, self._notes = balanced, notes
        self._inner = self._split()
        self._parents = _parents(rows) if self._inner else np.empty(0, dtype=np.intp)

    def _split(self) -> list[Split]:
        part = self._part
        groups, moments = (
            None if given is None else np.asarray(given)[part.positions]
            for given in (self._setting.groups, self._setting.time)
        )
        try:
            return make_splits(
                part.y_train,
                repeats=_INNER_SPLITS,
                test_size=_INNER_TEST_SIZE,
                random_state=part.seed,
                X=part.X_train,
                groups=groups,
                time=moments,
            )
        except SmrtError as error:
            self._notes.append(f"threshold: left at the most probable class: {error}")
            return []

    def hold_out(self, classifier: Classifier) -> HeldOut | None:
        """Return predictions of the inner test parts, or None where they tell nothing."""
        part, rows = self._part, self._rows
        truth, probability = [], []
        for split in self._inner:
            kept = np.zeros(rows.n_real, dtype=bool)
            kept[split.train] = True
            used = np.concatenate([kept, kept[self._parents]])
            model = classifier.pipeline(
                self._setting.columns,
                n_rows=int(used.sum()),
                random_state=part.seed,
                balanced=self._balanced and classifier.weighs_classes,
            )
            model.fit(rows.X[used], rows.codes[used])
            scores, probable = predict_scores(model, part.X_train.iloc[split.test], self._setting.k)
            if not probable:
                self._notes.append(f"threshold: {classifier.name}: {NO_PROBABILITIES}")
                return None
            truth.append(part.y_train[split.test])
            probability.append(scores)
        return HeldOut(np.concatenate(truth), np.vstack(probability)) if truth else None


def _parents(rows: Resampled) -> Codes:
    """Return the position of the real row that each synthetic row goes with."""
    parents = rows.anchors.copy()
    unknown = np.flatnonzero(parents < 0)
    if not len(unknown):
        return parents
    real = rows.X.iloc[: rows.n_real]
    space = Space(real)
    codes = rows.codes[rows.n_real :]
    for code in np.unique(codes[unknown]):
        wanted = unknown[codes[unknown] == code]
        members = np.flatnonzero(rows.codes[: rows.n_real] == code)
        queries = space.transform(rows.X.iloc[rows.n_real + wanted])
        _, places = nearest(space.transform(real.iloc[members]), queries)
        parents[wanted] = members[places[:, 0]]
    return parents


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
