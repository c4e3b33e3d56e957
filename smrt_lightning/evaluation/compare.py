"""Compare ways to treat imbalance on one table, and say which to adopt."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from smrt_lightning.errors import EvaluationDataError
from smrt_lightning.evaluation.arms import RECALIBRATED, ArmSpec, resolve_arms
from smrt_lightning.evaluation.classifiers import CLASSIFIERS, ClassifierSpec, resolve_classifiers
from smrt_lightning.evaluation.comparison import Comparison
from smrt_lightning.evaluation.jobs import Job, Outcome, Setting, run_job
from smrt_lightning.evaluation.metrics import require_metric
from smrt_lightning.evaluation.splits import Split, make_splits
from smrt_lightning.evaluation.summaries import (
    cost_table,
    count_table,
    curve_tables,
    headline_scores,
    metric_means,
    score_table,
)
from smrt_lightning.evaluation.tables import Labels, as_frame, as_labels, column_kinds
from smrt_lightning.evaluation.verdict import Rule, decide_arm

DEFAULT_ARMS = ("none", "class_weight", "threshold", "random", "smote", "gaussian", "smrt")

Progress = Callable[[int, int, str], None]


def compare(
    X: Any,
    y: Any,
    *,
    arms: Sequence[ArmSpec] = DEFAULT_ARMS,
    classifiers: Sequence[ClassifierSpec] = CLASSIFIERS,
    splits: Sequence[Split] | None = None,
    repeats: int = 10,
    test_size: float = 0.3,
    primary_metric: str = "average_precision",
    random_state: int = 0,
    ratio: float = 1.0,
    groups: Any = None,
    time: Any = None,
    synthetic: Mapping[str, tuple[Any, Any]] | None = None,
    precision_level: float = 0.8,
    smallest_difference: float = 0.01,
    alpha: float = 0.05,
    recalibrate: bool = True,
    n_jobs: int = 1,
    progress: Progress | None = None,
) -> Comparison:
    """Compare arms on repeated splits of one table.

    Parameters
    ----------
    X : DataFrame or array, shape (n, d)
        Columns of any kind, missing values allowed.
    y : array-like, shape (n,)
        Class labels.
    arms : sequence
        See :func:`~smrt_lightning.evaluation.arms.resolve_arms`. "none" always runs.
    classifiers : sequence
        See :func:`~smrt_lightning.evaluation.classifiers.resolve_classifiers`.
    splits : list of Split, optional
        By default :func:`~smrt_lightning.evaluation.splits.make_splits` makes them, so that
        duplicate rows never straddle one.
    repeats, test_size
        Number of splits and tested share, when ``splits`` is not given.
    primary_metric : str
        The metric that decides; a name of ``METRICS``.
    random_state : int
        The same input and number give the same bytes, whatever ``n_jobs`` is.
    ratio : float
        Rows wanted of each class, as a share of the largest class; 1 balances fully.
    groups, time : array-like, shape (n,), optional
        See :func:`~smrt_lightning.evaluation.splits.make_splits`. The inner splits that tune the
        threshold respect them too. Neither is a feature: leave them out of ``X``.
    synthetic : mapping, optional
        Name of split → (X_synthetic, y_synthetic): rows for the arm "smrt", which is then not
        trained here. They must come from that split's training part.
    precision_level : float
        For the metric "recall_at_precision".
    smallest_difference : float
        The smallest gain in the primary metric worth caring about.
    alpha : float
        Level of the tests; intervals cover 1 − alpha.
    recalibrate : bool
        Add to each arm that changes class shares a form with corrected probabilities.
    n_jobs : int
        Processes; −1 for one a core.
    progress : callable, optional
        Called with (done, total, what) after each piece of work.

    Returns
    -------
    Comparison

    Raises
    ------
    SmrtError
        When the table, an arm, a classifier, a metric or the splits cannot be used.

    Notes
    -----
    Resampling sees the training part of a split and nothing else; what it returns is scored on the
    untouched test part. Every arm of a split uses the same seeds, so that differences are paired.
    """
    require_metric(primary_metric)
    if not 0 < ratio <= 1:
        raise EvaluationDataError(f"ratio={ratio}; a share above 0 and up to 1 is needed.")
    frame, labels = as_frame(X), as_labels(y)
    if len(frame) != len(labels.codes):
        raise EvaluationDataError(f"X has {len(frame)} rows and y has {len(labels.codes)}.")
    if splits is None:
        splits = make_splits(
            y,
            repeats=repeats,
            test_size=test_size,
            random_state=random_state,
            X=frame,
            groups=groups,
            time=time,
        )
    require_disjoint(splits, len(frame))
    setting = Setting(
        frame,
        labels,
        column_kinds(frame),
        resolve_classifiers(classifiers),
        ratio,
        random_state,
        precision_level,
        recalibrate,
        groups,
        time,
    )
    chosen = resolve_arms(arms)
    jobs = _plan(setting, splits, chosen, synthetic)
    outcomes = list(run_all(setting, jobs, n_jobs, progress))
    cells = sorted(
        (cell for outcome in outcomes for cell in outcome.cells),
        key=_order(splits, [arm.name for arm in chosen], setting),
    )
    scores = score_table(cells, labels.names)
    headline = "macro" if setting.k > 2 else labels.names[labels.rarest]
    of_headline = headline_scores(scores, headline, setting.k)
    curves, confusion = curve_tables(cells)
    tested, trained = (np.mean([len(side) for side in s]) for s in _sides(splits))
    rule = Rule(primary_metric, smallest_difference, alpha, float(tested / trained))
    rare_tested = [int((labels.codes[split.test] == labels.rarest).sum()) for split in splits]
    return Comparison(
        scores=scores,
        metrics=metric_means(of_headline),
        decision=decide_arm(
            of_headline, rule, ratio=ratio, scope=headline, fewest_test_rows=min(rare_tested)
        ),
        headline=headline,
        labels=labels.names,
        counts=count_table(outcomes, labels.names),
        curves=curves,
        confusion=confusion,
        costs=cost_table(outcomes),
        sweep=pd.DataFrame(columns=["ratio", "arm", "classifier", "metric", "mean", "std"]),
        notes=sorted({note for outcome in outcomes for note in outcome.notes}),
        settings={"primary_metric": primary_metric, "ratio": ratio, "splits": len(splits)},
    )


def _sides(splits: Sequence[Split]) -> tuple[list[Any], list[Any]]:
    return [split.test for split in splits], [split.train for split in splits]


def require_disjoint(splits: Sequence[Split], n: int) -> None:
    """Check that no row of a split is on both sides, and that all positions exist."""
    if not splits:
        raise EvaluationDataError("No split is given.")
    for split in splits:
        both = np.intersect1d(split.train, split.test)
        positions = np.concatenate([split.train, split.test])
        if len(both):
            raise EvaluationDataError(f"{split.name}: row {both[0]} is trained on and tested.")
        if not len(split.train) or not len(split.test):
            raise EvaluationDataError(f"{split.name}: the training or the test part is empty.")
        if positions.min() < 0 or positions.max() >= n:
            raise EvaluationDataError(f"{split.name}: positions go beyond the {n} rows of X.")


def _plan(
    setting: Setting,
    splits: Sequence[Split],
    arms: Sequence[Any],
    synthetic: Mapping[str, tuple[Any, Any]] | None,
) -> list[Job]:
    """List the jobs. "threshold" shares the fits of "none" and so rides along with it."""
    threshold = any(arm.name == "threshold" for arm in arms)
    jobs = []
    for index, split in enumerate(splits):
        for arm in arms:
            if arm.kind == "threshold":
                continue
            rows = None
            if arm.name == "smrt" and synthetic is not None:
                rows = _given_rows(setting, split.name, synthetic)
            jobs.append(Job(split, index, arm, threshold and arm.name == "none", rows))
    return jobs


def _given_rows(
    setting: Setting, name: str, synthetic: Mapping[str, tuple[Any, Any]]
) -> tuple[pd.DataFrame, Any]:
    if name not in synthetic:
        raise EvaluationDataError(
            f"synthetic has no rows for {name!r}; it has {sorted(synthetic)}."
        )
    rows, labels = synthetic[name]
    columns = list(setting.X.columns)
    if len(rows) == 0:
        return setting.X.iloc[:0], np.empty(0, dtype=np.intp)
    frame = as_frame(rows)
    missing = [column for column in columns if column not in frame.columns]
    if missing or len(frame) != len(labels):
        raise EvaluationDataError(
            f"The synthetic rows of {name!r} do not fit X: column(s) {missing} are missing, "
            f"{len(frame)} rows and {len(labels)} labels."
        )
    known: Labels = as_labels(labels, known=setting.labels.values)
    try:
        return frame[columns].astype(setting.X.dtypes.to_dict()), known.codes
    except (ValueError, TypeError) as error:
        raise EvaluationDataError(
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

        parallel = Parallel(n_jobs=n_jobs, return_as="generator")
        found = parallel(delayed(run_job)(setting, job) for job in jobs)
    for done, outcome in enumerate(found, start=1):
        if progress is not None:
            progress(done, len(jobs), f"{outcome.split} / {outcome.arm}")
        yield outcome


def _order(splits: Sequence[Split], arms: Sequence[str], setting: Setting) -> Callable[[Any], Any]:
    """Sort by split, arm (plain forms before recalibrated ones) and classifier as asked for."""
    split_place = {split.name: i for i, split in enumerate(splits)}
    arm_place = {name: i for i, name in enumerate(arms)}
    classifier_place = {c.name: i for i, c in enumerate(setting.classifiers)}

    def key(cell: Any) -> tuple[int, bool, int, int]:
        plain = cell.arm.removesuffix(RECALIBRATED)
        return (
            split_place[cell.split],
            plain != cell.arm,
            arm_place[plain],
            classifier_place[cell.classifier],
        )

    return key
