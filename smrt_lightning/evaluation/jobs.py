"""One unit of work: an arm on a split, with every classifier."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.errors import SmrtError
from smrt_lightning.evaluation.arms import RECALIBRATED, Arm
from smrt_lightning.evaluation.classifiers import Classifier
from smrt_lightning.evaluation.costs import Meter
from smrt_lightning.evaluation.curves import Shape, shape_of
from smrt_lightning.evaluation.metrics import METRICS, NO_PROBABILITIES, Score, score
from smrt_lightning.evaluation.oversamplers import Resampled
from smrt_lightning.evaluation.splits import Split, make_splits
from smrt_lightning.evaluation.tables import Kind, Labels
from smrt_lightning.evaluation.thresholds import correct_priors, decide, tune_weights

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

_INNER_SPLITS = 2
_INNER_TEST_SIZE = 0.3


@dataclass(frozen=True, eq=False)
class Setting:
    """What all jobs of a comparison share."""

    X: pd.DataFrame
    labels: Labels
    kinds: Mapping[str, Kind]
    classifiers: Sequence[Classifier]
    ratio: float
    random_state: int
    precision_level: float
    recalibrate: bool
    groups: Any = None
    time: Any = None

    @property
    def k(self) -> int:
        """Number of classes."""
        return len(self.labels.values)


@dataclass(frozen=True, eq=False)
class Job:
    """An arm on a split; ``rows`` are its synthetic rows when they are already there."""

    split: Split
    index: int
    arm: Arm
    with_threshold: bool = False
    rows: tuple[pd.DataFrame, Codes] | None = None
    ratio: float | None = None


@dataclass(eq=False)
class Cell:
    """Scores and curves of one arm and one classifier on one split."""

    split: str
    arm: str
    classifier: str
    scores: list[Score]
    shape: Shape | None = None


@dataclass(eq=False)
class Outcome:
    """What a job brings back."""

    split: str
    arm: str
    cells: list[Cell] = field(default_factory=list)
    counts: tuple[list[int], list[int]] = ([], [])
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    memory_mb: float | None = None


def targets_for(codes: Codes, ratio: float, k: int) -> dict[int, int]:
    """Return the rows wanted per class: ``ratio`` times the largest, and no fewer than there are.

    The largest class itself is left out.
    """
    counts = np.bincount(codes, minlength=k)
    largest = int(counts.argmax())
    wanted = int(np.floor(ratio * counts[largest] + 0.5))
    return {c: max(int(counts[c]), wanted) for c in range(k) if c != largest}


def seed_of(random_state: int, index: int) -> int:
    """Return the seed of a split: the same for every arm, so that arms differ by rows alone."""
    return int(np.random.SeedSequence([random_state, index]).generate_state(1)[0] & 0x7FFFFFFF)


def run_job(setting: Setting, job: Job) -> Outcome:
    """Resample the training part, fit every classifier, and score the test part.

    Runs on one thread: the result then does not depend on the number of cores, and small fits are
    many times faster than with threads that wait for each other.
    """
    from threadpoolctl import threadpool_limits

    outcome = Outcome(job.split.name, job.arm.name)
    with (
        threadpool_limits(limits=1),
        Meter() as meter,
        warnings.catch_warnings(record=True) as seen,
    ):
        warnings.simplefilter("always")
        _run(setting, job, outcome)
    for warning in seen:
        first_line = str(warning.message).strip().split("\n")[0]
        outcome.notes.append(f"{job.arm.name}: {warning.category.__name__}: {first_line}")
    outcome.seconds, outcome.memory_mb = meter.seconds, meter.memory_mb
    return outcome


def _run(setting: Setting, job: Job, outcome: Outcome) -> None:
    train, test = job.split.train, job.split.test
    X_train = setting.X.iloc[train].reset_index(drop=True)
    X_test = setting.X.iloc[test].reset_index(drop=True)
    y_train, y_test = setting.labels.codes[train], setting.labels.codes[test]
    seed = seed_of(setting.random_state, job.index)
    try:
        rows = training_rows(setting, job, X_train, y_train, seed)
    except (ValueError, RuntimeError) as error:
        # A sampler chosen by the user may be unable to work on a table; the others go on.
        if job.arm.sampler is None or job.arm.name == "smrt" or isinstance(error, SmrtError):
            raise
        reason = f"sampler failed: {type(error).__name__}: {error}"
        outcome.cells = [
            Cell(
                job.split.name,
                job.arm.name,
                c.name,
                [Score(m, None, None, reason) for m in METRICS],
            )
            for c in setting.classifiers
        ]
        return
    k = setting.k
    real = np.bincount(y_train, minlength=k)
    used = np.bincount(rows.codes, minlength=k)
    outcome.counts = (real.tolist(), used.tolist())
    for classifier in setting.classifiers:
        balanced = job.arm.kind == "weights"
        model = classifier.pipeline(
            setting.kinds, n_rows=len(rows.X), random_state=seed, balanced=balanced
        )
        model.fit(rows.X, rows.codes)
        scores, probable = predict_scores(model, X_test, k)

        def add(
            arm: str,
            values: Floats,
            predicted: Codes,
            probable: bool = probable,
            name: str = classifier.name,
        ) -> None:
            found = score(
                y_test,
                values,
                predicted,
                precision_level=setting.precision_level,
                probable=probable,
            )
            shape = shape_of(y_test, values, predicted, probable, setting.labels.rarest)
            outcome.cells.append(Cell(job.split.name, arm, name, found, shape))

        add(job.arm.name, scores, decide(scores))
        if job.with_threshold:
            weights = _threshold_weights(
                setting, classifier, X_train, y_train, train, seed, outcome
            )
            add("threshold", scores, decide(scores, weights))
        trained = (
            np.full(k, 1.0 / k) if balanced and classifier.weighs_classes else used / used.sum()
        )
        if setting.recalibrate and probable and job.arm.kind in ("rows", "weights"):
            moved = correct_priors(scores, real / real.sum(), trained)
            add(job.arm.name + RECALIBRATED, moved, decide(moved))


def training_rows(
    setting: Setting, job: Job, X_train: pd.DataFrame, y_train: Codes, seed: int
) -> Resampled:
    """Return what the classifiers of a job are fitted on; it sees the training part alone."""
    targets = targets_for(y_train, job.ratio or setting.ratio, setting.k)
    if job.rows is None:
        labels = setting.labels.values
        return job.arm.resample(X_train, y_train, labels, targets=targets, random_state=seed)
    X_new, y_new = job.rows
    new = [(int(c), X_new[y_new == c], None) for c in np.unique(y_new)]
    return Resampled.appended(X_train, y_train, new).up_to(targets)


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
    setting: Setting,
    classifier: Classifier,
    X: pd.DataFrame,
    y: Codes,
    rows: NDArray[np.intp],
    seed: int,
    outcome: Outcome,
) -> Floats | None:
    """Tune on predictions of inner test parts, cut from the training part alone."""
    groups = None if setting.groups is None else np.asarray(setting.groups)[rows]
    time = None if setting.time is None else np.asarray(setting.time)[rows]
    try:
        inner = make_splits(
            y,
            repeats=_INNER_SPLITS,
            test_size=_INNER_TEST_SIZE,
            random_state=seed,
            X=X,
            groups=groups,
            time=time,
        )
    except SmrtError as error:
        outcome.notes.append(f"threshold: left at the most probable class: {error}")
        return None
    truth, probability = [], []
    for split in inner:
        model = classifier.pipeline(
            setting.kinds, n_rows=len(split.train), random_state=seed, balanced=False
        )
        model.fit(X.iloc[split.train], y[split.train])
        scores, probable = predict_scores(model, X.iloc[split.test], setting.k)
        if not probable:
            outcome.notes.append(f"threshold: {classifier.name}: {NO_PROBABILITIES}")
            return None
        truth.append(y[split.test])
        probability.append(scores)
    priors = np.bincount(y, minlength=setting.k) / len(y)
    return tune_weights(
        np.concatenate(truth), np.vstack(probability), priors, setting.labels.rarest
    )
