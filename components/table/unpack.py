"""The bytes of a file, unpacked by what they are and not by what the file is called."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from components.project.errors import listing
from smrt_lightning.errors import MissingFileError, TableError

_DAMAGED = (OSError, EOFError, lzma.LZMAError, zlib.error, zipfile.BadZipFile, NotImplementedError)
_OTHER = {b"%PDF": "a PDF document", b"\xd0\xcf\x11\xe0": "an old Excel file (.xls)"}
WORKBOOK = b"xl/workbook.xml"


def content(path: Path) -> bytes:
    """Return the bytes of a file: unpacked if it is packed, those of a workbook as they are.

    Raises
    ------
    MissingFileError, TableError
    """
    try:
        found = path.read_bytes()
        for magic, unpack in _PACKINGS.items():
            if found.startswith(magic):
                found = unpack(found)
                break
    except FileNotFoundError:
        raise MissingFileError(f"there is no file {str(path)!r}: correct the path") from None
    except IsADirectoryError:
        raise TableError(f"{path} is a folder without Parquet files in it") from None
    except _DAMAGED as error:
        raise TableError(f"{path} cannot be read: {error}") from error
    for magic, what in _OTHER.items():
        if found.startswith(magic):
            raise TableError(f"{path} is {what}: save the table as CSV, Parquet or .xlsx")
    return found


def is_workbook(found: bytes) -> bool:
    """Tell whether these are the bytes of an Excel workbook (.xlsx)."""
    return found.startswith(b"PK\x03\x04") and WORKBOOK in found


def _unzip(packed: bytes) -> bytes:
    """Return the only file of an archive; a workbook, which is an archive too, as it is."""
    if is_workbook(packed):
        return packed
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        names = [
            entry.filename
            for entry in archive.infolist()
            if not entry.is_dir() and not entry.filename.startswith(("__MACOSX/", "."))
        ]
        if len(names) != 1:
            raise zipfile.BadZipFile(
                f"the archive holds {len(names)} files ({listing(names)}): take out the table"
            )
        return archive.read(names[0])


def _unpack_zstandard(packed: bytes) -> bytes:
    import pyarrow as pa

    with pa.input_stream(pa.BufferReader(packed), compression="zstd") as stream:
        unpacked: bytes = stream.read()
        return unpacked


_PACKINGS: dict[bytes, Callable[[bytes], bytes]] = {
    b"\x1f\x8b": gzip.decompress,
    b"BZh": bz2.decompress,
    b"\xfd7zXZ\x00": lzma.decompress,
    b"\x28\xb5\x2f\xfd": _unpack_zstandard,
    b"PK\x03\x04": _unzip,
}
