"""A table in parts, of which a few are held at a time: Parquet by row groups, CSV by blocks."""

from __future__ import annotations

import csv
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.project.errors import shorten
from components.table.files import PARQUET_SUFFIXES
from smrt_lightning.errors import MissingFileError, TableError

if TYPE_CHECKING:
    import pyarrow as pa

    from components.intake.wishes import Wishes
    from components.table.delimited import Layout

_ROWS = 250_000
"""Rows of a part, about: a row group is not cut."""
_BATCH = 65_536
_HEAD = 1 << 22


@dataclass(frozen=True)
class Part(ABC):
    """A part of a table, known by where it begins; it can be sent to another process.

    Attributes
    ----------
    start : int
        Its first row, counted from the table's first.
    """

    start: int

    @abstractmethod
    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield its rows, some ten thousand at a time."""


@dataclass(frozen=True)
class RowGroups(Part):
    """Row groups of one Parquet file.

    Attributes
    ----------
    fragment : pyarrow.dataset.ParquetFileFragment
        The row groups, with the values of the folder that the file lies in.
    schema : pyarrow.Schema
        Of the table.
    """

    fragment: Any
    schema: pa.Schema

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield its rows in their order."""
        scanner = self.fragment.scanner(
            schema=self.schema, batch_size=_BATCH, use_threads=False, batch_readahead=1
        )
        yield from scanner.to_batches()


@dataclass(frozen=True)
class Lines(Part):
    """All lines of a delimited file, read in order.

    Attributes
    ----------
    url : str
    layout : Layout
        How it is written.
    names : list of str
        Of the columns.
    """

    url: str
    layout: Layout
    names: list[str]

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield its rows, each cell as text without blanks around it."""
        import fsspec
        import pandas as pd
        import pyarrow as pa

        with fsspec.open(self.url, "rb", compression="infer") as file:
            blocks = pd.read_csv(
                file,
                sep=self.layout.delimiter,
                header=None,
                names=self.names,
                index_col=False,
                skiprows=self.layout.skip + self.layout.header,
                dtype=str,
                keep_default_na=False,
                na_values=[""],
                skipinitialspace=True,
                encoding=self.layout.encoding,
                chunksize=_BATCH,
            )
            try:
                for block in blocks:
                    stripped = {name: block[name].str.strip() for name in self.names}
                    cells = {name: texts.mask(texts == "") for name, texts in stripped.items()}
                    arrays = [pa.array(cells[name], type=pa.string()) for name in self.names]
                    yield pa.RecordBatch.from_arrays(arrays, names=self.names)
            except (pd.errors.ParserError, UnicodeDecodeError) as error:
                raise TableError(
                    f"{self.url} does not read as {self.layout.words} to its end: "
                    f"{' '.join(str(error).split())[:160]}"
                ) from error


@dataclass(frozen=True)
class Source:
    """A table in parts.

    Attributes
    ----------
    url : str
        Where it is.
    names : list of str
        Of its columns.
    parts : list of Part
        In the order of the rows.
    layout : Layout or None
        Of a text file.
    schema : pyarrow.Schema or None
        Of a Parquet table.
    folder : bool
        Whether it is a folder of Parquet files.
    """

    url: str
    names: list[str]
    parts: list[Part]
    layout: Layout | None
    schema: pa.Schema | None
    folder: bool = False


def open_source(url: str, target: str, wishes: Wishes) -> Source:
    """Look at a table's beginning, or its files' footers, and cut it in parts.

    Parameters
    ----------
    url : str
        A path, or whatever fsspec opens: ``s3://bucket/table``.
    target : str
        The column of the labels.
    wishes : Wishes
        What somebody said of it.

    Raises
    ------
    MissingFileError, TableError
    """
    import fsspec

    try:
        system, path = fsspec.core.url_to_fs(url)
    except (ValueError, ImportError) as error:
        raise TableError(f"{url} cannot be opened: {' '.join(str(error).split())[:200]}") from error
    if not system.exists(path):
        raise MissingFileError(f"there is no table at {url}: correct the path")
    if system.isdir(path) or path.lower().endswith(PARQUET_SUFFIXES):
        return _parquet(url, system, path)
    names, layout = _head(url, target, wishes)
    return Source(url, names, [Lines(0, url, layout, names)], layout, None)


def _parquet(url: str, system: Any, path: str) -> Source:
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = bool(system.isdir(path))
    parts: list[Part] = []
    try:
        dataset = pq.ParquetDataset(path, filesystem=system)
        row = 0
        columns = _columns(dataset.fragments[0]) if dataset.fragments else {}
        for fragment in dataset.fragments:
            _check_alike(fragment, columns)
            groups: list[int] = []
            n = 0
            for group in range(fragment.metadata.num_row_groups):
                groups.append(group)
                n += fragment.metadata.row_group(group).num_rows
                if n >= _ROWS or group + 1 == fragment.metadata.num_row_groups:
                    some = fragment.subset(row_group_ids=groups)
                    parts.append(RowGroups(row, some, dataset.schema))
                    row, groups, n = row + n, [], 0
    except (pa.ArrowException, OSError) as error:
        reason = " ".join(str(error).split())[:160]
        raise TableError(f"{url} is no Parquet table: {reason}") from error
    if not parts or not row:
        raise TableError(f"{url} has no rows: add rows")
    return Source(url, list(dataset.schema.names), parts, None, dataset.schema, folder)


def _columns(fragment: Any) -> dict[str, Any]:
    """Return the columns of one file and their types."""
    return {field.name: field.type for field in fragment.metadata.schema.to_arrow_schema()}


def _check_alike(fragment: Any, ours: dict[str, Any]) -> None:
    """Check that a file has the columns of the first, which Arrow would fill with nothing."""
    theirs = _columns(fragment)
    if ours == theirs:
        return
    name = next(name for name in {**ours, **theirs} if ours.get(name) != theirs.get(name))
    raise TableError(
        f"the files of the table differ: column {shorten(name)} is "
        f"{ours.get(name) or 'missing'} in the first file and {theirs.get(name) or 'missing'} in "
        f"{fragment.path}; write them all with the same columns and types"
    )


def _head(url: str, target: str, wishes: Wishes) -> tuple[list[str], Layout]:
    """Read the first lines of a text file as the whole of a smaller one is read."""
    import fsspec

    from components.table.delimited import read_delimited

    with fsspec.open(url, "rb", compression="infer") as file:
        start = file.read(_HEAD)
    if len(start) == _HEAD:
        start = start[: start.rfind(b"\n") + 1]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / Path(url).name
        copy = copy.with_suffix(".csv")
        copy.write_bytes(start)
        frame, layout = read_delimited(
            copy, wishes.delimiter, wishes.encoding, header=wishes.header, target=target
        )
    names = [str(name) for name in frame.columns]
    lines = start.decode(layout.encoding, errors="replace").splitlines()[layout.skip :]
    first = [cell.strip() for cell in next(csv.reader(lines, delimiter=layout.delimiter))]
    if first != names if layout.header else len(first) != len(names):
        raise TableError(
            f"{url} cannot be read in parts: its first line {shorten(lines[0])} does not name each "
            "column once; write it as Parquet, or as CSV with a plain header, first"
        )
    return names, layout
