"""Balance a table in parts: one pass, models of what it kept, synthetic rows as further parts."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from components.generate import SYNTHETIC
from components.intake.one_file import Filler, complete, filler, to_learn
from components.intake.understanding import Understanding
from components.project.workspace import replacing, replacing_directory, write_json
from components.streaming.copying import Copied, copy_rows
from components.streaming.look import Look

if TYPE_CHECKING:
    import pyarrow as pa

    from components.streaming.engine import Engine
    from smrt_lightning.sampling.one_class import ClassWork
    from smrt_lightning.sampling.report import ClassReport
    from smrt_lightning.table.containers import Container

MANIFEST = "manifest.json"
_CHUNKS_PER_FILE = 10
_SOME = 5000


@dataclass(frozen=True)
class Streamed:
    """A table that was balanced in parts.

    Attributes
    ----------
    table : Understanding
        What was understood of the sample; its classes are those of the whole table.
    n_rows, n_learned : int
        Rows of the table, and those of the sample.
    report : dict of str to ClassReport
        What was drawn for each class.
    dropped, telling : list of str
        As :class:`~components.intake.one_file.Balanced` has them.
    n_infinite : int
        Infinite numbers, which are taken for missing.
    misfits : dict of str to int
        Cells that do not fit their column, by column, and are empty: of all real rows where they
        are copied, of the sample otherwise.
    """

    table: Understanding
    n_rows: int
    n_learned: int
    report: dict[str, ClassReport]
    dropped: list[str]
    telling: list[str]
    n_infinite: int
    misfits: dict[str, int]


@dataclass(frozen=True)
class _Plan:
    """Everything that a file of synthetic rows is written from."""

    works: list[ClassWork]
    container: Container
    table: Understanding
    frame: pd.DataFrame
    fillers: dict[str, Filler | None]
    schema: pa.Schema
    folder: Path


@dataclass(frozen=True)
class _Written:
    """A file of synthetic rows of one class."""

    file: str
    n_rows: int
    n_candidates: int
    n_copies: int
    counts: NDArray[np.int64]
    some: pd.DataFrame | None


def balance(
    seen: Look,
    output: Path,
    ratio: float,
    seed: int,
    engine: Engine,
    *,
    keep_left_out: bool = False,
    copy: bool = False,
) -> Streamed:
    """Write the synthetic rows of every rare class as Parquet files beside a manifest.

    Parameters
    ----------
    seen : Look
        The table.
    output : Path
        The folder to make; it appears when it is complete.
    ratio : float
        Rows of each class over rows of the largest, at least; in (0, 1].
    seed : int
        The only source of randomness.
    engine : Engine
        Runs over the files.
    keep_left_out : bool
        Keep ignored columns too, empty in every synthetic row.
    copy : bool
        Write the real rows, too.

    Raises
    ------
    ParameterError, ColumnsError, ArtifactWriteError
    """
    from smrt_lightning.sampling.balance import targets_of
    from smrt_lightning.sampling.sampler import SMRT
    from smrt_lightning.sampling.stream import begin_classes

    table = seen.table
    counts = table.classes
    wanted = {name: n - counts[name] for name, n in targets_of(counts, ratio).items()}
    frame, learned, y = to_learn(table)
    container, works = begin_classes(SMRT(random_state=seed), frame[learned], y, wanted, counts)
    fillers = {name: filler(frame, name, table, learned) for name in table.ignored}
    unfilled = [name for name, one in fillers.items() if one is None]
    dropped = [] if keep_left_out else unfilled
    schema = _schema(frame.drop(columns=dropped))
    with replacing_directory(output.absolute()) as folder:
        plan = _Plan(works, container, table, frame, fillers, schema, folder)
        items = [
            (number, first)
            for number, work in enumerate(works)
            for first in range(0, work.drawing.n_chunks, _CHUNKS_PER_FILE)
        ]
        start = time.perf_counter()
        written = engine.map(_write, plan, items)
        seconds = time.perf_counter() - start
        copied = copy_rows(seen, folder, schema, engine) if copy else []
        misfits = _misfits(table, copied if copy else None)
        report = {}
        for number, work in enumerate(works):
            files = [w for w, (of, _) in zip(written, items, strict=True) if of == number]
            report[str(work.label)] = _report(work, files, seconds / len(works))
        write_json(
            folder / MANIFEST,
            {
                "classes": counts,
                "columns": schema.names,
                "learned_from_rows": len(frame),
                "left_out": {name: table.ignored[name] for name in dropped},
                "misfits": misfits,
                "partitions": [{"file": c.file, "rows": c.n_rows, "class": None} for c in copied]
                + [
                    {"file": w.file, "rows": w.n_rows, "class": str(works[of].label)}
                    for w, (of, _) in zip(written, items, strict=True)
                ],
                "ratio": ratio,
                "rows": seen.found.n_rows,
                "seed": seed,
                "synthetic": {name: one.to_dict() for name, one in report.items()},
                "table": str(seen.source.url),
                "target": table.target,
            },
        )
    telling = unfilled if keep_left_out and works else []
    return Streamed(
        table,
        seen.found.n_rows,
        len(frame),
        report,
        dropped,
        telling,
        seen.found.infinite.total(),
        misfits,
    )


def _schema(frame: pd.DataFrame) -> pa.Schema:
    import pyarrow as pa

    marked = frame.assign(**{SYNTHETIC: False})
    return pa.Schema.from_pandas(marked, preserve_index=False).remove_metadata()


def _write(plan: _Plan, item: tuple[int, int]) -> _Written:
    """Draw some chunks of a class, and write them as one file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    number, first = item
    work = plan.works[number]
    stop = min(first + _CHUNKS_PER_FILE, work.drawing.n_chunks)
    name = f"synthetic-{number:03d}-{first // _CHUNKS_PER_FILE:05d}.parquet"
    counts = np.zeros(work.drawing.cuts[0].n_groups, dtype=np.int64)
    n_rows, n_candidates, n_copies, some = 0, 0, 0, None
    with (
        replacing(plan.folder / name) as temporary,
        pq.ParquetWriter(temporary, plan.schema, compression="zstd", version="2.6") as writer,
    ):
        for at in range(first, stop):
            drawn = work.drawing.chunk(at)
            given = plan.container.rows(drawn.rows)
            labels = np.full(len(given), work.label, dtype=object)
            rows = complete(given, labels, plan.table, plan.frame, plan.fillers)
            marked = rows.assign(**{SYNTHETIC: True})
            writer.write_table(pa.Table.from_pandas(marked, plan.schema, preserve_index=False))
            n_rows += len(rows)
            n_candidates += drawn.n_candidates
            n_copies += work.copies(drawn.rows)
            counts += drawn.counts
            some = drawn.rows.iloc[:_SOME] if at == 0 else some
    return _Written(name, n_rows, n_candidates, n_copies, counts, some)


def _report(work: ClassWork, files: Sequence[_Written], seconds: float) -> ClassReport:
    some = files[0].some
    assert some is not None, "the first file has the first chunk"
    return work.report(
        sum(file.n_candidates for file in files),
        np.sum([file.counts for file in files], axis=0),
        sum(file.n_copies for file in files),
        some,
        seconds,
    )


def _misfits(table: Understanding, copied: list[Copied] | None) -> dict[str, int]:
    """Count the cells that do not fit their column."""
    if copied is None:
        found = Counter({name: cells.n_misfits for name, cells in table.columns.items()})
    else:
        found = sum((one.misfits for one in copied), Counter())
    return {name: n for name, n in found.items() if n}
