"""Does drift alarm of nothing, and does it see something? Fresh batches, and planted changes.

::

    python -m benchmarks.drift --data ../shared/data  # 20 minutes on one core
    python -m benchmarks.drift --sets phoneme --references 1 --batches 5

A table is shuffled and cut: its first rows become a project, as `smrt init` would start it, whose
models are trained; the others, in batches that share no row, are of the same kind.
Each alarm of such a batch is false. Then changes are planted in some, and an alarm is right.
Since batches of one reference share its accidents, each table has several references.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from benchmarks.datasets import DATASETS
from smrt_lightning.seeds import numpy_generator

if TYPE_CHECKING:
    from components.project.params import Params

DATA = Path("../shared/data")
SETS = ("phoneme", "page_blocks", "adult")
TARGET = "label"
RARE, COMMON = "rare", "common"

Plant = Callable[[pd.DataFrame, pd.DataFrame, np.random.Generator], pd.DataFrame]
"""Takes a batch, further rows of the table and a generator; returns the changed batch."""


def _measured(frame: pd.DataFrame) -> list[str]:
    return [str(n) for n in frame if n != TARGET and pd.api.types.is_numeric_dtype(frame[n])]


def _shifted(share: float, by: float, label: str | None = None) -> Plant:
    """Add standard deviations of the table to some of the numeric columns, in one class or all."""

    def plant(batch: pd.DataFrame, more: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        names = _measured(batch)
        moved = rng.permutation(names)[: max(1, int(np.ceil(share * len(names))))]
        rows = np.full(len(batch), True) if label is None else (batch[TARGET] == label).to_numpy()
        columns = {}
        for name in map(str, moved):
            step = by * more[name].std()
            if pd.api.types.is_integer_dtype(batch[name]):  # or the schema would find it
                step = round(step)
            columns[name] = batch[name].mask(rows, batch[name] + step)
        return batch.assign(**columns)

    return plant


def _emptied(share: float, cells: float) -> Plant:
    """Lose some of the cells of some of the numeric columns."""

    def plant(batch: pd.DataFrame, _: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        names = _measured(batch)
        emptied = rng.permutation(names)[: max(1, int(np.ceil(share * len(names))))]
        return batch.assign(
            **{
                str(n): batch[n].astype("float64").mask(rng.random(len(batch)) < cells)
                for n in emptied
            }
        )

    return plant


def _more_rare(times: float) -> Plant:
    """Replace rows of the common class by rows of the rare one that the table has elsewhere."""

    def plant(batch: pd.DataFrame, more: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        rare = (batch[TARGET] == RARE).to_numpy()
        n_more = min(round((times - 1) * rare.sum()), int((~rare).sum()))
        others = more[more[TARGET] == RARE]
        drawn = others.iloc[rng.integers(0, len(others), n_more)]
        return pd.concat([batch[rare], drawn, batch[~rare].iloc[n_more:]], ignore_index=True)

    return plant


def _unbound(label: str) -> Plant:
    """Shuffle every column within a class by itself: each as before, but none fits the others."""

    def plant(batch: pd.DataFrame, _: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        rows = (batch[TARGET] == label).to_numpy()
        changed = batch.copy()
        for name in batch.columns.drop(TARGET):
            values = batch[name].to_numpy(copy=True)
            values[rows] = rng.permutation(values[rows])
            changed[name] = values
        return changed

    return plant


PLANTS: dict[str, Plant] = {
    "every numeric column + 0.25 standard deviations": _shifted(1.0, 0.25),
    "every numeric column + 0.5": _shifted(1.0, 0.5),
    "a third of the numeric columns + 0.5": _shifted(1 / 3, 0.5),
    "a third of the numeric columns + 1": _shifted(1 / 3, 1.0),
    "the rare class alone: every numeric column + 0.5": _shifted(1.0, 0.5, RARE),
    "the rare class alone: every numeric column + 1": _shifted(1.0, 1.0, RARE),
    "the rare class alone: its columns shuffled apart": _unbound(RARE),
    "twice as many rare rows": _more_rare(2.0),
    "four times as many rare rows": _more_rare(4.0),
    "half of the numeric columns: a fifth of the cells missing": _emptied(0.5, 0.2),
}


@dataclass(frozen=True)
class Looked:
    """One batch that was looked at.

    Attributes
    ----------
    dataset, planted : str
        The table, and the change planted ("" for none).
    alarms : tuple of str
        The kinds of the alarms: "columns", "class shares", "reconstruction", "schema".
    """

    dataset: str
    planted: str
    alarms: tuple[str, ...]


def pieces(
    table: pd.DataFrame, reference: int, rows: int, batch_rows: int, batches: int
) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """Cut a table into a reference and batches that share no row with it or with each other."""
    rng = numpy_generator(reference, "benchmark of drift")
    shuffled = table.iloc[rng.permutation(len(table))].reset_index(drop=True)
    rows = min(rows, len(table) * 2 // 3)
    rest = shuffled.iloc[rows:]
    n = min(batches, len(rest) // batch_rows)
    cut = [
        rest.iloc[i * batch_rows : (i + 1) * batch_rows].reset_index(drop=True) for i in range(n)
    ]
    return shuffled.iloc[:rows], cut


def started(root: Path, table: pd.DataFrame) -> Params:
    """Start a project with a table as `smrt init` does, and train its models."""
    from components.intake.schema_file import schema_text
    from components.intake.understanding import open_table, understand
    from components.pipeline import run_stage
    from components.project import code
    from components.project.params import load_params
    from components.project.workspace import Workspace
    from components.project.yaml_files import with_values

    (root / "data").mkdir(parents=True)
    path = root / "data" / "known.csv"
    table.to_csv(path, index=False)
    found = understand(path, *open_table(path, TARGET), TARGET)
    values = {
        "data.path": "data/known.csv",
        "data.target": TARGET,
        "data.ignore": list(found.ignored),
        "data.max_invalid_class_fraction": 1.0,
        "split.repeats": "auto",
        "report.image_shape": None,
    }
    template = (code.TEMPLATES / "params.yaml").read_text(encoding="utf-8")
    (root / "params.yaml").write_text(with_values(template, values), encoding="utf-8")
    (root / "schema.yaml").write_text(schema_text(found), encoding="utf-8")
    params = load_params(root)
    for stage in ("validate", "split", "train"):
        run_stage(stage, Workspace(root), params)
    return params


def look(root: Path, params: Params, batch: pd.DataFrame) -> tuple[str, ...]:
    """Compare a batch with the project; return the kinds of the alarms."""
    from components.drift import check
    from components.project.workspace import Workspace

    path = root / "batch.csv"
    batch.to_csv(path, index=False)
    workspace = Workspace(root)
    findings: dict[str, Any] = check.check(workspace, params, path, workspace, "reference")
    return tuple(sorted({_kind(alarm) for alarm in findings["alarms"]}))


def _kind(alarm: str) -> str:
    if alarm.startswith("schema"):
        return "schema"
    if "of the columns drifted" in alarm:
        return "columns"
    return "class shares" if "class shares" in alarm else "reconstruction"


def of_table(
    name: str,
    data: Path,
    *,
    references: int,
    rows: int,
    batch_rows: int,
    batches: int,
    planting: int,
) -> Iterator[Looked]:
    """Look at the batches of a table, and at the first of each reference with changes planted."""
    built = DATASETS[name].build(data)
    label = pd.Series(np.where(built.y == 1, RARE, COMMON), dtype="str")
    table = built.X.reset_index(drop=True).assign(**{TARGET: label})
    for reference in range(references):
        known, fresh = pieces(table, reference, rows, batch_rows, batches)
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            params = started(root, known)
            for number, batch in enumerate(fresh):
                yield Looked(name, "", look(root, params, batch))
                for planted, plant in PLANTS.items() if number < planting else ():
                    rng = numpy_generator(reference, planted, str(number))
                    yield Looked(name, planted, look(root, params, plant(batch, known, rng)))


def summary(looked: Sequence[Looked]) -> str:
    """Return the rates of false and of right alarms as Markdown."""
    names = list(dict.fromkeys(found.dataset for found in looked))
    lines = [
        f"| batch | {' | '.join(names)} | all | 95 % interval |",
        "|---" * (len(names) + 3) + "|",
    ]
    for planted in dict.fromkeys(found.planted for found in looked):
        own = [found for found in looked if found.planted == planted]
        alarmed = [bool(found.alarms) for found in own]
        cells = [
            _rate([bool(f.alarms) for f in own if f.dataset == name], counts=not planted)
            for name in names
        ]
        low, high = _interval(sum(alarmed), len(alarmed))
        title = planted or "**of the same kind: false alarms**"
        lines.append(
            f"| {title} | {' | '.join(cells)} | {_rate(alarmed, counts=True)} "
            f"| {low:.1%} to {high:.1%} |"
        )
    kinds: dict[str, int] = {}
    for found in looked:
        for kind in found.alarms if not found.planted else ():
            kinds[kind] = kinds.get(kind, 0) + 1
    listed = ", ".join(f"{kind} {n}" for kind, n in sorted(kinds.items())) or "none"
    return "\n".join([*lines, "", f"False alarms by kind: {listed}."])


def _rate(alarmed: Sequence[bool], *, counts: bool) -> str:
    if not alarmed:
        return "–"
    share = f"{np.mean(alarmed):.1%}" if counts else f"{np.mean(alarmed):.0%}"
    return f"{share} ({sum(alarmed)} of {len(alarmed)})" if counts else share


def _interval(hits: int, n: int) -> tuple[float, float]:
    from scipy.stats import binomtest

    found = binomtest(hits, n).proportion_ci(method="wilson")
    return float(found.low), float(found.high)


def main(arguments: Sequence[str] | None = None) -> int:
    """Look at every batch, and print the rates."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.drift",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the tables")
    parser.add_argument("--sets", default=",".join(SETS), help="tables, separated by commas")
    parser.add_argument("--references", type=int, default=5, help="shuffles of each table")
    parser.add_argument("--rows", type=int, default=2000, help="rows of a reference, at most")
    parser.add_argument("--batch-rows", type=int, default=250, help="rows of a batch")
    parser.add_argument("--batches", type=int, default=15, help="batches of a reference, at most")
    parser.add_argument("--planting", type=int, default=3, help="of them to plant changes in")
    chosen = parser.parse_args(arguments)
    names = [name for name in chosen.sets.split(",") if name]
    for name in names:
        if name not in DATASETS:
            parser.error(f"no table {name!r}; there are {', '.join(DATASETS)}")
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    begun = time.monotonic()
    looked: list[Looked] = []
    for name in names:
        looked += of_table(
            name,
            chosen.data,
            references=chosen.references,
            rows=chosen.rows,
            batch_rows=chosen.batch_rows,
            batches=chosen.batches,
            planting=chosen.planting,
        )
        minutes = (time.monotonic() - begun) / 60
        print(f"{name}: {len(looked)} batches after {minutes:.1f} minutes", flush=True)
    print(
        f"\nReferences of up to {chosen.rows} rows, {chosen.references} a table; batches of "
        f"{chosen.batch_rows} rows.\n"
    )
    print(summary(looked))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
