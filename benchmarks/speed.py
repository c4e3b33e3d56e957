"""Speed and memory, side by side: each measurement in a process of its own, in turns.

``python -m benchmarks.speed`` prints a Markdown table of medians, ratios first; ``--quick`` takes
some five minutes. Seconds are those of the processor, so that other work on the machine does not
show much. A process imports and makes its data before it is timed; its peak memory is all of it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smrt_lightning import kernels

RARE_ROWS = 20_000
Work = Callable[[], object]


@dataclass(frozen=True)
class Row:
    """Two measurements to compare.

    Attributes
    ----------
    what : str
    ours, theirs : str
        Names of tasks, with their arguments.
    figure : {"cpu", "wall", "peak"}
        Processor seconds, wall seconds, or the process's peak memory in MB.
    """

    what: str
    ours: str
    theirs: str
    figure: str = "cpu"


def make_rows(n_rows: int, n_columns: int, seed: int) -> NDArray[np.float64]:
    """Return correlated, partly heavy-tailed and partly integer columns."""
    rng = np.random.default_rng(seed)
    n_factors = min(8, n_columns)
    X = rng.normal(size=(n_rows, n_factors)) @ rng.normal(size=(n_factors, n_columns))
    X += 0.5 * rng.normal(size=X.shape)
    X[:, ::5] = np.exp(X[:, ::5] / 3)
    X[:, 1::5] = np.round(X[:, 1::5])
    return X


def _models(n: int) -> tuple[list[Any], list[NDArray[np.float64]]]:
    from smrt_lightning import VariationalAutoEncoder

    VariationalAutoEncoder(min_steps=2, max_steps=2, random_state=0).fit(make_rows(50, 3, 2))
    models = [VariationalAutoEncoder(random_state=seed) for seed in range(n)]
    return models, [make_rows(100, 30, seed) for seed in range(n)]


def stacked(n: int) -> Work:
    """Fit n classes of 100 × 30 together."""
    from smrt_lightning.model.training.together import fit_together

    models, tables = _models(n)
    return lambda: list(fit_together(models, tables))


def one_by_one(n: int) -> Work:
    """Fit n classes of 100 × 30 one after another."""
    models, tables = _models(n)
    return lambda: [model.fit(table) for model, table in zip(models, tables, strict=True)]


def _classification(n: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    from sklearn.datasets import make_classification

    X, y = make_classification(n, 30, n_informative=10, weights=[0.98], random_state=0)
    return X, y


def smrt(n: int) -> Work:
    """Balance n × 30 to ratio 0.5."""
    from smrt_lightning import SMRT

    X, y = _classification(n)
    return lambda: SMRT(0.5, random_state=0).fit_resample(X, y)


def smote(n: int) -> Work:
    """Balance n × 30 to ratio 0.5 with imbalanced-learn's SMOTE."""
    from imblearn.over_sampling import SMOTE

    X, y = _classification(n)
    return lambda: SMOTE(sampling_strategy=0.5, random_state=0).fit_resample(X, y)


def table(n: int) -> Path:
    """Return a folder of Parquet files of n × 30, with 20,000 rare rows; made once."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = Path(tempfile.gettempdir()) / "smrt-speed" / f"{n}"
    if (folder / "_SUCCESS").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    n_files = -(-n // 1_000_000)
    mix = np.random.default_rng(0).normal(size=(10, 30))
    for number in range(n_files):
        rng = np.random.default_rng(number)
        size = n // n_files
        y = np.arange(size) < RARE_ROWS // n_files
        rng.shuffle(y)
        X = rng.normal(size=(size, 10)) @ mix + 0.5 * rng.normal(size=(size, 30))
        X[y, :5] += 1.5
        columns = {f"x{at}": X[:, at] for at in range(30)} | {"y": y.astype(int)}
        path = folder / f"{number:03d}.parquet"
        pq.write_table(pa.table(columns), path, row_group_size=131_072, compression="zstd")
    (folder / "_SUCCESS").touch()
    return folder


def made(n: int) -> Work:
    """Make a table, so that no other process has to."""
    return lambda: table(n)


def in_parts(n: int) -> Work:
    """Balance n × 30 in parts, to twice the rare rows."""
    from components.intake.wishes import Wishes
    from components.streaming.balance import balance, look
    from components.streaming.engine import Engine

    folder = table(n)

    def work() -> None:
        with tempfile.TemporaryDirectory() as output:
            seen = look(str(folder), "y", Wishes(), 0, Engine())
            ratio = 2 * RARE_ROWS / (n - RARE_ROWS)
            balance(seen, Path(output) / "out", ratio, 0, Engine())

    return work


def one_pass(n: int) -> Work:
    """Read n × 30 once, count the classes and keep a sample."""
    from components.intake.wishes import Wishes
    from components.streaming.engine import Engine
    from components.streaming.scan import scan
    from components.streaming.source import open_source

    source = open_source(str(table(n)), "y", Wishes())
    return lambda: scan(source, "y", 0, Engine())


def arrow_scan(n: int) -> Work:
    """Read n × 30 with Arrow, and do nothing."""
    import pyarrow.dataset as ds

    dataset = ds.dataset(table(n), format="parquet", exclude_invalid_files=True)
    return lambda: [None for _ in dataset.to_batches()]


def smote_held(n: int) -> Work:
    """Read n × 30 into memory, and balance it with SMOTE to twice the rare rows."""
    import pandas as pd
    from imblearn.over_sampling import SMOTE

    paths = sorted(table(n).glob("*.parquet"))

    def work() -> None:
        frame = pd.concat([pd.read_parquet(path) for path in paths], ignore_index=True)
        sampler = SMOTE(sampling_strategy={1: 2 * RARE_ROWS}, random_state=0)
        sampler.fit_resample(frame.drop(columns="y"), frame["y"])

    return work


TASKS: dict[str, Callable[[int], Work]] = {
    task.__name__: task
    for task in (stacked, one_by_one, smrt, smote, made, in_parts, one_pass, arrow_scan, smote_held)
}


def sizes(quick: bool) -> tuple[int, int]:
    """Return the rows of the smaller and of the larger table in parts."""
    return (1_000_000, 3_000_000) if quick else (2_000_000, 6_000_000)


def rows(quick: bool) -> list[Row]:
    """Return what is compared."""
    n, wide = (12, 100_000) if quick else (50, 400_000)
    small, large = sizes(quick)
    held, parts = f"smote_held {small}", (f"in_parts {small}", f"in_parts {large}")
    half, plain = f"{wide:,} × 30 to ratio 0.5", "-c pass"
    return [
        Row(f"{n} classes of 100 × 30: one by one ÷ stacked", f"stacked {n}", f"one_by_one {n}"),
        Row(f"{half}: SMOTE ÷ SMRT", f"smrt {wide}", f"smote {wide}"),
        Row(f"{half}, peak memory: SMOTE ÷ SMRT", f"smrt {wide}", f"smote {wide}", "peak"),
        Row(
            f"in parts, {RARE_ROWS:,} rare rows, peak memory: {small:,} rows ÷ {large:,} rows",
            parts[1],
            parts[0],
            "peak",
        ),
        Row(f"{small:,} rows, peak memory: SMOTE, held ÷ in parts", parts[0], held, "peak"),
        Row(
            f"one pass over {small:,} rows: Arrow's scan ÷ ours",
            f"one_pass {small}",
            f"arrow_scan {small}",
        ),
        Row("`python -c pass` ÷ `smrt --help`", "-m smrt_lightning --help", plain),
        Row("`python -c pass` ÷ `import smrt_lightning`", "-c import\tsmrt_lightning", plain),
    ]


def measure(task: str) -> dict[str, float]:
    """Measure a task in this process, or a command in its child."""
    name, _, argument = task.partition(" ")
    if name in TASKS:
        work = TASKS[name](int(argument))
        who = resource.RUSAGE_SELF
    else:
        arguments = [part.replace("\t", " ") for part in task.split(" ")]
        who = resource.RUSAGE_CHILDREN

        def work() -> object:
            return subprocess.run(
                [sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL
            )

    before, start = resource.getrusage(who), time.perf_counter()
    work()
    after = resource.getrusage(who)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    wall = time.perf_counter() - start
    return {"cpu": cpu, "wall": wall, "peak": after.ru_maxrss / 1024}


def apart(task: str) -> dict[str, float]:
    """Measure a task in a process of its own, on one thread under the pin of the kernels."""
    environment = {**os.environ, **kernels.pins(), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.speed", "--one", task],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def compare(row: Row, n_pairs: int, seen: dict[str, list[dict[str, float]]]) -> str:
    """Return a row's line of the table; what was measured for another row is used again."""
    for _ in range(n_pairs):
        for task in (row.ours, row.theirs):
            if len(seen.setdefault(task, [])) < n_pairs:
                seen[task].append(apart(task))
    ours, theirs = ([one[row.figure] for one in seen[task]] for task in (row.ours, row.theirs))
    ratio = statistics.median(b / a for a, b in zip(ours, theirs, strict=True))
    unit = "MB" if row.figure == "peak" else "s"
    a, b = statistics.median(ours), statistics.median(theirs)
    return f"| {row.what} | {ratio:.2f} | {b:.3g} {unit} | {a:.3g} {unit} |"


def main() -> None:
    """Print the table, line by line as it comes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller tables, one pair")
    parser.add_argument("--pairs", type=int, help="pairs of each; 5, or 1 with --quick")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measure(given.one)))
        return
    n_pairs = given.pairs or (1 if given.quick else 5)
    lines = Path("/proc/cpuinfo").read_text() if sys.platform == "linux" else ""
    model = next((x.split(": ")[1] for x in lines.splitlines() if x.startswith("model name")), "")
    print(f"{model or platform.processor()}, {os.cpu_count()} cores; median of {n_pairs} pairs\n")
    print("| what | ratio | other | ours |\n|---|---|---|---|", flush=True)
    for size in sizes(given.quick):
        apart(f"made {size}")
    seen: dict[str, list[dict[str, float]]] = {}
    for row in rows(given.quick):
        print(compare(row, n_pairs, seen), flush=True)


if __name__ == "__main__":
    main()
