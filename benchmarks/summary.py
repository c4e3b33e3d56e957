"""The results as Markdown: means and mean ranks, paired differences, and what must be shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.datasets import DATASETS
from benchmarks.trial import METRICS

MAIN = ("average_precision", "f1", "mcc")
SHORT = {
    "average_precision": "AP",
    "roc_auc": "ROC AUC",
    "f1": "F1",
    "mcc": "MCC",
    "balanced_accuracy": "bal. acc.",
    "brier": "Brier",
}
SOLVED = 0.98
TIE = 0.0005


def summarise(
    frame: pd.DataFrame,
    *,
    sets: Sequence[str] | None = None,
    methods: Sequence[str] | None = None,
    all_sets: bool = False,
) -> str:
    """Return the Markdown summary of a results file.

    Parameters
    ----------
    frame : DataFrame
        As `results.read` returns it.
    sets, methods : sequence of str
        What to show; everything by default. Only trials that every shown method has are averaged.
    all_sets : bool
        Also average over solved sets: those where none and smote both reach `SOLVED` average
        precision in the mean of the classifiers.
    """
    frame = frame[frame["dataset"].isin(list(sets or DATASETS))]
    names = list(methods) if methods else list(dict.fromkeys(frame["method"]))
    if lacking := [name for name in names if name not in set(frame["method"])]:
        return f"The results hold no rows of {', '.join(lacking)}."
    frame = frame[frame["method"].isin(names)]
    full = frame[frame["ratio"] == 1.0]
    shared = _shared(full, len(names))
    if shared.empty:
        return f"No trial is there for all of {', '.join(names)} yet."
    scores = shared.groupby(["dataset", "classifier", "method"], sort=False)[list(METRICS)].mean()
    solved = _solved(scores)
    used = scores if all_sets else scores[~scores.index.get_level_values(0).isin(solved)]
    parts = [_head(full, shared, used, solved, all_sets)]
    if not used.empty:
        parts += [_means(used, names), _differences(used, names), _per_set(scores, names, solved)]
        parts += [_mixed(used, names)]
    parts += [_coverage(shared, names), _subgroups(shared, names)]
    parts += [_thresholds(shared, names, solved), _ratio_half(frame, names), _costs(full, names)]
    if not used.empty:
        parts += [_must_show(used, frame, name) for name in names if name.startswith("smrt")]
    return "\n\n".join(part for part in parts if part)


def _shared(frame: pd.DataFrame, n_methods: int) -> pd.DataFrame:
    """Rows of the trials (set, split, classifier) that every method has."""
    n = frame.groupby(["dataset", "split", "classifier"])["method"].transform("nunique")
    return frame[n == n_methods]


def _solved(scores: pd.DataFrame) -> list[str]:
    by_set = scores["average_precision"].unstack("method").groupby("dataset", sort=False).mean()
    known = [method for method in ("none", "smote") if method in by_set]
    return list(by_set.index[(by_set[known] >= SOLVED).all(axis=1)]) if known else []


def _table(frame: pd.DataFrame, corner: str) -> str:
    lines = [
        " | ".join([corner, *map(str, frame.columns)]),
        "|".join(["---"] * (1 + frame.shape[1])),
    ]
    lines += [
        " | ".join([str(i), *map(str, row)])
        for i, row in zip(frame.index, frame.to_numpy(), strict=True)
    ]
    return "\n".join(f"| {line} |" for line in lines)


def _head(
    full: pd.DataFrame,
    shared: pd.DataFrame,
    used: pd.DataFrame,
    solved: list[str],
    all_sets: bool,
) -> str:
    splits = shared.groupby("dataset")["split"].nunique()
    waiting = [name for name in dict.fromkeys(full["dataset"]) if name not in splits.index]
    names = list(dict.fromkeys(used.index.get_level_values("dataset")))
    pairs = len(used.groupby(["dataset", "classifier"]))
    n_splits = "–".join(map(str, sorted({splits.min(), splits.max()})))
    lines = [
        f"{len(names)} sets, {pairs} pairs of set and classifier, "
        f"{n_splits} splits each, balanced 1:1; means over splits, then pairs.",
        f"Solved sets (none and smote ≥ {SOLVED} AP): {', '.join(solved) or '–'}; "
        + ("included." if all_sets else "left out of the means, shown by set."),
    ]
    if waiting:
        lines.append(f"Not yet there for every method, left out: {', '.join(waiting)}.")
    lines.append("Tables:")
    lines += [f"- {name}: {DATASETS[name].about}" for name in DATASETS if name in splits.index]
    return "\n".join(lines)


def _ranks(used: pd.DataFrame, metric: str) -> pd.Series[float]:
    """Mean rank of each method over the pairs; 1 is best."""
    wide = used[metric].unstack("method")
    ranks: pd.Series[float] = wide.rank(axis=1, ascending=metric == "brier").mean()
    return ranks


def _means(used: pd.DataFrame, names: Sequence[str]) -> str:
    table = pd.DataFrame(index=list(names))
    for metric in METRICS:
        mean = used[metric].groupby("method").mean()
        rank = _ranks(used, metric)
        table[SHORT[metric]] = [f"{mean[n]:.3f} ({rank[n]:.2f})" for n in names]
    return "### Mean (mean rank)\n\n" + _table(table, "method")


def _paired(used: pd.DataFrame, metric: str, method: str, against: str) -> pd.Series[float]:
    wide = used[metric].unstack("method")
    return wide[method] - wide[against]


def p_greater(differences: pd.Series[float]) -> float:
    """One-sided Wilcoxon signed-rank p that the differences are above zero; 1 when all are zero."""
    from scipy.stats import wilcoxon

    if not differences.any():
        return 1.0
    return float(wilcoxon(differences, alternative="greater").pvalue)


def _versus(differences: pd.Series[float]) -> str:
    wins, losses = int((differences > TIE).sum()), int((differences < -TIE).sum())
    ties = len(differences) - wins - losses
    of_sets = p_greater(differences.groupby("dataset").mean())
    p = f"{p_greater(differences):.1g} ({of_sets:.1g})"
    return f"{differences.mean():+.3f}, {wins}/{ties}/{losses}, {p}"


def _worst(used: pd.DataFrame, method: str, against: str) -> tuple[str, float]:
    by_set = _paired(used, "average_precision", method, against).groupby("dataset").mean()
    return str(by_set.idxmin()), float(by_set.min())


def _differences(used: pd.DataFrame, names: Sequence[str]) -> str:
    parts = []
    for against in ("smote", "none"):
        others = [name for name in names if name != against]
        if against not in names or not others:
            continue
        table = pd.DataFrame(index=others)
        for metric in MAIN:
            table[SHORT[metric]] = [_versus(_paired(used, metric, n, against)) for n in others]
        table["worst set, AP"] = ["{} {:+.3f}".format(*_worst(used, n, against)) for n in others]
        parts.append(
            f"### Against {against}: mean difference, wins/ties/losses, one-sided Wilcoxon p\n\n"
            f"A tie is a difference of at most {TIE}. The pairs of a set share its rows, so that p "
            "over the pairs is too small; in brackets p over the sets, each counted once (Demšar "
            "2006).\n\n" + _table(table, "method")
        )
    return "\n\n".join(parts)


def _per_set(scores: pd.DataFrame, names: Sequence[str], solved: list[str]) -> str:
    by_set = scores.groupby(["dataset", "method"], sort=False)[["average_precision", "f1"]].mean()
    wide = by_set.apply(lambda row: f"{row.iloc[0]:.3f} / {row.iloc[1]:.3f}", axis=1).unstack(
        "method"
    )
    order = [name for name in DATASETS if name in wide.index]
    wide = wide.loc[order, list(names)]
    wide.index = pd.Index([f"{name} (solved)" if name in solved else name for name in order])
    by_kind = scores.groupby(["classifier", "method"], sort=False)[
        ["average_precision", "f1"]
    ].mean()
    kinds = by_kind.apply(lambda row: f"{row.iloc[0]:.3f} / {row.iloc[1]:.3f}", axis=1)
    return (
        "### AP / F1 by set\n\n"
        + _table(wide, "set")
        + "\n\n### AP / F1 by classifier, every set above\n\n"
        + _table(kinds.unstack("method")[list(names)], "classifier")
    )


def _mixed_sets(used: pd.DataFrame) -> pd.DataFrame:
    mixed = [name for name, dataset in DATASETS.items() if dataset.mixed]
    return used[used.index.get_level_values("dataset").isin(mixed)]


def _mixed(used: pd.DataFrame, names: Sequence[str]) -> str:
    mixed = _mixed_sets(used)
    others = [name for name in names if name != "smote"]
    if mixed.empty or "smote" not in names or not others:
        return ""
    table = pd.DataFrame(index=others)
    for metric in MAIN:
        table[SHORT[metric]] = [f"{_paired(mixed, metric, n, 'smote').mean():+.3f}" for n in others]
    used_sets = ", ".join(dict.fromkeys(mixed.index.get_level_values("dataset")))
    return f"### Mixed tables against SMOTENC ({used_sets})\n\n" + _table(table, "method")


def _coverage(shared: pd.DataFrame, names: Sequence[str]) -> str:
    """Show what the rows added keep of the class, of methods that put them behind the real ones."""
    once = shared.drop_duplicates(["dataset", "split", "method"])
    columns = {"worst_subgroup": "worst-served sub-group keeps", "total_variation": "TV"}
    by_set = once.groupby(["dataset", "method"])[list(columns)].mean().dropna()
    means = by_set.groupby("method").mean()
    table = means.reindex([name for name in names if name in means.index]).rename(columns=columns)
    if table.empty:
        return ""
    return (
        "### The whole class\n\nOf its share of the class, what the worst-served sub-group keeps "
        "among the synthetic rows (about ten clusters, and every level of a tenth of the class), "
        "and the total variation (TV) between the clusters' shares; means over the sets. The "
        "clusters are not those that SMRT draws with.\n\n"
        + _table(table.map("{:.2f}".format), "method")
    )


def _subgroups(shared: pd.DataFrame, names: Sequence[str]) -> str:
    known = shared.dropna(subset=["subgroup_recall"])
    if known.empty:
        return ""
    recall = known.groupby(["method", "dataset"])["subgroup_recall"].mean().unstack("dataset")
    rows = recall.loc[list(names)].map("{:.3f}".format)
    return "### Recall of the neglected sub-group\n\n" + _table(rows, "method")


def _thresholds(shared: pd.DataFrame, names: Sequence[str], solved: list[str]) -> str:
    unsolved = shared[~shared["dataset"].isin(solved)]
    pairs = unsolved.groupby(["dataset", "classifier", "method"])[["f1", "best_f1"]].mean().dropna()
    means = pairs.groupby("method").mean()
    table = pd.DataFrame(index=[name for name in names if name in means.index])
    table["F1 at 0.5"] = [f"{means['f1'][name]:.3f}" for name in table.index]
    table["at the best threshold"] = [f"{means['best_f1'][name]:.3f}" for name in table.index]
    return (
        "### How much F1 a threshold leaves\n\nThe best threshold is found on the test rows "
        "themselves: a bound, not a result.\n\n" + _table(table, "method")
    )


def _half(frame: pd.DataFrame) -> pd.DataFrame:
    half = frame[(frame["ratio"] == 0.5) & (frame["classifier"] == "logistic_regression")]
    shared = _shared(half, half["method"].nunique())
    metrics = ["precision", "recall", "f1", "average_precision"]
    return shared.groupby(["dataset", "method"], sort=False)[metrics].mean()


def _ratio_half(frame: pd.DataFrame, names: Sequence[str]) -> str:
    half = _half(frame)
    if half.empty:
        return ""
    text = half.apply(lambda r: " / ".join(f"{v:.3f}" for v in r), axis=1).unstack("dataset")
    text = text.loc[[name for name in names if name in text.index]]
    return "### Ratio 0.5, logistic regression: precision / recall / F1 / AP\n\n" + _table(
        text, "method"
    )


def _costs(full: pd.DataFrame, names: Sequence[str]) -> str:
    once = full.drop_duplicates(["dataset", "split", "method"]).groupby("method")[
        "resample_seconds"
    ]
    table = pd.DataFrame(index=list(names))
    table["mean"] = [f"{once.mean()[n]:.2f}" for n in names]
    table["median"] = [f"{once.median()[n]:.2f}" for n in names]
    table["largest"] = [f"{once.max()[n]:.2f}" for n in names]
    failed = full["note"].str.startswith("left alone").groupby(full["method"]).sum()
    table["scores of data left alone, as it could not resample"] = [str(failed[n]) for n in names]
    return "### Processor seconds per resampling, one thread\n\n" + _table(table, "method")


def _must_show(used: pd.DataFrame, frame: pd.DataFrame, method: str) -> str:
    """Check one SMRT method against the figures of the quality issue, among the peers only."""
    peers = [n for n in used.index.unique("method") if not n.startswith("smrt")]
    if not {"smote", "none"} <= set(peers):
        return ""
    used = used[used.index.get_level_values("method").isin([*peers, method])]
    rows: list[tuple[str, str, str, bool]] = []
    for metric, least in zip(MAIN, (0.030, 0.060, 0.050), strict=True):
        d = _paired(used, metric, method, "smote")
        rows.append(_row(f"{SHORT[metric]} − SMOTE", d.mean(), least, "+.3f"))
        p = p_greater(d)
        rows.append((f"{SHORT[metric]}: Wilcoxon p", "< 0.001", f"{p:.1g}", p < 0.001))
        ranks = _ranks(used, metric)
        best = ranks.drop(method).min()
        seen = f"{ranks[method]:.2f}, best peer {best:.2f} ({ranks.drop(method).idxmin()})"
        rows.append((f"{SHORT[metric]}: mean rank", "first", seen, bool(ranks[method] < best)))
    name, worst = _worst(used, method, "smote")
    rows.append((f"worst set, AP − SMOTE ({name})", "≥ -0.010", f"{worst:+.3f}", worst >= -0.010))
    d = _paired(used, "average_precision", method, "none")
    rows.append(_row("AP − none", d.mean(), 0.010, "+.3f"))
    mixed = _mixed_sets(used)
    for metric in MAIN if len(mixed) else ():
        mean = _paired(mixed, metric, method, "smote").mean()
        rows.append((f"mixed tables: {SHORT[metric]} − SMOTENC", "> 0", f"{mean:+.3f}", mean > 0))
    half = _half(frame)["f1"].unstack("method") if (frame["ratio"] == 0.5).any() else pd.DataFrame()
    if {method, "smote"} <= set(half.columns):
        for which, d_f1 in (half[method] - half["smote"]).items():
            rows.append(_row(f"{which} at 0.5, LR: F1 − SMOTE", d_f1, 0.030, "+.3f"))
    table = pd.DataFrame(
        [[aim, seen, "yes" if met else "no"] for _, aim, seen, met in rows],
        index=[what for what, *_ in rows],
        columns=["aim", "seen", "met"],
    )
    return f"### Must show: {method}\n\n" + _table(table, "figure")


def _row(what: str, seen: Any, least: float, form: str) -> tuple[str, str, str, bool]:
    return what, f"≥ {least:{form}}", f"{seen:{form}}", bool(np.greater_equal(seen, least))
