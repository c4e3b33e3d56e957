"""The bytes of a file, unpacked by what they are and not by what the file is called."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from components.project.errors import listing
from smrt_lightning.errors import MissingFileError, TableError

_DAMAGED = (OSError, EOFError, lzma.LZMAError, zlib.error, zipfile.BadZipFile, NotImplementedError)
_OTHER = {
    b"%PDF": "a PDF document",
    b"\xd0\xcf\x11\xe0": "an old Excel file (.xls)",
    b"ARROW1": "an Arrow (Feather) file",
    b"ORC": "an ORC file",
    b"Obj\x01": "an Avro file",
    b"\x89HDF": "an HDF5 file",
    b"SQLite format 3": "an SQLite database",
    b"$FL2": "an SPSS file",
    b"<stata_dta>": "a Stata file",
    b"{\\rtf": "a document",
    b"\x80\x04\x95": "a pickle (which is never opened)",
    b"\x80\x05\x95": "a pickle (which is never opened)",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b'{"': "JSON",
    b'[{"': "JSON",
    b"[[": "JSON",
}
_MAY_BE_A_NAME = {b"ARROW1", b"ORC"}
_MARKUP = re.compile(
    rb"<(?:[!?]|(?:html|head|body|table|div|svg)\b|[a-z]\w*\s+[\w:]+=|[a-z]\w*>(?:\r?\n\s*)?<)",
    re.I,
)
"""Not ``<TICKER>,<PER>``: some programs write the names of columns so."""
_TAR = slice(257, 262)
_SAMPLE = 4096
WORKBOOK = b"xl/workbook.xml"


def check_ordinary(path: Path) -> None:
    """Refuse a pipe or a device, which might never end; also behind a link.

    Raises
    ------
    TableError
    """
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise TableError(f"{path} is a pipe, a socket or a device: save the table as a file")


def content(path: Path) -> bytes:
    """Return the bytes of a file: unpacked if it is packed, those of a workbook as they are.

    Raises
    ------
    MissingFileError, TableError
    """
    check_ordinary(path)
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
    begin = b"".join(found[:100].split()) if found[:1] in b"[{ \t\r\n" else found
    for magic, what in _OTHER.items():
        if begin.startswith(magic) and (magic not in _MAY_BE_A_NAME or b"\0" in found[:_SAMPLE]):
            raise TableError(f"{path} is {what}: save the table as CSV, Parquet or .xlsx")
    if _MARKUP.match(found[:200].lstrip()):
        raise TableError(f"{path} is HTML or XML: save the table as CSV, Parquet or .xlsx")
    if found[_TAR] == b"ustar":
        raise TableError(f"{path} is a tar archive: take out the table")
    return found


def is_packed(path: Path) -> bool:
    """Tell by the first bytes whether a file is packed, whatever its name."""
    check_ordinary(path)
    try:
        with path.open("rb") as file:
            begin = file.read(max(map(len, _PACKINGS)))
    except OSError:
        return False
    return begin.startswith(tuple(_PACKINGS))


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
