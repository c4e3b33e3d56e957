"""Tables cut in halves: one is the user's, the other the truth about what each method was worth.

The user's half is compared as the product compares a table, on repeated splits of its own rows.
Then every method is trained on the whole of that half and scored on the other, which the user would
never see. The scores of a case are written once, in one piece, so that a run can be stopped and
taken up again, and so that any rule of decision can be replayed on them for nothing.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.datasets import DATASETS, DataAbsentError, Table, take

METHODS = ("none", "class_weight", "smote", "gaussian", "smrt")
"""Of the defaults; a threshold changes no ranking, and random oversampling is much like SMOTE."""
METRICS = ("average_precision", "roc_auc", "f1", "mcc", "brier")
TRUTH = "truth"
"""The name of the split that trains on the user's half and tests on the other."""
KEYS = ["dataset", "halving", "side"]
MOST_TRUTH = 4_000
FEWEST_SHARE = 0.1
"""Common rows are thinned out to this share of rare ones, where the rows at hand ask for it."""


@dataclass(frozen=True)
class Case:
    """One half of one table as somebody's own table.

    Attributes
    ----------
    dataset : str
        A name of ``DATASETS``.
    halving : int
        Seed of the cut.
    side : int
        Which half is the user's: 0 or 1.
    """

    dataset: str
    halving: int
    side: int


def cases(datasets: Sequence[str], halvings: int, sides: int) -> Iterator[Case]:
    """Yield the cases; every table has its first before any has its second."""
    for side in range(sides):
        for halving in range(halvings):
            for dataset in datasets:
                yield Case(dataset, halving, side)


def thinned(y: NDArray[np.int64], rows: int) -> NDArray[np.intp]:
    """Return the positions that are left when common rows make room for rare ones.

    A table that is cut to ``rows`` rows would lose rare rows that it has. So common rows are
    thinned out until the rare ones of a half are a tenth of ``rows``, or until all of them fit.
    """
    rare, common = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
    share = max(len(rare) / len(y), min(FEWEST_SHARE, len(rare) / 2 / rows))
    kept = min(len(common), round(len(rare) * (1 - share) / share))
    chosen = np.random.default_rng(0).permutation(common)[:kept]
    return np.sort(np.concatenate([rare, chosen]))


def halve(y: NDArray[np.int64], case: Case, rows: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the positions of the user's rows, at most ``rows``, and of the truth's."""
    from sklearn.model_selection import train_test_split

    everything = np.arange(len(y))
    halves = train_test_split(everything, test_size=0.5, stratify=y, random_state=case.halving)
    user, truth = halves[case.side], halves[1 - case.side]
    return _at_most(user, y, rows, case.halving), _at_most(truth, y, MOST_TRUTH, case.halving)


def _at_most(
    rows: NDArray[np.intp], y: NDArray[np.int64], most: int, seed: int
) -> NDArray[np.intp]:
    """Thin rows out at their class ratio."""
    from sklearn.model_selection import train_test_split

    if len(rows) <= most:
        return np.sort(rows)
    kept, _ = train_test_split(rows, train_size=most, stratify=y[rows], random_state=seed)
    return np.sort(np.asarray(kept, dtype=np.intp))


def score_case(case: Case, table: Table, *, rows: int, repeats: int) -> pd.DataFrame:
    """Score every method on the splits of the user's half, and on the truth.

    Returns
    -------
    DataFrame
        One row for each split, method and classifier: the keys of the case, what its sizes are,
        and a column for each of ``METRICS`` of the rare class.
    """
    from smrt_lightning.evaluation.compare import compare
    from smrt_lightning.evaluation.splits import Split, make_splits

    table = take(table, thinned(table.y, rows))
    user, truth = halve(table.y, case, rows)
    X = table.X.iloc[np.concatenate([user, truth])].reset_index(drop=True)
    y = table.y[np.concatenate([user, truth])]
    mine = np.arange(len(user))
    own = make_splits(y[mine], repeats=repeats, random_state=case.halving, X=X.iloc[mine])
    whole = Split(TRUTH, mine, np.arange(len(user), len(y)))
    found = compare(
        X,
        y,
        methods=METHODS,
        splits=[*own, whole],
        random_state=case.halving,
        recalibrate=False,
        tune=False,
        ratios=(),
        fidelity=False,
    ).scores
    found = found[(found["class"] == "1") & found["metric"].isin(METRICS)]
    wide = found.pivot(index=["split", "method", "classifier"], columns="metric", values="value")
    sizes = {
        "n_user": len(user),
        "n_rare": int(y[mine].sum()),
        "n_truth": len(truth),
        "n_truth_rare": int(y[len(user) :].sum()),
        "test_share": sum(len(s.test) for s in own) / sum(len(s.train) for s in own),
        "fewest_test_rows": min(int(y[s.test].sum()) for s in own),
    }
    told: dict[str, Any] = {**vars(case), **sizes, "commit": _commit()}
    wide = wide[list(METRICS)].reset_index()
    return wide.assign(**told)[[*told, *wide.columns]]


def _commit() -> str:
    """Return the commit that the scores are made with."""
    ask = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"]
    return subprocess.run(ask, capture_output=True, text=True, check=False).stdout.strip()


def read(path: Path) -> pd.DataFrame:
    """Read the scores of the cases that are complete; the last may have been cut off."""
    if not path.exists():
        return pd.DataFrame(columns=KEYS)
    scores = pd.read_csv(path, dtype={"commit": "str"}, on_bad_lines="skip")
    whole = scores.groupby(KEYS)["brier"].transform(
        lambda values: len(values) % len(METHODS) == 0 and values.notna().all()
    )
    ended = scores.groupby(KEYS)["split"].transform(lambda names: TRUTH in set(names))
    return scores[whole & ended]


def run(path: Path, folder: Path, wanted: Sequence[Case], *, rows: int, repeats: int) -> None:
    """Score the cases that the file lacks, and append each as it is done."""
    scores = read(path)
    if path.exists():
        scores.to_csv(path, index=False, lineterminator="\n")  # without a case that was cut off
    done = {Case(*map(_plain, key)) for key in scores[KEYS].drop_duplicates().to_numpy().tolist()}
    for case in wanted:
        if case in done:
            continue
        try:
            table = DATASETS[case.dataset].build(folder)
        except DataAbsentError as error:
            print(f"{case.dataset} skipped: {error}", flush=True)
            continue
        found = score_case(case, table, rows=rows, repeats=repeats)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = found.to_csv(index=False, header=not path.exists(), lineterminator="\n")
        with path.open("a", encoding="utf-8", newline="") as file:
            file.write(text)
        print(f"{case.dataset} halving {case.halving} side {case.side}: done", flush=True)


def _plain(value: Any) -> Any:
    return value if isinstance(value, str) else int(value)
