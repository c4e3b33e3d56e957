"""Does SMRT beat its peers? Run the methods over many tables and print the comparison.

::

    python -m benchmarks.quality                        # everything, 5 splits; resumes
    python -m benchmarks.quality --quick                # under 10 minutes on 2 cores
    python -m benchmarks.quality --methods smrt --smrt-params '{"acceptance": 2.0}' --tag mild
    python -m benchmarks.quality --summary              # only print what the file holds
    python -m benchmarks.quality --speed                # seconds for one class of 1,000 × 50

Same splits and classifiers for every method; resampling sees the training part alone. What is in
the results file is not run again. A variant of SMRT is the method ``smrt@tag``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks import results
from benchmarks.datasets import DATASETS, DataAbsentError
from benchmarks.methods import METHODS, absent
from benchmarks.trial import CLASSIFIERS, Trial, run_trial

OUT = Path(".smrt/benchmarks/quality.csv")
DATA = Path("../shared/data")
QUICK_SETS = tuple(name for name in DATASETS if name != "mnist_3v8_1000")
Answer = list[dict[str, Any]]
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def run(
    sets: Sequence[str] | None = None,
    methods: Sequence[str] | None = None,
    classifiers: Sequence[str] = CLASSIFIERS,
    *,
    splits: int = 5,
    data: Path | str = DATA,
    out: Path | str = OUT,
    jobs: int = 1,
    smrt_params: dict[str, Any] | None = None,
    tag: str = "",
    rows: int | None = None,
    progress: Callable[[str], None] = print,
) -> pd.DataFrame:
    """Run what is not in `out` yet and return the whole of it.

    Parameters
    ----------
    sets, methods, classifiers : sequence of str
        Names of `DATASETS`, `METHODS` and `CLASSIFIERS`; all by default.
    splits : int
        Train/test splits of each set.
    data : path
        Folder of the data files; sets whose file is absent are skipped, with the reason shown.
    out : path
        The results file.
    jobs : int
        Processes, of one thread each; 1 works in this process.
    smrt_params : dict
        Constructor parameters of `SMRT`; they need a `tag`.
    tag : str
        Name of this variant: its rows are those of the method ``smrt@tag``.
    rows : int
        Cut each table to so many rows at its class ratio; the results belong in a file of their
        own.
    progress : callable
        Takes a line of text.

    Returns
    -------
    DataFrame
        The columns of `results.COLUMNS`.

    Raises
    ------
    ValueError
        For an unknown name, a method whose package is absent, parameters without a tag, or a tag
        used for other parameters.
    RuntimeError
        At the end, when a trial failed; the others are in the file.
    """
    sets = list(sets or DATASETS)
    methods = list(methods or [name for name in METHODS if not absent(name)])
    _known("data set", sets, DATASETS)
    _known("method", methods, METHODS)
    for name in methods:
        if (lack := absent(name)) is not None:
            raise ValueError(f"{name}: {lack}")
    _known("classifier", classifiers, CLASSIFIERS)
    params = json.dumps(smrt_params or {}, sort_keys=True)
    if smrt_params and not tag:
        raise ValueError("SMRT with other parameters needs a tag: give --tag")
    variant = f"smrt@{tag}" if tag else "smrt"
    code = _source_digest()
    path = Path(out)
    done = results.read(path)
    _same_variant(done, variant, params, code, progress)
    have = set(done[list(results.KEY)].itertuples(index=False, name=None))
    sets = list(_present(sets, Path(data), progress))
    trials = list(
        _trials(
            sets, methods, classifiers, splits, variant, smrt_params or {}, str(data), have, rows
        )
    )
    start, failures = time.monotonic(), []
    for number, (trial, answer) in enumerate(_answers(trials, jobs), 1):
        what = f"{trial.dataset} split {trial.split} {trial.name} {trial.ratio:g}:1"
        head = f"[{number}/{len(trials)}, {time.monotonic() - start:.0f} s] {what}"
        if isinstance(answer, Exception):
            failures.append(f"{what}: {type(answer).__name__}: {answer}")
            progress(f"{head}: FAILED {type(answer).__name__}: {answer}")
            continue
        is_smrt = trial.method == "smrt"
        stamp = {"params": params if is_smrt else "", "code": code if is_smrt else ""}
        results.append(path, [{**row, **stamp} for row in answer])
        mean = pd.DataFrame(answer)[["average_precision", "f1", "resample_seconds"]].mean()
        progress(f"{head}: AP {mean.iloc[0]:.3f}, F1 {mean.iloc[1]:.3f}, {mean.iloc[2]:.1f} s")
    if failures:
        raise RuntimeError("\n".join([f"{len(failures)} trials failed:", *failures]))
    return results.read(path)


def _known(kind: str, names: Iterable[str], allowed: Iterable[str]) -> None:
    for name in names:
        if name not in allowed:
            raise ValueError(f"no {kind} {name!r}; there are {', '.join(allowed)}")


def _present(sets: Sequence[str], folder: Path, progress: Callable[[str], None]) -> Iterator[str]:
    for name in sets:
        try:
            DATASETS[name].build(folder)
        except DataAbsentError as error:
            progress(f"{name} skipped: {error}")
        else:
            yield name


def _trials(
    sets: Sequence[str],
    methods: Sequence[str],
    classifiers: Sequence[str],
    splits: int,
    variant: str,
    smrt_params: dict[str, Any],
    folder: str,
    have: set[tuple[Any, ...]],
    rows: int | None,
) -> Iterator[Trial]:
    for name in sets:
        for split in range(splits):
            for ratio in DATASETS[name].ratios:
                # Other ratios than 1:1 serve the original's claim, made for a linear model.
                wanted = [c for c in classifiers if ratio == 1.0 or c == "logistic_regression"]
                for method in methods:
                    label = variant if method == "smrt" else method
                    todo = tuple(c for c in wanted if (name, split, ratio, label, c) not in have)
                    if todo:
                        yield Trial(
                            name, split, ratio, method, label, todo, smrt_params, folder, rows
                        )


def _answers(trials: Sequence[Trial], jobs: int) -> Iterator[tuple[Trial, Answer | Exception]]:
    if jobs == 1:
        for trial in trials:
            yield trial, _answer(partial(run_trial, trial))
        return
    context = multiprocessing.get_context("spawn")
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))  # the workers inherit it
    try:
        with ProcessPoolExecutor(jobs, mp_context=context) as pool:
            futures: dict[Future[Answer], Trial] = {
                pool.submit(run_trial, trial): trial for trial in trials
            }
            try:
                for future in as_completed(futures):
                    yield futures[future], _answer(future.result)
            finally:
                pool.shutdown(cancel_futures=True)  # an interrupt starts nothing more
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _answer(work: Callable[[], Answer]) -> Answer | Exception:
    try:
        return work()
    except Exception as error:
        return error


def _source_digest() -> str:
    """Digest of the library's code but for `evaluation`, to notice that a variant went stale."""
    root = Path(__file__).parent.parent / "smrt_lightning"
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        if "evaluation" not in path.parts:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:8]


def _same_variant(
    done: pd.DataFrame, variant: str, params: str, code: str, progress: Callable[[str], None]
) -> None:
    mine = done[done["method"] == variant]
    if others := set(mine["params"]) - {params}:
        raise ValueError(f"the tag of {variant} was used for {others.pop()}; give another --tag")
    if n := int((mine["code"] != code).sum()):
        progress(f"note: {n} rows of {variant} come from other code than today's; they are kept")


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the data files")
    parser.add_argument("--out", type=Path, default=OUT, help="results file (CSV)")
    parser.add_argument("--sets", type=_names, help="comma-separated; " + ", ".join(DATASETS))
    parser.add_argument("--methods", type=_names, help="comma-separated; " + ", ".join(METHODS))
    parser.add_argument("--classifiers", type=_names, default=list(CLASSIFIERS))
    parser.add_argument("--splits", type=int, help="train/test splits (5; with --quick 2)")
    parser.add_argument("--rows", type=int, help="cut each table to so many; needs its own --out")
    parser.add_argument("--jobs", type=int, help="processes (1; with --quick 2)")
    parser.add_argument("--smrt-params", type=json.loads, default={}, help="JSON; needs --tag")
    parser.add_argument("--tag", default="", help="name of this variant of SMRT")
    parser.add_argument("--quick", action="store_true", help="2 splits, all sets but one")
    parser.add_argument("--summary", action="store_true", help="only print what the file holds")
    parser.add_argument("--all-sets", action="store_true", help="also average over solved sets")
    parser.add_argument("--speed", action="store_true", help="only time one class of 1,000 × 50")
    return parser


def main(argv: Sequence[str] | None = None) -> None:
    """Command line of the benchmark."""
    from benchmarks.summary import summarise

    args = _parser().parse_args(argv)
    if args.speed:
        from benchmarks.speed import measure

        print(measure())
        return
    sets = args.sets or (list(QUICK_SETS) if args.quick else None)
    if args.summary:
        frame = results.read(args.out)
    else:
        frame = run(
            sets,
            args.methods,
            args.classifiers,
            splits=args.splits or (2 if args.quick else 5),
            data=args.data,
            out=args.out,
            jobs=args.jobs or (2 if args.quick else 1),
            smrt_params=args.smrt_params,
            tag=args.tag,
            rows=args.rows,
            progress=lambda line: print(line, flush=True),
        )
    methods = args.methods if args.summary else None
    if methods is None:  # the peers and this variant; others may have been run on a few sets only
        smrt = f"smrt@{args.tag}" if args.tag else "smrt"
        methods = [smrt if name == "smrt" else name for name in METHODS]
        methods = [name for name in methods if name in set(frame["method"])]
    print(summarise(frame, sets=sets, methods=methods, all_sets=args.all_sets))


if __name__ == "__main__":
    main()
