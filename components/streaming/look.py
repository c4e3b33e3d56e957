"""A look at a table in parts: one pass over its rows, and what the rows kept tell of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from components.intake.understanding import Understanding, understand
from components.streaming.scan import Scan, scan
from components.streaming.source import Source, open_source
from components.table.files import frame_of

if TYPE_CHECKING:
    from components.intake.wishes import Wishes
    from components.streaming.engine import Engine


@dataclass(frozen=True)
class Look:
    """A table after the pass."""

    source: Source
    found: Scan
    table: Understanding


def look(url: str, target: str, wishes: Wishes, seed: int, engine: Engine) -> Look:
    """Read a table once, and understand the rows kept.

    Parameters
    ----------
    url : str
        A path, or what fsspec opens.
    target : str
        The column of the labels.
    wishes : Wishes
        What somebody said of the table.
    seed : int
        The only source of randomness.
    engine : Engine

    Raises
    ------
    MissingFileError, ColumnsError, NotFoundError, TableError
    """
    source = open_source(url, target, wishes)
    found = scan(source, target, seed, engine)
    sample = found.sample()
    raw = sample.column(target).to_pylist()
    if source.layout is None:
        frame = frame_of(sample, folder=source.folder)
    else:
        frame = sample.to_pandas()
        frame.columns = pd.Index(source.names, dtype=object)
    table = understand(Path(url), frame, source.layout, target, wishes, sample=True)
    labels = dict(zip(raw, table.columns[target].values, strict=True))
    counts: Counter[str] = Counter()
    for label, n in found.counts.items():
        counts[str(labels[label])] += n
    classes = dict(sorted(counts.items(), key=lambda pair: -pair[1]))
    return Look(source, found, replace(table, classes=classes))
