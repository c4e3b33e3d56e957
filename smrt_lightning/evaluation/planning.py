"""The pieces of work of a comparison, and running them in one process or several."""

import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from smrt_lightning.errors import TableError
from smrt_lightning.evaluation.jobs import Job, Outcome, run_job
from smrt_lightning.evaluation.methods import RECALIBRATED, Method
from smrt_lightning.evaluation.setting import Setting
from smrt_lightning.evaluation.splits import Split
from smrt_lightning.table.frames import named_frame
from smrt_lightning.table.labels import as_labels
from smrt_lightning.threads import end_with_parent

Progress = Callable[[int, int, str], None]

_MEASURED_METHODS = ("smrt", "smote")


def require_disjoint(splits: Sequence[Split], n: int) -> None:
    """Check that no row of a split is on both sides, and that all positions exist."""
    if not splits:
        raise TableError("No split is given.")
    for split in splits:
        both = np.intersect1d(split.train, split.test)
        positions = np.concatenate([split.train, split.test])
        if len(both):
            raise TableError(f"{split.name}: row {both[0]} is trained on and tested.")
        if not len(split.train) or not len(split.test):
            raise TableError(f"{split.name}: the training or the test part is empty.")
        if positions.min() < 0 or positions.max() >= n:
            raise TableError(f"{split.name}: positions go beyond the {n} rows of X.")


def plan_jobs(
    setting: Setting,
    splits: Sequence[Split],
    methods: Sequence[Method],
    synthetic: Mapping[str, tuple[Any, Any]] | None,
    *,
    sweep_splits: int,
    fidelity: bool,
) -> list[Job]:
    """List the jobs. "threshold" shares the fits of "none" and so rides along with it."""
    threshold = any(method.name == "threshold" for method in methods)
    jobs = []
    for index, split in enumerate(splits):
        for method in methods:
            if method.kind == "threshold":
                continue
            rows = None
            if method.name == "smrt" and synthetic is not None:
                rows = _given_rows(setting, split.name, synthetic)
            job = Job(
                split,
                index,
                method,
                with_threshold=threshold and method.name == "none",
                rows=rows,
                with_sweep=index < sweep_splits and bool(setting.ratios),
                with_fidelity=fidelity and index == 0 and method.name in _MEASURED_METHODS,
            )
            jobs.append(job)
    return jobs


def _given_rows(
    setting: Setting, name: str, synthetic: Mapping[str, tuple[Any, Any]]
) -> tuple[pd.DataFrame, Any]:
    if name not in synthetic:
        raise TableError(f"synthetic has no rows for {name!r}; it has {sorted(synthetic)}.")
    rows, labels = synthetic[name]
    columns = list(setting.X.columns)
    if len(rows) == 0:
        return setting.X.iloc[:0], np.empty(0, dtype=np.intp)
    frame = named_frame(rows)
    missing = [column for column in columns if column not in frame.columns]
    if missing or len(frame) != len(labels):
        raise TableError(
            f"The synthetic rows of {name!r} do not fit X: column(s) {missing} are missing, "
            f"{len(frame)} rows and {len(labels)} labels."
        )
    known = as_labels(labels, known=setting.labels.values)
    try:
        return frame[columns].astype(setting.X.dtypes.to_dict()), known.codes
    except (ValueError, TypeError) as error:
        raise TableError(
            f"The synthetic rows of {name!r} do not have the column types of X: {error}"
        ) from error


def run_all(
    setting: Setting, jobs: Sequence[Job], n_jobs: int, progress: Progress | None
) -> Iterator[Outcome]:
    """Run jobs in this process or in several; outcomes come in the order of the jobs."""
    if n_jobs == 1:
        found: Iterator[Outcome] = (run_job(setting, job) for job in jobs)
    else:
        from joblib import Parallel, delayed

        parallel = Parallel(
            n_jobs=n_jobs,
            return_as="generator",
            initializer=end_with_parent,
            initargs=(os.getpid(),),
        )
        found = parallel(delayed(run_job)(setting, job) for job in jobs)
    with warnings.catch_warnings():
        # joblib replaces a worker that has grown, as any that loads torch has, and warns of it.
        warnings.filterwarnings("ignore", message="A worker stopped while some jobs")
        for done, outcome in enumerate(found, start=1):
            if progress is not None:
                progress(done, len(jobs), f"{outcome.split} / {outcome.method}")
            yield outcome


def cell_order(
    splits: Sequence[Split], methods: Sequence[str], setting: Setting
) -> Callable[[Any], Any]:
    """Sort by split, method (plain forms before recalibrated ones) and classifier as asked for."""
    split_place = {split.name: i for i, split in enumerate(splits)}
    method_place = {name: i for i, name in enumerate(methods)}
    classifier_place = {c.name: i for i, c in enumerate(setting.classifiers)}

    def key(cell: Any) -> tuple[int, bool, int, int]:
        plain = cell.method.removesuffix(RECALIBRATED)
        return (
            split_place[cell.split],
            plain != cell.method,
            method_place[plain],
            classifier_place[cell.classifier],
        )

    return key
