"""The bytes of a file, unpacked by what they are and not by what the file is called."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, cast

from components.project.errors import listing
from components.project.machine import fault_of
from components.table import limits
from smrt_lightning.errors import MissingFileError, SmrtError, TableError

_DAMAGED = (
    *(OSError, EOFError, ValueError, RuntimeError, NotImplementedError),
    *(lzma.LZMAError, zlib.error, zipfile.BadZipFile),
)
"""What the unpackers raise on bytes that they cannot read."""
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
WORKBOOK = "xl/workbook.xml"


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
        with path.open("rb") as file:
            begin = file.read(_LONGEST)
            file.seek(0)
            opener = next((o for magic, o in _PACKINGS.items() if begin.startswith(magic)), None)
            stream = file if opener is None else opener(file)
            found = limits.read(path, stream)
    except FileNotFoundError:
        raise MissingFileError(f"there is no file {str(path)!r}: correct the path") from None
    except IsADirectoryError:
        raise TableError(f"{path} is a folder without Parquet files in it") from None
    except SmrtError:
        raise
    except _DAMAGED as error:
        raise TableError(f"{path} cannot be read: {fault_of(error) or error}") from error
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
            begin = file.read(_LONGEST)
    except OSError:
        return False
    return begin.startswith(tuple(_PACKINGS))


def is_workbook(found: bytes) -> bool:
    """Tell whether these are the bytes of an Excel workbook (.xlsx)."""
    return found.startswith(b"PK\x03\x04") and WORKBOOK.encode() in found


def _open_gzip(packed: IO[bytes]) -> IO[bytes]:
    return cast("IO[bytes]", gzip.GzipFile(fileobj=packed))


def _unzip(packed: IO[bytes]) -> IO[bytes]:
    """Open the only file of an archive; a workbook, which is an archive too, as it is."""
    archive = zipfile.ZipFile(packed)
    files = [entry for entry in archive.infolist() if not entry.is_dir()]
    if any(entry.filename == WORKBOOK for entry in files):
        size = sum(entry.file_size for entry in files)
        limits.BYTES.check(Path(archive.filename or "the workbook"), size)
        packed.seek(0)
        return packed
    names = [e.filename for e in files if not e.filename.startswith(("__MACOSX/", "."))]
    if len(names) != 1:
        raise zipfile.BadZipFile(
            f"the archive holds {len(names)} files ({listing(names)}): take out the table"
        )
    return archive.open(names[0])


def _unpack_zstandard(packed: IO[bytes]) -> IO[bytes]:
    import pyarrow as pa

    return cast("IO[bytes]", pa.input_stream(packed, compression="zstd"))


_PACKINGS: dict[bytes, Callable[[Any], IO[bytes]]] = {
    b"\x1f\x8b": _open_gzip,
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\x00": lzma.LZMAFile,
    b"\x28\xb5\x2f\xfd": _unpack_zstandard,
    b"PK\x03\x04": _unzip,
}
_LONGEST = max(map(len, _PACKINGS))
