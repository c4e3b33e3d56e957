"""One unit of work: a method on a split, with every classifier."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.errors import SmrtError
from smrt_lightning.evaluation.costs import Meter
from smrt_lightning.evaluation.fidelity.check import fidelity
from smrt_lightning.evaluation.fitting import Cell, Log, fit_and_score
from smrt_lightning.evaluation.held_out import Tuner
from smrt_lightning.evaluation.methods import Method
from smrt_lightning.evaluation.oversamplers import Resampled
from smrt_lightning.evaluation.scores.metrics import Score
from smrt_lightning.evaluation.setting import Part, Setting, targets_for
from smrt_lightning.evaluation.splits import Split


@dataclass(frozen=True, eq=False)
class Job:
    """A method on a split.

    Attributes
    ----------
    split : Split
    index : int
        Place of the split; with the seed of the comparison it gives the seed of the split.
    method : Method
    with_threshold : bool
        Score the method "threshold" from the same fits.
    rows : tuple, optional
        Synthetic rows and their codes when they are already there.
    with_sweep, with_fidelity : bool
        Fit smaller ratios too; measure the synthetic rows.
    """

    split: Split
    index: int
    method: Method
    with_threshold: bool = False
    rows: tuple[pd.DataFrame, NDArray[np.intp]] | None = None
    with_sweep: bool = False
    with_fidelity: bool = False


@dataclass(eq=False)
class Outcome:
    """The result of a job; ``sweep`` are cells at each ratio."""

    split: str
    method: str
    cells: list[Cell] = field(default_factory=list)
    counts: tuple[Sequence[int], Sequence[int]] = ((), ())
    sweep: list[tuple[float, Cell]] = field(default_factory=list)
    fidelity: dict[str, dict[str, Any]] = field(default_factory=dict)
    log: Log = field(default_factory=Log)
    seconds: float = 0.0
    memory_mb: float | None = None


def run_job(setting: Setting, job: Job) -> Outcome:
    """Resample the training part, fit every classifier, and score the test part.

    Runs on one thread: the result then does not depend on the number of cores, and small fits are
    many times faster than with threads that wait for each other.
    """
    from threadpoolctl import threadpool_limits

    outcome = Outcome(job.split.name, job.method.name)
    part = Part.cut(setting, job.split, job.index)
    with threadpool_limits(limits=1), _noting(outcome):
        with Meter() as meter:
            full = _rows_or_reason(setting, job, part)
            if isinstance(full, str):
                outcome.cells = _undefined(setting, job, full)
                return outcome
            rows = full.up_to(targets_for(part.y_train, setting.ratio, setting.k))
            outcome.cells = _cells(setting, job, part, rows, outcome.log)
        outcome.seconds, outcome.memory_mb = meter.seconds, meter.memory_mb
        outcome.counts = tuple(
            np.bincount(codes, minlength=setting.k).tolist() for codes in (part.y_train, rows.codes)
        )
        made = len(rows.codes) > rows.n_real == len(part.y_train)
        if job.with_sweep and made:
            outcome.sweep = _sweep(setting, job, part, full, outcome.cells)
        if job.with_fidelity and made:
            outcome.fidelity = _fidelity(setting, part, rows)
    return outcome


@contextmanager
def _noting(outcome: Outcome) -> Iterator[None]:
    """Turn warnings of classifiers and samplers into notes."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        yield
    for warning in seen:
        first_line = str(warning.message).strip().split("\n")[0]
        outcome.log.notes.append(f"{outcome.method}: {warning.category.__name__}: {first_line}")


def training_rows(setting: Setting, job: Job, part: Part) -> Resampled:
    """Return the real training rows and all synthetic ones; the test part is not looked at."""
    X, y = part.X_train, part.y_train
    if job.rows is None:
        largest = max([setting.ratio, *setting.ratios])
        targets = targets_for(y, largest, setting.k)
        values = setting.labels.values
        return job.method.resample(X, y, values, targets=targets, random_state=part.seed)
    X_new, y_new = job.rows
    new = [(int(c), X_new[y_new == c], None) for c in np.unique(y_new)]
    return Resampled.appended(X, y, new)


def _rows_or_reason(setting: Setting, job: Job, part: Part) -> Resampled | str:
    try:
        return training_rows(setting, job, part)
    except (ValueError, RuntimeError) as error:
        # A sampler chosen by the user may be unable to work on a table; the others go on.
        if job.method.sampler is None or job.method.name == "smrt" or isinstance(error, SmrtError):
            raise
        return f"sampler failed: {type(error).__name__}: {error}"


def _undefined(setting: Setting, job: Job, reason: str) -> list[Cell]:
    scores = [Score(metric, None, None, reason) for metric in setting.metrics]
    if setting.k == 2:
        scores += [Score(m, code, None, reason) for code in (0, 1) for m in setting.metrics]
    return [Cell(job.split.name, job.method.name, c.name, scores) for c in setting.classifiers]


def _cells(
    setting: Setting, job: Job, part: Part, rows: Resampled, log: Log, *, tune: bool = True
) -> list[Cell]:
    tuner = None
    tune = tune and (setting.tune or job.with_threshold)
    if tune and rows.n_real != len(part.y_train):
        log.notes.append(f"{job.method.name}: drops real rows, so its decision is not tuned")
    elif tune:
        balanced = job.method.kind == "weights"
        tuner = Tuner(setting, part, rows, balanced=balanced, notes=log.notes)
    return [
        cell
        for classifier in setting.classifiers
        for cell in fit_and_score(
            setting,
            part,
            job.method,
            rows,
            classifier,
            tuner=tuner,
            with_threshold=job.with_threshold and tune,
            log=log,
        )
    ]


def _sweep(
    setting: Setting, job: Job, part: Part, full: Resampled, cells: list[Cell]
) -> list[tuple[float, Cell]]:
    """Fit on fewer and fewer of the same synthetic rows; the main ratio is already there."""
    found = []
    for ratio in setting.ratios:
        at_ratio = cells
        if ratio != setting.ratio:
            rows = full.up_to(targets_for(part.y_train, ratio, setting.k))
            at_ratio = _cells(setting, job, part, rows, Log(), tune=False)
        found += [(ratio, cell) for cell in at_ratio if cell.method == job.method.name]
    return found


def _fidelity(setting: Setting, part: Part, rows: Resampled) -> dict[str, dict[str, Any]]:
    return fidelity(
        part.X_train,
        part.y_train,
        rows.X.iloc[rows.n_real :].reset_index(drop=True),
        rows.codes[rows.n_real :],
        part.X_test,
        part.y_test,
        names=setting.labels.names,
        limits=setting.limits,
        random_state=part.seed,
    )
