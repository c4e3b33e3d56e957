"""Compare ways to treat imbalance on one table, and say which to adopt."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Literal

from smrt_lightning.errors import ParameterError, TableError
from smrt_lightning.evaluation.classifiers import CLASSIFIERS, ClassifierSpec, resolve_classifiers
from smrt_lightning.evaluation.comparison import Comparison
from smrt_lightning.evaluation.decision.evidence import Rule
from smrt_lightning.evaluation.decision.verdict import decide_method
from smrt_lightning.evaluation.fidelity.check import Limits, as_limits
from smrt_lightning.evaluation.methods import MethodSpec, resolve_methods
from smrt_lightning.evaluation.planning import (
    Progress,
    cell_order,
    plan_jobs,
    require_disjoint,
    run_all,
)
from smrt_lightning.evaluation.scores.metrics import WITH_CAPACITY, WITH_COSTS, require_metric
from smrt_lightning.evaluation.scores.summaries import (
    best_ratio,
    cost_table,
    count_table,
    curve_tables,
    headline_scores,
    metric_means,
    score_table,
    sweep_table,
    trade_off_table,
)
from smrt_lightning.evaluation.setting import Setting, cost_vector
from smrt_lightning.evaluation.splits import Split, auto_repeats, make_splits
from smrt_lightning.table.columns import describe
from smrt_lightning.table.frames import named_frame
from smrt_lightning.table.labels import as_labels

DEFAULT_METHODS = ("none", "class_weight", "threshold", "random", "smote", "gaussian", "smrt")


def compare(
    X: Any,
    y: Any,
    *,
    methods: Sequence[MethodSpec] = DEFAULT_METHODS,
    classifiers: Sequence[ClassifierSpec] = CLASSIFIERS,
    splits: Sequence[Split] | None = None,
    repeats: int | Literal["auto"] = "auto",
    test_size: float = 0.3,
    primary_metric: str = "average_precision",
    random_state: int = 0,
    ratio: float = 1.0,
    groups: Any = None,
    time: Any = None,
    synthetic: Mapping[str, tuple[Any, Any]] | None = None,
    precision_level: float = 0.8,
    smallest_difference: float | Literal["auto"] = "auto",
    alpha: float = 0.05,
    costs: Mapping[str, float] | None = None,
    capacity: int | None = None,
    tune: bool = True,
    recalibrate: bool = True,
    ratios: Sequence[float] = (0.1, 0.25, 0.5, 1.0),
    sweep_splits: int = 2,
    fidelity: bool = True,
    limits: Limits | Mapping[str, float] | None = None,
    n_jobs: int = 1,
    progress: Progress | None = None,
) -> Comparison:
    """Compare methods on repeated splits of one table.

    Parameters
    ----------
    X : DataFrame or array, shape (n, d)
        Columns of any kind, missing values allowed.
    y : array-like, shape (n,)
        Class labels.
    methods : sequence
        See :func:`~smrt_lightning.evaluation.methods.resolve_methods`. "none" always runs.
    classifiers : sequence
        See :func:`~smrt_lightning.evaluation.classifiers.resolve_classifiers`.
    splits : list of Split, optional
        By default :func:`~smrt_lightning.evaluation.splits.make_splits` makes them, so that
        duplicate rows never straddle one.
    repeats, test_size
        Number of splits and tested share, when ``splits`` is not given; see
        :func:`~smrt_lightning.evaluation.splits.auto_repeats`.
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
        Name of split → (X_synthetic, y_synthetic): rows for the method "smrt", which is then not
        trained here. They must come from that split's training part.
    precision_level : float
        For the metric "recall_at_precision".
    smallest_difference : float or "auto"
        The smallest gain in the primary metric worth caring about; "auto" follows from the score of
        no resampling, see :func:`~smrt_lightning.evaluation.decision.evidence.unit`.
    alpha : float
        Level of the tests; intervals cover 1 − alpha.
    costs : mapping, optional
        What a wrong decision costs: ``{"miss": 50, "false_alarm": 1}`` about the rarer of two
        classes, or label → cost of a row of that class taken for another. Adds the metric "cost".
    capacity : int, optional
        Rows that can be looked at, of as many as the table has. Adds the metrics
        "precision_at_capacity" and "recall_at_capacity".
    tune : bool
        Tune the decision of every method on held-out training rows, which takes two more fits each;
        without it there is no "f1_tuned", no "cost" and no trade-off. The method "threshold" is
        tuned in any case.
    recalibrate : bool
        Add to each method that changes class shares a form with corrected probabilities.
    ratios : sequence of float
        Balance ratios of the sweep, none above 1; an empty one leaves it out.
    sweep_splits : int
        Splits that are swept: the first ones.
    fidelity : bool
        Measure the synthetic rows of the first split.
    limits : Limits or mapping, optional
        Thresholds of the gate, see :class:`~smrt_lightning.evaluation.fidelity.check.Limits`.
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
        When the table, a method, a classifier, a metric or the splits cannot be used.

    Notes
    -----
    Resampling sees the training part of a split and nothing else; what it returns is scored on the
    untouched test part. Every method of a split uses the same seeds, so differences are paired.
    """
    require_metric(primary_metric)
    for share in (ratio, *ratios):
        if not 0 < share <= 1:
            raise ParameterError(f"ratio {share}: a share above 0 and up to 1 is needed.")
    frame, labels = named_frame(X), as_labels(y)
    if len(frame) != len(labels.codes):
        raise TableError(f"X has {len(frame)} rows and y has {len(labels.codes)}.")
    if splits is None:
        splits = make_splits(
            y,
            repeats=auto_repeats(*frame.shape) if repeats == "auto" else repeats,
            test_size=test_size,
            random_state=random_state,
            X=frame,
            groups=groups,
            time=time,
        )
    require_disjoint(splits, len(frame))
    setting = Setting(
        X=frame,
        labels=labels,
        columns=describe(frame),
        classifiers=resolve_classifiers(classifiers),
        ratio=float(ratio),
        random_state=random_state,
        precision_level=precision_level,
        recalibrate=recalibrate,
        limits=as_limits(limits),
        ratios=tuple(sorted({float(share) for share in ratios})),
        groups=groups,
        time=time,
        costs=None if costs is None else cost_vector(costs, labels),
        capacity=capacity,
        tune=tune,
    )
    if primary_metric not in setting.metrics:
        needed = "costs" if primary_metric in WITH_COSTS else "capacity"
        needed = needed if tune or primary_metric in WITH_CAPACITY else "tune=True, and costs"
        raise ParameterError(f"primary_metric {primary_metric!r} needs {needed}; give them too.")
    chosen = resolve_methods(methods)
    jobs = plan_jobs(
        setting, splits, chosen, synthetic, sweep_splits=sweep_splits, fidelity=fidelity
    )
    outcomes = list(run_all(setting, jobs, n_jobs, progress))
    cells = sorted(
        (cell for outcome in outcomes for cell in outcome.cells),
        key=cell_order(splits, [method.name for method in chosen], setting),
    )
    scores = score_table(cells, labels.names)
    headline = "macro" if setting.k > 2 else labels.names[labels.rarest]
    of_headline = headline_scores(scores, headline, setting.k)
    curves, confusion = curve_tables(cells)
    test_share = sum(len(s.test) for s in splits) / sum(len(s.train) for s in splits)
    fewest = int((labels.codes == labels.rarest).sum())
    rule = Rule(primary_metric, smallest_difference, alpha, test_share, fewest)
    rare_tested = [int((labels.codes[split.test] == labels.rarest).sum()) for split in splits]
    rare_shares = [n / len(split.test) for n, split in zip(rare_tested, splits, strict=True)]
    sweep = sweep_table(outcomes, labels.names, headline)
    decision = decide_method(
        of_headline,
        rule,
        ratio=ratio,
        scope=headline,
        fewest_test_rows=min(rare_tested),
        rows=len(frame),
        prevalence=1.0 / setting.k if setting.k > 2 else sum(rare_shares) / len(splits),
    )
    method = decision["method_in_differences"]
    decision["best_ratio_in_sweep"] = best_ratio(sweep, method, primary_metric)
    return Comparison(
        scores=scores,
        metrics=metric_means(of_headline),
        decision=decision,
        headline=headline,
        labels=labels.names,
        counts=count_table(outcomes, labels.names),
        curves=curves,
        confusion=confusion,
        costs=cost_table(outcomes),
        trade_off=trade_off_table(cells),
        sweep=sweep,
        fidelity={o.method: o.fidelity for o in outcomes if o.fidelity},
        notes=sorted({note for outcome in outcomes for note in outcome.log.notes}),
        settings={
            "primary_metric": primary_metric,
            "ratio": ratio,
            "splits": len(splits),
            "test_share": test_share,
            "precision_level": precision_level,
            "limits": asdict(setting.limits),
        },
    )
