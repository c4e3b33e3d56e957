"""The limits on a table's size: what is larger is refused before it fills the memory."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from smrt_lightning.errors import ParameterError, TableError

_CHUNK = 1 << 22


@dataclass(frozen=True)
class Limit:
    """The most of something that a table may have.

    Parameters
    ----------
    variable : str
        The environment variable that sets another one.
    default : int
    unit : str
        What is counted, for messages.
    """

    variable: str
    default: int
    unit: str

    @property
    def most(self) -> int:
        """The limit that holds.

        Raises
        ------
        ParameterError
            If the variable holds no whole number above 0.
        """
        given = os.environ.get(self.variable, "").strip().replace("_", "")
        if not given:
            return self.default
        if not (given.isascii() and given.isdigit() and 0 < len(given) < 19 and int(given)):
            raise ParameterError(
                f"{self.variable} is {given[:60]!r}: give it a whole number of {self.unit}, such "
                f"as {self.default}"
            )
        return int(given)

    def check(self, path: Path, found: int, *, at_least: bool = False) -> None:
        """Check what a table has.

        Raises
        ------
        TableError
            If it is more than the limit.
        """
        if found > self.most:
            seen = f"more than {self.most:,}" if at_least else f"{found:,}"
            more = 2 * self.most if at_least else found
            raise TableError(
                f"{path} has {seen} {self.unit}; at most {self.most:,} are read. If the machine "
                f"has the memory, raise the limit: {self.variable}={more}; "
                "else take a sample"
            )


BYTES = Limit("SMRT_MAX_TABLE_BYTES", 2 << 30, "bytes, unpacked")
ROWS = Limit("SMRT_MAX_TABLE_ROWS", 10_000_000, "rows")


def read(path: Path, stream: IO[bytes]) -> bytes:
    """Read a stream of bytes to its end, or until it has more than a table may have.

    Raises
    ------
    TableError
        If it has more bytes, or more lines.
    """
    parts, size, lines = [], 0, 0
    for part in _parts(stream):
        size += len(part)
        lines += part.count(b"\n")
        BYTES.check(path, size, at_least=True)
        ROWS.check(path, lines - 1, at_least=True)  # the header is no row
        parts.append(part)
    return b"".join(parts)


def check_file(path: Path) -> None:
    """Check the bytes and the lines of a text file that is not packed.

    Raises
    ------
    TableError
        If there are more than a table may have.
    """
    size = path.stat().st_size
    BYTES.check(path, size)
    if size > ROWS.most:  # a row has a byte, at least
        with path.open("rb") as file:
            ROWS.check(path, sum(part.count(b"\n") for part in _parts(file)) - 1)


def check_parquet(path: Path) -> None:
    """Check the rows and the size of a Parquet file, or of a folder of them, before it is read.

    Raises
    ------
    TableError
        If there is more than a table may have.
    """
    import pyarrow.parquet as pq

    rows, size = 0, 0
    for fragment in pq.ParquetDataset(path).fragments:
        found = fragment.metadata
        rows += found.num_rows
        groups = (found.row_group(i).total_byte_size for i in range(found.num_row_groups))
        size += max(sum(groups), 8 * found.num_rows * found.num_columns)  # as numbers, unpacked
    ROWS.check(path, rows)
    BYTES.check(path, size)


def _parts(stream: IO[bytes]) -> Iterable[bytes]:
    while part := stream.read(_CHUNK):
        yield part
