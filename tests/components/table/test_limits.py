"""A table that is too large is refused at once, packed or not, and the limit can be raised."""

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from components.table.delimited import read_delimited
from components.table.files import read_table
from components.table.limits import BYTES, ROWS
from smrt_lightning.errors import ParameterError, TableError

TEXT = b"a,b\n" + b"1,2\n" * 40


def zipped(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("t.csv", content)
    return file.getvalue()


def zstandard(content: bytes) -> bytes:
    packed: bytes = pa.compress(content, codec="zstd", asbytes=True)
    return packed


def workbook(content: bytes) -> bytes:
    file = io.BytesIO()
    pd.read_csv(io.BytesIO(content)).to_excel(file, index=False)
    return file.getvalue()


def parquet(content: bytes) -> bytes:
    file = io.BytesIO()
    pd.read_csv(io.BytesIO(content)).to_parquet(file)
    return file.getvalue()


PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    ".csv": bytes,
    ".csv.gz": gzip.compress,
    ".csv.bz2": bz2.compress,
    ".csv.xz": lzma.compress,
    ".csv.zst": zstandard,
    ".zip": zipped,
    ".xlsx": workbook,
    ".parquet": parquet,
}
each = pytest.mark.parametrize("ending", PACKINGS)


def read(path: Path) -> pd.DataFrame:
    return read_table(path) if path.suffix == ".parquet" else read_delimited(path)[0]


@each
def test_a_table_within_the_limits(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"t{ending}"
    path.write_bytes(PACKINGS[ending](TEXT))
    assert read(path).astype(int).to_numpy().tolist() == [[1, 2]] * 40


@each
def test_too_many_bytes(tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / f"t{ending}"
    path.write_bytes(PACKINGS[ending](TEXT))
    monkeypatch.setenv(BYTES.variable, "100")
    with pytest.raises(TableError, match=f"at most 100 are read.*{BYTES.variable}="):
        read(path)


@pytest.mark.parametrize("ending", [e for e in PACKINGS if e != ".xlsx"])
def test_too_many_rows(tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / f"t{ending}"
    path.write_bytes(PACKINGS[ending](TEXT))
    monkeypatch.setenv(ROWS.variable, "39")
    with pytest.raises(TableError, match=f"at most 39 are read.*{ROWS.variable}="):
        read(path)
    monkeypatch.setenv(ROWS.variable, "40")
    assert len(read(path)) == 40


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".csv.bz2"])
def test_the_plain_reader_has_them_too(
    tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"t{ending}"
    path.write_bytes(PACKINGS[ending](TEXT))
    monkeypatch.setenv(ROWS.variable, "39")
    with pytest.raises(TableError, match=ROWS.variable):
        read_table(path)


def test_a_parquet_file_that_grows_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "bomb.parquet"
    many = 50_000_000
    pa.parquet.write_table(pa.table({"a": pa.array(np.zeros(many, np.int8))}), path)
    assert path.stat().st_size < many / 50
    with pytest.raises(TableError, match=ROWS.variable):
        read_table(path)


@pytest.mark.parametrize("ending", [e for e in PACKINGS if e not in (".csv", ".parquet")])
def test_a_truncated_file_is_called_damaged(tmp_path: Path, ending: str) -> None:
    rng = np.random.default_rng(0)
    rows = b"\n".join(b"%d,%d" % tuple(row) for row in rng.integers(0, 9**9, (300, 2)))
    packed = PACKINGS[ending](b"a,b\n" + rows + b"\n")
    path = tmp_path / f"t{ending}"
    for length in (len(packed) // 2, len(packed) - 3, 12):
        path.write_bytes(packed[:length])
        with pytest.raises(TableError, match="cannot be read"):
            read(path)


@pytest.mark.parametrize("value", ["many", "-1", "0", "1.5", "9" * 5000])
def test_a_limit_that_is_none(tmp_path: Path, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(TEXT)
    monkeypatch.setenv(BYTES.variable, value)
    with pytest.raises(ParameterError, match="give it a whole number"):
        read(path)
