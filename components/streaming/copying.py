"""The copy of a table in parts: its real rows as files in the types of its columns."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from components.generate import SYNTHETIC
from components.intake.understanding import Understanding
from components.project.workspace import replacing
from components.streaming.source import Part, Source
from components.table.files import frame_of

if TYPE_CHECKING:
    import pyarrow as pa

    from components.streaming.engine import Engine
    from components.streaming.look import Look


@dataclass(frozen=True)
class Copied:
    """A file of real rows.

    Attributes
    ----------
    file : str
    n_rows : int
    misfits : Counter
        Cells that do not fit their column, by column; they are empty in the file.
    """

    file: str
    n_rows: int
    misfits: Counter[str]


def copy_rows(seen: Look, folder: Path, schema: pa.Schema, engine: Engine) -> list[Copied]:
    """Write the real rows of each part as a file.

    Parameters
    ----------
    seen : Look
        The table.
    folder : Path
        Where the files go.
    schema : pyarrow.Schema
        Of the files.
    engine : Engine
        Runs over the parts.
    """
    parts = list(enumerate(seen.source.parts))
    return engine.map(_copy, (folder, schema, seen.table, seen.source), parts)


def _copy(shared: tuple[Path, pa.Schema, Understanding, Source], item: tuple[int, Part]) -> Copied:
    import pyarrow as pa
    import pyarrow.parquet as pq

    (folder, schema, table, source), (number, part) = shared, item
    name = f"real-{number:05d}.parquet"
    n_rows, misfits = 0, Counter[str]()
    with (
        replacing(folder / name) as temporary,
        pq.ParquetWriter(temporary, schema, compression="zstd", version="2.6") as writer,
    ):
        for batch in part.batches():
            rows, lost = _typed(pa.Table.from_batches([batch]), table, source)
            misfits += lost
            marked = rows.assign(**{SYNTHETIC: False})
            writer.write_table(pa.Table.from_pandas(marked, schema, preserve_index=False))
            n_rows += len(rows)
    return Copied(name, n_rows, misfits)


def _typed(
    rows: pa.Table, table: Understanding, source: Source
) -> tuple[pd.DataFrame, Counter[str]]:
    """Return real rows as the sample's were read, and the cells that do not fit, by column."""
    from components.table.files import label_texts
    from components.table.styles import canonical
    from components.table.typed import parse_column

    frame = rows.to_pandas() if source.layout else frame_of(rows, folder=source.folder)
    spellings = table.format.labels if table.format else {}
    columns, misfits = {}, Counter[str]()
    for name, cells in table.columns.items():
        values = frame[name]
        if name == table.target:
            values = label_texts(values).replace(spellings)
        elif cells.style:
            values = canonical(values, cells.style)
        parsed = parse_column(values, cells.dtype, None)
        columns[name] = parsed.values
        misfits[name] = int(parsed.misfits.sum())
    return pd.DataFrame(columns), misfits
