"""Is a new version worse than the published one? Asked of rows that neither has learned from.

Scores on the old table would not do: after drift the new rows are what the model meets, and they
may be harder for any model. So both versions are tested on the rows that the published one has
never seen, in the test parts of the new version's splits: the new one learns from its training
parts, the published one from the table it was published with, each balanced by the method that its
own decision adopted. The statistics are those of the decision, without its prior, since after
drift versions may differ by any amount. The new version is published unless its score is expected
to be below the published one's by more than the smallest difference worth caring about, or the
odds of that are above one in five.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from components.evaluate import synthetic_rows
from components.generate import SYNTHETIC
from components.project.params import Params
from components.project.workspace import Workspace, read_json, read_parquet
from components.table.rows import RELEASE, Part, Table, load_parts, load_table
from smrt_lightning.evaluation.decision.wording import percent, signed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from components.project.console import Progress
    from smrt_lightning.evaluation.decision.evidence import Finding

RISK = 0.2
"""The largest probability of a loss worth caring about with which a new version is published."""


@dataclass(frozen=True)
class Verdict:
    """The answer to a challenge: the new version may take the published one's place, or not.

    Attributes
    ----------
    worse : bool
        A loss worth caring about is expected, or its probability is above ``RISK``.
    sentence : str
        For a log or a page.
    difference : dict or None
        New minus published, in the primary metric: ``mean``, ``low``, ``high``, ``p``, ``splits``,
        and the probabilities ``better``, ``same`` and ``worse``.
    """

    worse: bool
    sentence: str
    difference: dict[str, Any] | None


def challenge(
    workspace: Workspace,
    params: Params,
    published: Workspace,
    progress: Progress | None = None,
) -> Verdict:
    """Compare the artifacts in the checkout with the published ones.

    Parameters
    ----------
    workspace, params
        The new version.
    published : Workspace
        The version that it may replace.
    progress : callable, optional
        Called for each version with the number of scored fits, of all, and what the last one was.

    Raises
    ------
    SmrtError
        If either cannot be read.
    """
    table = load_table(workspace, params)
    old = read_parquet(published.validated)
    if list(old.columns) != list(table.frame.columns):
        return _cannot_tell("the published version has other columns")
    fresh = unseen(table.frame, old)
    parts = [
        Part(part.name, part.train, part.test[fresh[part.test]])
        for part in load_parts(workspace, len(table.y))
        if part.name != RELEASE
    ]
    usable = [part for part in parts if table.y.iloc[part.test].nunique() > 1]
    if len(usable) < 2:
        return _cannot_tell("fewer than two splits hold unseen rows of more than one class")
    new, before = (
        _by_split(scores, table.y, usable)
        for scores in (
            _scores_of_new(workspace, params, table, usable, _of("new", progress)),
            _scores_of_published(published, params, table, old, usable, _of("published", progress)),
        )
    )
    shares = [len(part.test) / len(part.train) for part in usable]
    return _judge(new, before, params, float(np.mean(shares)), int(fresh.sum()))


def _of(version: str, progress: Progress | None) -> Progress | None:
    """Return a progress that says of which version it is."""
    if progress is None:
        return None
    return lambda done, total, what: progress(done, total, f"{version} version: {what}")


def unseen(frame: pd.DataFrame, old: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell which rows of ``frame`` do not occur in ``old``, shape (n_rows,)."""
    known = pd.util.hash_pandas_object(old.astype("str"), index=False)
    rows = pd.util.hash_pandas_object(frame.astype("str"), index=False)
    return np.asarray(~rows.isin(known))


def _scores_of_new(
    workspace: Workspace,
    params: Params,
    table: Table,
    parts: list[Part],
    progress: Progress | None,
) -> pd.DataFrame:
    method = str(read_json(workspace.decision)["adopted_method"])
    synthetic = {part.name: synthetic_rows(workspace, table, part, params) for part in parts}
    return _scores(params, method, table.X, table.y, parts, synthetic, progress)


def _scores_of_published(
    published: Workspace,
    params: Params,
    table: Table,
    old: pd.DataFrame,
    parts: list[Part],
    progress: Progress | None,
) -> pd.DataFrame:
    """Score the published version: its own table to learn from, behind the rows to test on."""
    method = str(read_json(published.decision)["adopted_method"])
    X = pd.concat([table.X, old[list(table.X.columns)]], ignore_index=True)
    X = X.astype(table.X.dtypes.to_dict())
    y = pd.concat([table.y, old[params.data.target].astype("str")], ignore_index=True)
    learned = np.arange(len(table.y), len(y), dtype=np.int64)
    balanced = read_parquet(published.balanced)
    drawn = balanced[balanced[SYNTHETIC]]
    rows = (drawn[list(table.X.columns)].reset_index(drop=True), drawn[params.data.target])
    synthetic = {part.name: (rows[0], rows[1].astype("str")) for part in parts}
    tested = [Part(part.name, learned, part.test) for part in parts]
    return _scores(params, method, X, y, tested, synthetic, progress)


def _scores(
    params: Params,
    method: str,
    X: pd.DataFrame,
    y: pd.Series[Any],
    parts: list[Part],
    synthetic: dict[str, tuple[pd.DataFrame, pd.Series[Any]]],
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Return the scores of a method in the primary metric, of every part, classifier and class."""
    from smrt_lightning.evaluation.compare import compare
    from smrt_lightning.evaluation.methods import METHODS, resolve_methods
    from smrt_lightning.evaluation.scores.metrics import METRICS
    from smrt_lightning.evaluation.splits import Split

    settings = params.evaluate
    chosen = [
        spec for spec in settings.methods if method in {a.name for a in resolve_methods([spec])}
    ]
    if not chosen and method in METHODS:  # params.yaml has dropped it since
        chosen = [method]
    scores = compare(
        X,
        y,
        methods=chosen or ["none"],
        classifiers=settings.classifiers,
        splits=[Split(part.name, part.train, part.test) for part in parts],
        primary_metric=settings.primary_metric,
        random_state=params.seed,
        synthetic=synthetic,
        ratio=settings.ratio,
        precision_level=settings.precision_level,
        recalibrate=False,
        tune=METRICS[settings.primary_metric].needs == "tuned",
        costs=settings.costs,
        capacity=settings.capacity,
        ratios=(),
        fidelity=False,
        progress=progress,
    ).scores
    return scores[(scores["method"] == method) & (scores["metric"] == settings.primary_metric)]


def _by_split(scores: pd.DataFrame, y: pd.Series[Any], parts: list[Part]) -> NDArray[np.float64]:
    """Average over the classifiers, of the class that is rarest in ``y`` or of all classes.

    Both versions are judged by the same class, though the rows that each is given may have another
    rarest one.
    """
    from smrt_lightning.evaluation.scores.summaries import headline_scores
    from smrt_lightning.table.labels import as_labels

    labels = as_labels(y)
    rows = headline_scores(scores, labels.names[labels.rarest], len(labels.names))
    means = rows.groupby("split")["value"].mean()
    return np.asarray(means.reindex([part.name for part in parts]), dtype=np.float64)


def _judge(
    new: NDArray[np.float64],
    before: NDArray[np.float64],
    params: Params,
    test_share: float,
    n_unseen: int,
) -> Verdict:
    from smrt_lightning.evaluation.decision.evidence import Rule, find, rows_needed
    from smrt_lightning.evaluation.decision.statistics import CommonVariance, Prior
    from smrt_lightning.evaluation.decision.values import level_of

    settings = params.evaluate
    rule = Rule(settings.primary_metric, settings.smallest_difference, settings.alpha, test_share)
    level = level_of(before)
    margin = rule.margin(0.0 if level is None else level)
    found = find(new - before, rule, margin, CommonVariance(0.0, 0.0), Prior())
    what = f"{settings.primary_metric} on {n_unseen} rows that the published version never saw"
    if found.difference.mean is None:
        return _cannot_tell(f"{what} is undefined in every split")
    worse = -rule.sign * found.difference.mean > margin or (found.worse or 0.0) > RISK
    said = _sentence(found, what, margin, worse)
    if worse and found.grade != "worse":
        needed = rows_needed(found, margin, n_unseen)
        said += f" About {needed:,} such rows would settle it." if needed is not None else ""
    return Verdict(worse, said, found.to_dict())


def _sentence(found: Finding, what: str, margin: float, worse: bool) -> str:
    interval = ""
    if found.difference.low is not None and found.difference.high is not None:
        interval = f" [{signed(found.difference.low)}, {signed(found.difference.high)}]"
    verdict = "As good as"
    if worse:
        verdict = "Worse than" if found.grade == "worse" else "Too likely to be worse than"
    odds = ""
    if found.better is not None and found.worse is not None:
        odds = (
            f"; worse by more than {margin:.2g} with a probability of {percent(found.worse)}, "
            f"better with {percent(found.better)}"
        )
        if not worse and found.better > 0.5:
            verdict = "Better than"
    return (
        f"{verdict} the published version: {signed(found.difference.mean or 0.0)}{interval} "
        f"{what}{odds}."
    )


def _cannot_tell(why: str) -> Verdict:
    return Verdict(False, f"Not compared with the published version: {why}.", None)
