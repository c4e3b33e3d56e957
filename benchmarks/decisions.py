"""Does the verdict hold? Tables cut in halves: one is the user's, the other the truth.

::

    python -m benchmarks.decisions --data ../shared/data     # resumes; hours on two cores
    python -m benchmarks.decisions --sets iris,wine --rows 400
    python -m benchmarks.decisions --summary                 # only print what the file holds

Scores are computed once and appended to a file, case by case; rules are replayed on them for
nothing. The rule's constants were chosen on every other table (`CHOSEN_ON`); what is reported is
the other half, and all of them beside it.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.datasets import DATASETS
from benchmarks.halves import METHODS, cases, read, run
from benchmarks.policies import POLICIES, judged, statements, told

OUT = Path(".smrt/benchmarks/decisions.csv")
DATA = Path("../shared/data")
_SLOW = ("digits", "mnist", "us_crime", "ozone_level", "bank_marketing", "adult")
SETS = sorted(DATASETS, key=lambda name: name.startswith(_SLOW))
CHOSEN_ON = frozenset(list(DATASETS)[::2])
BINS = (0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0)


def summary(scores: pd.DataFrame) -> str:
    """Return the comparison of policies and the calibration as Markdown."""
    known = told(scores)
    if not known:
        return "No case is scored yet."
    rows = pd.DataFrame([judged(case) for case in known])
    stated = pd.concat([statements(case) for case in known], ignore_index=True)
    report = ~rows["dataset"].isin(CHOSEN_ON)
    commits = ", ".join(sorted(scores["commit"].astype("str").unique()))
    lines = [
        f"{len(rows)} cases of {rows['dataset'].nunique()} tables, {int(report.sum())} of them of "
        f"tables that no constant was chosen on; {', '.join(METHODS)}; scores made by {commits}.",
        *_regrets(rows, report),
        *_verdicts(rows, report),
        *_calibration(stated),
        *_by_case(rows),
    ]
    return "\n".join(lines)


def _regrets(rows: pd.DataFrame, report: pd.Series[bool]) -> Iterator[str]:
    yield from ("", "### Average precision lost against the best method in hindsight", "")
    yield "| policy | reported half | all | median of all |"
    yield "|---|---|---|---|"
    for name in POLICIES:
        lost = rows[f"regret of {name}"]
        yield f"| {name} | {_of(lost[report])} | {lost.mean():.4f} | {lost.median():.4f} |"


def _of(values: pd.Series[float]) -> str:
    return f"{values.mean():.4f}" if len(values) else "–"


def _verdicts(rows: pd.DataFrame, report: pd.Series[bool]) -> Iterator[str]:
    yield from ("", "### Verdicts", "")
    yield "| verdict | reported half | all |"
    yield "|---|---|---|"
    for code in ("use", "lean", "no_difference", "hurts", "guessing", "too_few_rows"):
        is_code = rows["code"] == code
        part = f"{is_code[report].mean():.0%}" if report.any() else "–"
        yield f"| {code} | {part} ({int(is_code[report].sum())}) | {is_code.mean():.0%} |"
    told_then = rows["november"].value_counts()
    then = ", ".join(f"{name} {number}" for name, number in told_then.items())
    yield from ("", f"The rule of 21 November on the same cases: {then}.")
    for code in ("use", "lean"):
        of_code = rows[rows["code"] == code]
        if len(of_code):
            gain = np.array(
                [row[f"true gain of {row['adopted']}"] for _, row in of_code.iterrows()]
            )
            margin = of_code["margin"].to_numpy()
            yield (
                f"{code}: {len(of_code)} cases; true gain above the margin in "
                f"{int((gain > margin).sum())}, a loss beyond it in {int((gain < -margin).sum())}."
            )


def _calibration(stated: pd.DataFrame) -> Iterator[str]:
    yield from ("", "### What was stated, and what came true", "")
    yield "| stated | cases | mean stated | came true | difference |"
    yield "|---|---|---|---|---|"
    for half, part in (
        ("reported half", stated[~stated["dataset"].isin(CHOSEN_ON)]),
        ("all", stated),
    ):
        for low, high in pairwise(BINS):
            inside = part[(part["stated"] >= low) & (part["stated"] < high + (high == 1.0))]
            if len(inside):
                said, came = inside["stated"].mean(), inside["true"].mean()
                yield (
                    f"| {low:.2f} to {high:.2f}, {half} | {len(inside)} | {said:.2f} | "
                    f"{came:.2f} | {came - said:+.2f} |"
                )
    stated_error = ((stated["stated"] - stated["true"]) ** 2).mean()
    usual = stated.groupby("outcome")["true"].transform("mean")
    usual_error = ((usual - stated["true"]) ** 2).mean()
    yield ""
    yield f"Brier score of a statement {stated_error:.3f}, of the usual shares {usual_error:.3f}."


def _by_case(rows: pd.DataFrame) -> Iterator[str]:
    yield from ("", "### By case", "")
    yield "| table | halving, side | rows (rare) | verdict | adopted | its true gain | best gain |"
    yield "|---|---|---|---|---|---|---|"
    for _, row in rows.iterrows():
        gains = {m: row[f"true gain of {m}"] for m in METHODS[1:]} | {"none": 0.0}
        best = max(gains, key=gains.__getitem__)
        own = gains[row["adopted"]]
        yield (
            f"| {row['dataset']} | {row['halving']}, {row['side']} | {row['n_user']} "
            f"({row['n_rare']}) | {row['code']} | {row['adopted']} | {own:+.4f} | "
            f"{best} {gains[best]:+.4f} |"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Score what is missing, and print the summary."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.decisions", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the tables")
    parser.add_argument("--out", type=Path, default=OUT, help="scores, appended to")
    parser.add_argument("--sets", default=",".join(SETS), help="tables, separated by commas")
    parser.add_argument("--halvings", type=int, default=2)
    parser.add_argument(
        "--sides", type=int, default=1, choices=(1, 2), help="halves to be the user's"
    )
    parser.add_argument("--rows", type=int, default=800, help="rows of the user's half, at most")
    parser.add_argument("--repeats", type=int, default=10, help="splits of the user's half")
    parser.add_argument("--summary", action="store_true", help="score nothing")
    parser.add_argument("--csv", type=Path, help="write one row a case here")
    chosen = parser.parse_args(arguments)
    names = [name for name in chosen.sets.split(",") if name]
    for name in names:
        if name not in DATASETS:
            parser.error(f"no table {name!r}; there are {', '.join(DATASETS)}")
    if not chosen.summary:
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ.setdefault(name, "1")
        wanted = list(cases(names, chosen.halvings, chosen.sides))
        run(chosen.out, chosen.data, wanted, rows=chosen.rows, repeats=chosen.repeats)
    scores = read(chosen.out)
    print(summary(scores))
    if chosen.csv is not None and len(scores):
        table = pd.DataFrame([judged(case) for case in told(scores)])
        table.to_csv(chosen.csv, index=False, lineterminator="\n", float_format="%.5f")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
