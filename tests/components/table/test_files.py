"""Cells become what the schema asks for, and those that cannot are known by their row."""

import gzip
import lzma
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.table.files import read_table
from components.table.typed import MISSING_WORDS, parse_column
from smrt_lightning.errors import MissingFileError, TableError


def parsed(cells: list[Any], dtype: str, levels: list[Any] | None = None) -> tuple[list[Any], list]:
    result = parse_column(pd.Series(cells, dtype="str"), dtype, levels)
    values = [None if pd.isna(value) else value for value in result.values]
    return values, result.misfits.tolist()


@pytest.mark.parametrize(
    ("dtype", "cells", "values", "misfits"),
    [
        ("int64", ["1", "2.0", "3.5", "x", "NA", None], [1, 2, None, None, None, None], [2, 3]),
        ("Int64", ["9007199254740993", "1e3"], [9007199254740993, 1000], []),
        ("int64", ["9223372036854775807", "9223372036854775808", "-1"], [2**63 - 1, None, -1], [1]),
        ("uint64", ["18446744073709551615", "-1", "x"], [2**64 - 1, None, None], [1, 2]),
        ("Int64", ["9007199254740993", None], [9007199254740993, None], []),
        ("float64", ["1.5", "-inf", "x", "", "1e400"], [1.5, None, None, None, None], [1, 2, 4]),
        ("bool", ["True", "0", "yes", None], [True, False, None, None], [2]),
        ("str", ["1.0", "NaN", " ", None], ["1.0", "NaN", " ", None], []),
        ("datetime64[ns]", ["2024-01-05", "soon"], [pd.Timestamp("2024-01-05"), None], [1]),
    ],
)
def test_cells_by_type(dtype: str, cells: list[Any], values: list[Any], misfits: list[int]) -> None:
    found, wrong = parsed(cells, dtype)
    assert found == values
    assert [i for i, is_wrong in enumerate(wrong) if is_wrong] == misfits


def test_levels_are_matched_by_their_text() -> None:
    assert parsed(["1", "2", "3", None], "category", [1, 2]) == (
        [1, 2, None, None],
        [False, False, True, False],
    )


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1))
def test_integers_survive_as_text(numbers: list[int]) -> None:
    values, misfits = parsed([str(number) for number in numbers], "int64")
    assert values == numbers
    assert not any(misfits)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_floats_survive_as_text(numbers: list[float]) -> None:
    values, misfits = parsed([repr(number) for number in numbers], "float64")
    assert values == numbers
    assert not any(misfits)


@given(st.lists(st.text(min_size=1), min_size=1))
def test_text_is_never_missing_and_never_a_misfit(cells: list[str]) -> None:
    values, misfits = parsed(cells, "str")
    assert values == cells
    assert not any(misfits)


def test_typed_columns_of_a_parquet_file() -> None:
    whole = parse_column(pd.Series([1.0, 2.5, None]), "int64", None)
    assert whole.misfits.tolist() == [False, True, False]
    numbers_for_text = parse_column(pd.Series([1, 2]), "str", None)
    assert numbers_for_text.misfits.all()
    category = pd.Series(["a", "b"], dtype="category")
    assert parse_column(category, "category", None).values.dtype == category.dtype


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_every_cell_is_read_as_text(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "\ufeffa,b\n01,NaN\n1.0,\n")
    table = read_table(path)
    assert list(table.columns) == ["a", "b"]
    assert table["a"].tolist() == ["01", "1.0"]
    assert table["b"].tolist()[0] == "NaN"
    assert table["b"].isna().tolist() == [False, True]
    assert "NaN" in MISSING_WORDS  # for numbers, not for text


def test_compressed_csv_and_parquet(tmp_path: Path) -> None:
    text = "a,b\n1,x\n"
    packed = write(tmp_path / "t.csv.gz", gzip.compress(text.encode(), mtime=0))
    assert read_table(packed).to_dict("list") == {"a": ["1"], "b": ["x"]}
    frame = pd.DataFrame({"a": [1], "b": ["x"]}, index=[5])
    frame.to_parquet(tmp_path / "t.parquet")
    assert read_table(tmp_path / "t.parquet")["a"].tolist() == [1]


@pytest.mark.parametrize(
    ("name", "content", "error", "expected"),
    [
        ("t.csv", "", TableError, "is empty"),
        ("t.csv", "\n\n", TableError, "is empty"),
        ("t.csv", "a,b\n", TableError, "2 columns and no rows"),
        ("t.csv", "a,a\n1,2\n", TableError, "more than one column named 'a'"),
        ("t.csv", "a,b\n1,2,3\n", TableError, "line 2"),
        ("t.csv", b"a,b\n\xff,1\n", TableError, "UTF-8"),
        ("t.csv", 'a,b\n"1,2\n', TableError, "cannot be read"),
        ("t.csv.gz", "not packed", TableError, "no rows"),
        (
            "t.csv.gz",
            gzip.compress(b"a,b\n", mtime=0)[:10] + b"\xff" * 20,
            TableError,
            "invalid",
        ),
        ("t.csv.xz", lzma.compress(b"a,b\n")[:12] + b"\xff" * 20, TableError, "cannot be"),
        ("t.parquet", "PAR1", TableError, "no Parquet file"),
        ("t.xlsx", "x", TableError, "neither CSV nor Parquet"),
        ("t.csv.zst", b"x", TableError, "neither CSV nor Parquet"),
    ],
)
def test_unreadable_tables(
    tmp_path: Path, name: str, content: str | bytes, error: type[Exception], expected: str
) -> None:
    with pytest.raises(error, match=expected):
        read_table(write(tmp_path / name, content))


@pytest.mark.parametrize(
    ("cells", "in_utc"),
    [
        (["2024-01-01T00+01:00", "2024-07-01T00+02:00"], ["2023-12-31T23", "2024-06-30T22"]),
        (["2024-01-01", "2024-01-01T10:00:00Z"], ["2024-01-01", "2024-01-01T10"]),
    ],
)
def test_moments_of_several_time_zones_are_told_in_utc(cells: list[str], in_utc: list[str]) -> None:
    values, misfits = parsed(cells, "datetime64[ns]")
    assert values == [pd.Timestamp(text) for text in in_utc]
    assert not any(misfits)
    aware, _ = parsed(cells, "datetime64[ns, UTC]")
    assert aware == [pd.Timestamp(text, tz="UTC") for text in in_utc]


@pytest.mark.parametrize("never", ["9999-12-31", "0001-01-01"])
def test_dates_that_nanoseconds_cannot_tell_do_not_fit(never: str) -> None:
    assert parsed(["2024-01-05", never], "datetime64[ns]") == (
        [pd.Timestamp("2024-01-05"), None],
        [False, True],
    )


def test_no_table(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"no table at .*components\.table\.demo"):
        read_table(tmp_path / "table.csv")
