"""The one pass over a table in parts: what it holds, and a sample of each class.

Of each class the rows with the smallest keys are kept, at most 50,000. A row's key is a hash of its
number and the seed: the same rows are kept whatever the parts are, and all of a rare class.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from components.project.errors import ColumnsError, listing, nearest, shorten
from components.streaming.source import Part, Source
from smrt_lightning.errors import TableError
from smrt_lightning.seeds import derive_seed

if TYPE_CHECKING:
    import pyarrow as pa

    from components.streaming.engine import Engine

MOST_OF_A_CLASS = 50_000
_MAX_LABELS = 1000
_TOGETHER = 4
_ROW, _KEY = "row of the pass", "key of the pass"
"""No name that begins with smrt_: a table that `smrt explain` printed has such a column."""


@dataclass(frozen=True)
class Scan:
    """The findings of a pass, over a part of a table or all of it.

    Attributes
    ----------
    n_rows : int
    counts : Counter
        Rows of each label, as the file has it.
    rows : pyarrow.Table
        Those kept, with their numbers and keys behind the table's columns.
    unlabelled : tuple of int
        Numbers of the first rows without a label.
    n_unlabelled : int
    infinite : Counter
        Infinite numbers of each column.
    """

    n_rows: int
    counts: Counter[Any]
    rows: pa.Table
    unlabelled: tuple[int, ...] = ()
    n_unlabelled: int = 0
    infinite: Counter[str] = field(default_factory=Counter)

    def sample(self) -> pa.Table:
        """Return the rows kept, in the order of the table."""
        return self.rows.sort_by(_ROW).drop_columns([_ROW, _KEY])


def scan(source: Source, target: str, seed: int, engine: Engine) -> Scan:
    """Read a table once.

    Parameters
    ----------
    source : Source
        The table.
    target : str
        The column of the labels.
    seed : int
        Seed of the sample.
    engine : Engine
        Runs over the parts.

    Raises
    ------
    ColumnsError, TableError
        If there is no such column, rows have no label, or the labels are no classes.
    """
    if target not in source.names:
        hint = nearest(target, source.names) or f"; its columns are {listing(source.names, 30)}"
        raise ColumnsError(f"the table has no column {shorten(target)}{hint}: correct --target")
    work = partial(scan_part, target=target, seed=derive_seed(seed, "sample of rows"))
    found: Scan = engine.reduce(work, partial(merge, target=target), source.parts)
    if found.n_unlabelled:
        raise TableError(
            f"{found.n_unlabelled} of {found.n_rows} rows have no label in {shorten(target)} (the "
            f"first is row {found.unlabelled[0] + 1}): label them or remove them"
        )
    return found


def scan_part(part: Part, target: str, seed: int) -> Scan:
    """Read one part.

    Parameters
    ----------
    part : Part
    target : str
        The column of the labels.
    seed : int
        Of the keys.
    """
    found: list[Scan] = []
    row = part.start
    for batch in part.batches():
        found.append(_scan_batch(batch, row, target, seed))
        row += batch.num_rows
        if len(found) == _TOGETHER:
            found = [merge(found, target)]
    if not found:
        raise TableError("the table has no rows: add rows")
    return merge(found, target)


def _scan_batch(batch: pa.RecordBatch, start: int, target: str, seed: int) -> Scan:
    import pyarrow as pa

    rows = np.arange(start, start + batch.num_rows)
    keys = row_keys(rows, seed)
    labels = batch.column(target)
    missing = np.flatnonzero(labels.is_null().to_numpy(zero_copy_only=False))
    codes, names = _codes(labels)
    kept = np.sort(_smallest_of_each(codes, keys, len(names)))
    counts = np.bincount(codes[codes >= 0], minlength=len(names))
    table = pa.Table.from_batches([batch]).take(kept)
    table = table.append_column(_ROW, pa.array(rows[kept]))
    table = table.append_column(_KEY, pa.array(keys[kept]))
    return Scan(
        batch.num_rows,
        _few(Counter(dict(zip(names, counts.tolist(), strict=True))), target, batch.num_rows),
        table,
        tuple(rows[missing[:1]].tolist()),
        len(missing),
        _infinite(batch),
    )


def merge(found: Sequence[Scan], target: str) -> Scan:
    """Return what several scans found together."""
    import pyarrow as pa

    n_rows = sum(one.n_rows for one in found)
    rows = pa.concat_tables([one.rows for one in found])
    counts = _few(sum((one.counts for one in found), Counter()), target, n_rows)
    codes, names = _codes(rows.column(target).combine_chunks())
    if len(rows) > MOST_OF_A_CLASS:
        keys = rows.column(_KEY).to_numpy()
        kept = _smallest_of_each(codes, keys, len(names))
        rows = rows.take(np.sort(kept)) if len(kept) < len(rows) else rows
    unlabelled = sorted(row for one in found for row in one.unlabelled)[:1]
    return Scan(
        n_rows,
        counts,
        rows,
        tuple(unlabelled),
        sum(one.n_unlabelled for one in found),
        sum((one.infinite for one in found), Counter()),
    )


def row_keys(rows: NDArray[np.int64], seed: int) -> NDArray[np.uint64]:
    """Return the key of each row number, all different (the finaliser of splitmix64).

    Source: G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators", 2014.
    """
    z = rows.astype(np.uint64) + np.uint64(seed * 0x9E3779B97F4A7C15 % 2**64)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(z ^ (z >> np.uint64(31)))


def _codes(labels: Any) -> tuple[NDArray[np.int64], list[Any]]:
    """Return a number for each label, −1 where there is none, and the labels."""
    import pyarrow as pa

    encoded = labels if pa.types.is_dictionary(labels.type) else labels.dictionary_encode()
    names = encoded.dictionary.to_pylist()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    distinct = list(dict.fromkeys(names))
    if len(distinct) < len(names) or any(name is None for name in names):
        at = {name: place for place, name in enumerate(distinct)}
        places = np.array([-1 if name is None else at[name] for name in names] + [-1])
        codes = places[codes]
    return codes, distinct


def _smallest_of_each(
    codes: NDArray[np.int64], keys: NDArray[np.uint64], n_labels: int
) -> NDArray[np.int64]:
    """Return the positions of the smallest keys of each label."""
    kept = []
    for label in range(n_labels):
        own = np.flatnonzero(codes == label)
        if len(own) > MOST_OF_A_CLASS:
            own = own[np.argpartition(keys[own], MOST_OF_A_CLASS - 1)[:MOST_OF_A_CLASS]]
        kept.append(own)
    return np.concatenate(kept) if kept else np.empty(0, dtype=np.int64)


def _few(counts: Counter[Any], target: str, n_rows: int) -> Counter[Any]:
    """Return the counts, unless they are not those of classes."""
    counts = Counter({label: n for label, n in counts.items() if n and label is not None})
    if len(counts) > _MAX_LABELS:
        raise TableError(
            f"{shorten(target)} has more than {_MAX_LABELS} different values in {n_rows} rows: "
            "that is a number to predict, or an identifier, no class; name another column, or cut "
            "it into classes"
        )
    return counts


def _infinite(batch: pa.RecordBatch) -> Counter[str]:
    import pyarrow as pa
    import pyarrow.compute as pc

    found: Counter[str] = Counter()
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if pa.types.is_floating(column.type):
            n = pc.sum(pc.is_inf(column)).as_py()
            if n:
                found[str(name)] = n
    return found
