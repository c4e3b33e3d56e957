"""The input table as it lies on disk, and batches of new rows for it.

A CSV file in the canonical form (UTF-8, comma, header, decimal points, ISO 8601) is read as it is.
Every other way of writing a table is told by ``data.format`` in params.yaml, which ``smrt init``
fills in; files written so, and files in the canonical form, then read the same.
"""

from __future__ import annotations

import csv
import io
import lzma
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from components.project.errors import listing
from components.project.machine import fault_of
from components.project.workspace import write_parquet
from components.table import limits, unpack
from components.table.styles import EXACT_DIGITS, n_rounded
from components.table.unpack import check_ordinary
from smrt_lightning.errors import MissingFileError, SmrtError, TableError

if TYPE_CHECKING:
    import pyarrow as pa

    from components.project.params import DataParams

CSV_SUFFIXES = (".csv", ".csv.gz", ".csv.bz2", ".csv.xz")
PARQUET_SUFFIXES = (".parquet", ".pq")
_TEXT_SUFFIXES = tuple(
    name + packing
    for name in (".csv", ".tsv")
    for packing in ("", ".gz", ".bz2", ".xz", ".zst", ".zip")
)
BATCH_SUFFIXES = (*reversed(_TEXT_SUFFIXES), *PARQUET_SUFFIXES, ".xlsx", ".zip")
"""Endings by which a batch of new rows is known."""

_PARQUET = b"PAR1"
_DAMAGED = (zlib.error, lzma.LZMAError)
_PACKINGS: dict[str, dict[str, Any]] = {
    ".gz": {"method": "gzip", "mtime": 0},
    ".bz2": {"method": "bz2"},
    ".xz": {"method": "xz"},
}


def read_rows(path: Path, data: DataParams) -> pd.DataFrame:
    """Read the table, or new rows for it, as ``data.format`` says.

    Returns
    -------
    DataFrame of shape (n_rows, n_columns)
        Cells of a text file as canonical text, labels as text whatever the file holds.

    Raises
    ------
    MissingFileError, TableError
    """
    name = path.name.lower()
    if is_parquet(path) or (data.format is None and name.endswith(CSV_SUFFIXES)):
        frame = read_table(path)
    else:
        from components.table.delimited import read_delimited

        frame, layout = read_delimited(path, target=data.target, known=data.format)
        if data.format is not None and data.format.delimiter != layout.delimiter == ",":
            return _translated(frame, data, commas=False)  # in the canonical form: 1.234 is small
    return _translated(frame, data)


def _translated(frame: pd.DataFrame, data: DataParams, *, commas: bool = True) -> pd.DataFrame:
    """Return cells in the canonical form, and the labels as text."""
    from components.table.styles import AS_IT_IS, COMMA, canonical

    styles = data.format.columns if data.format else {}
    if not commas:
        styles = {n: AS_IT_IS if s.startswith(COMMA) else s for n, s in styles.items()}
    changed = {
        name: canonical(frame[name], style)
        for name, style in styles.items()
        if name in frame.columns and _is_text(frame[name])
    }
    if data.target in frame.columns:
        if data.format:
            changed[data.target] = label_texts(frame[data.target]).replace(data.format.labels)
        elif not _is_text(frame[data.target]):
            changed[data.target] = label_texts(frame[data.target])
    return frame.assign(**changed) if changed else frame


def _is_text(column: pd.Series[Any]) -> bool:
    return pd.api.types.is_string_dtype(column.dtype) or column.dtype == object


def label_texts(raw: pd.Series[Any]) -> pd.Series[Any]:
    """Return labels as text without blanks around them; 1.0 among numbers is "1"."""
    if isinstance(raw.dtype, pd.CategoricalDtype):
        raw = raw.astype(raw.cat.categories.dtype)
    if pd.api.types.is_float_dtype(raw.dtype) and (raw.dropna() % 1 == 0).all():
        raw = raw.astype("Int64")
    return raw.map(str, na_action="ignore").astype("str").str.strip()


def is_parquet(path: Path) -> bool:
    """Tell whether this is a Parquet file by name or first bytes, or a folder of such files."""
    if path.is_dir():
        return any(any(path.rglob(f"*{suffix}")) for suffix in PARQUET_SUFFIXES)
    if path.name.lower().endswith(PARQUET_SUFFIXES):
        return True
    try:
        with path.open("rb") as file:
            if file.read(len(_PARQUET)) != _PARQUET:
                return False
            file.seek(-len(_PARQUET), io.SEEK_END)
            return file.read() == _PARQUET  # and no CSV with a column PAR1
    except OSError:
        return False


def read_table(path: Path) -> pd.DataFrame:
    """Read a CSV file (UTF-8, comma, header; every cell as text) or a Parquet file.

    Returns
    -------
    DataFrame of shape (n_rows, n_columns)
        With a range index; empty CSV cells are missing.

    Raises
    ------
    MissingFileError, TableError
    """
    check_ordinary(path)
    name = path.name.lower()
    try:
        if is_parquet(path):
            frame = _read_parquet(path)
        elif name.endswith(CSV_SUFFIXES):
            frame = _read_csv(path)
        else:
            raise TableError(
                f"{path.name} is neither CSV nor Parquet by its name; "
                f"allowed endings: {', '.join((*CSV_SUFFIXES, *PARQUET_SUFFIXES))}"
            )
    except FileNotFoundError:
        raise MissingFileError(
            f"there is no table at {path}: put one there, correct data.path in params.yaml, or "
            f"build the demo table with `python -m {__package__}.demo`"
        ) from None
    except pd.errors.EmptyDataError:
        raise TableError(f"{path} is empty: it needs a header line and rows") from None
    except UnicodeDecodeError as error:
        raise TableError(
            f"{path} is not UTF-8 text (byte {error.start}): save it as UTF-8"
        ) from None
    except SmrtError:
        raise
    except (pd.errors.ParserError, csv.Error, EOFError, OSError, *_DAMAGED) as error:
        reason = fault_of(error) or " ".join(str(error).split())
        raise TableError(f"{path} cannot be read as a table: {reason}") from error
    repeated = frame.columns[frame.columns.duplicated()].unique()
    if len(repeated):
        raise TableError(
            f"{path} has more than one column named {listing(repeated)}: rename or drop them"
        )
    if frame.empty:
        raise TableError(f"{path} has {frame.shape[1]} columns and no rows: add rows")
    return frame


def _read_csv(path: Path) -> pd.DataFrame:
    packed = unpack.is_packed(path)
    if not packed:
        limits.check_file(path)
    # Read without a header, so that pandas renames no repeated column and drops no first one.
    frame = pd.read_csv(
        io.BytesIO(unpack.content(path)) if packed else path,
        compression=None,  # a file is packed by its bytes, not by its name
        header=None,
        dtype=str,
        keep_default_na=False,
        na_values=[""],
        encoding="utf-8-sig",
        low_memory=False,
        skip_blank_lines=True,
    )
    header = frame.iloc[0]
    body = frame.iloc[1:].reset_index(drop=True)
    body.columns = pd.Index(["" if pd.isna(name) else str(name) for name in header], dtype=object)
    return body


def _read_parquet(path: Path) -> pd.DataFrame:
    """Read a Parquet file or a folder of them; decimals become numbers, days become dates."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        limits.check_parquet(path)
        return frame_of(pq.read_table(path), folder=path.is_dir())
    except pa.ArrowException as error:
        raise TableError(f"{path} is no Parquet file: {str(error)[:120]}") from error


def frame_of(table: pa.Table, *, folder: bool) -> pd.DataFrame:
    """Return the rows of a Parquet file, or of a folder of them, as a frame of plain types."""
    for position, field in enumerate(table.schema):
        if (plain := _plain_type(field.type)) is not None:
            cells = table.column(position).cast(plain, safe=False)  # rounding_of counts
            table = table.set_column(position, field.name, cells)
    frame: pd.DataFrame = table.to_pandas(ignore_metadata=folder)
    frame.columns = pd.Index([str(name) for name in frame.columns], dtype=object)
    return frame.reset_index(drop=True)


def rounding_of(path: Path) -> dict[str, int]:
    """Count the decimals of Parquet columns that have more digits than 64 bits hold."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pq.read_schema(path) if path.is_file() else pq.ParquetDataset(path).schema
    long = [
        field.name
        for field in schema
        if pa.types.is_decimal(field.type) and field.type.precision > EXACT_DIGITS
    ]
    if not long:
        return {}
    table = pq.read_table(path, columns=long)
    counts = {}
    for name in long:
        texts = table.column(name).cast(pa.string()).to_pandas().dropna()
        counts[name] = n_rounded(texts)
    return {name: n for name, n in counts.items() if n}


def _plain_type(kind: Any) -> Any:
    """Return the type that stands in for one that pandas holds as objects, or None."""
    import pyarrow as pa

    types = pa.types
    if types.is_decimal(kind):
        return pa.int64() if kind.scale == 0 and kind.precision <= 18 else pa.float64()
    if types.is_date(kind):
        return pa.timestamp("us")
    if types.is_float16(kind):
        return pa.float32()
    if types.is_dictionary(kind) and not types.is_string(kind.value_type):
        return kind.value_type  # the key of a partitioned folder
    return None


def write_table(frame: pd.DataFrame, path: Path, name: str) -> None:
    """Write a table in the format of a file of this name, the same bytes every time."""
    if name.lower().endswith(PARQUET_SUFFIXES):
        write_parquet(path, frame)
        return
    packing = _PACKINGS.get(Path(name).suffix.lower())
    frame.to_csv(path, index=False, lineterminator="\n", encoding="utf-8", compression=packing)
