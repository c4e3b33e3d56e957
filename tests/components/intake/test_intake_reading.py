"""Tables as people have them: encodings, delimiters, decimal commas, dates, leaks."""

import bz2
import gzip
import lzma
from datetime import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake_tables import LABELS, N, from_columns, plain_table, understood

from components.intake.cells import Cells, understand_text, understand_typed
from components.table.delimited import read_delimited
from components.table.typed import parse_column
from smrt_lightning.errors import NotFoundError, SmrtError, TableError


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("pack", [None, gzip, bz2, lzma], ids=["plain", "gz", "bz2", "xz"])
def test_every_way_of_writing_a_table_reads_the_same(
    tmp_path: Path, delimiter: str, encoding: str, pack: Any
) -> None:
    text = plain_table(Stadt=["Köln", "a b, c"] * (N // 2)).to_csv(index=False, sep=delimiter)
    content = text.encode(encoding)
    ending = {None: "", gzip: ".gz", bz2: ".bz2", lzma: ".xz"}[pack]
    path = tmp_path / f"t.txt{ending}"
    path.write_bytes(pack.compress(content) if pack else content)
    frame, layout = read_delimited(path)
    assert list(frame.columns) == ["x", "n", "Stadt", "y"]
    assert frame["Stadt"].tolist() == ["Köln", "a b, c"] * (N // 2)
    assert layout.delimiter == delimiter
    assert layout.encoding == encoding.removesuffix("-sig")


def test_a_file_without_header_gets_names(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("1.5,2,a\n2.5,3,b\n")
    frame, layout = read_delimited(path)
    assert list(frame.columns) == ["column_1", "column_2", "column_3"]
    assert len(frame) == 2
    assert not layout.canonical


def test_empty_and_repeated_names_are_replaced(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(",a,a\n0,x,y\n")
    frame, layout = read_delimited(path)
    assert list(frame.columns) == ["column_1", "a", "a_again"]
    assert not layout.canonical


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"a,b\n", "no rows"),
        (b"one\ntwo\n", "one column"),
        (b'a,b\n"1,2\n', "does not read"),
        (b"PK\x03\x04rest", "zip"),
    ],
)
def test_unreadable_files_are_explained(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(SmrtError, match=words):
        read_delimited(path)


def test_a_damaged_archive_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n1,2\n")[:-6])
    with pytest.raises(SmrtError, match="cannot be read"):
        read_delimited(path)


@pytest.mark.parametrize(
    ("cells", "kind", "dtype", "canonical", "style"),
    [
        (["1", "-2", "+3"], "whole number", "int64", ["1", "-2", "+3"], ""),
        (["1", None, "?"], "whole number", "Int64", ["1", None, None], "as it is"),
        (["1.5", "2", "1e3"], "number", "float64", ["1.5", "2", "1e3"], ""),
        (["1,5", "2", "-0,25"], "number", "float64", ["1.5", "2", "-0.25"], "decimal comma"),
        (["1.234,5", "2,5"], "number", "float64", ["1234.5", "2.5"], "decimal comma"),
        (
            ["1,234", "12,345,678"],
            "whole number",
            "int64",
            ["1234", "12345678"],
            "decimal point",
        ),
        (["00123", "04567"], "text", "str", ["00123", "04567"], ""),
        (["True", "false"], "truth value", "bool", ["True", "false"], ""),
        (["2024-01-31", "2024-02-01"], "date", "datetime64[ns]", ["2024-01-31", "2024-02-01"], ""),
        (
            ["31.01.2024", "01.02.2024"],
            "date",
            "datetime64[ns]",
            ["2024-01-31", "2024-02-01"],
            "%d.%m.%Y",
        ),
        (
            ["01/31/2024", "02/01/2024"],
            "date",
            "datetime64[ns]",
            ["2024-01-31", "2024-02-01"],
            "%m/%d/%Y",
        ),
        (
            ["31/01/2024 10:30", "01/02/2024 00:00"],
            "date",
            "datetime64[ns]",
            ["2024-01-31T10:30:00", "2024-02-01T00:00:00"],
            "%d/%m/%Y %H:%M",
        ),
        ([" a", "b "], "text", "str", ["a", "b"], ""),
        (["123456789012345678901", "1"], "text", "str", ["123456789012345678901", "1"], ""),
    ],
)
def test_cells_are_understood(
    cells: list[str | None], kind: str, dtype: str, canonical: list[str | None], style: str
) -> None:
    found = understand_text(pd.Series(cells, dtype="str"))
    assert (found.kind, found.dtype, found.style) == (kind, dtype, style)
    assert (
        found.values.where(found.values.notna(), None).tolist() == canonical
        or [None if pd.isna(cell) else cell for cell in found.values] == canonical
    )


def test_one_number_in_two_writings(tmp_path: Path) -> None:
    """In a file with semicolons "1,234" is a decimal; in one with commas it is a thousand."""
    cells = pd.Series(["1,234", "2,345"], dtype="str")
    assert understand_text(cells, semicolons=True).values.tolist() == ["1.2340", "2.3450"]
    assert understand_text(cells).values.tolist() == ["1234", "2345"]


def test_dates_too_far_for_nanoseconds_are_announced_as_misfits() -> None:
    cells = pd.Series(["05.01.2024", "06.01.2024", "31.12.9999"], dtype="str")
    for found in (understand_text(cells), understand_typed(pd.to_datetime(cells, dayfirst=True))):
        assert (found.kind, found.n_misfits) == ("date", 1)


def test_a_few_mistakes_do_not_change_a_column() -> None:
    found = understand_text(pd.Series(["1"] * 99 + ["oops"], dtype="str"))
    assert (found.kind, found.n_misfits) == ("whole number", 1)
    assert found.values.iloc[-1] == "oops"  # for the quarantine to show


@given(st.lists(st.none() | st.text(max_size=8), min_size=1, max_size=30))
def test_any_text_is_understood_and_no_row_is_lost(cells: list[str | None]) -> None:
    found = understand_text(pd.Series(cells, dtype="str"))
    assert isinstance(found, Cells)
    assert len(found.values) == len(cells)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), min_size=1))
def test_decimal_commas_keep_the_value(numbers: list[float]) -> None:
    cells = pd.Series([repr(number).replace(".", ",") for number in numbers], dtype="str")
    found = understand_text(cells, semicolons=True)
    assert [float(cell) for cell in found.values] == numbers


def test_an_honest_table_is_left_alone(tmp_path: Path) -> None:
    found = from_columns(tmp_path)
    assert not found.ignored
    assert not found.warnings
    assert found.as_it_is
    assert found.classes == {"common": 48, "rare": 12}


def test_columns_are_kept_and_left_out_on_demand(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    plain_table(row=range(1, N + 1)).to_csv(path, index=False)
    found = understood(path, keep=["row"], ignore=["n"])
    assert found.ignored == {"n": "as asked"}
    with pytest.raises(NotFoundError, match=r"--keep names 'rwo'.*did you mean 'row'"):
        understood(path, keep=["rwo"])
    with pytest.raises(TableError, match="no column is left"):
        understood(path, ignore=["n", "x"])


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (np.arange(N) * 1.5, "different values"),
        (["a"] * N, "nothing to balance"),
        (["a"] * (N - 1) + ["b"], "only one row has the label 'b'"),
        ([None, *LABELS[1:]], "1 of 60 rows have no label"),
    ],
)
def test_targets_that_are_none(tmp_path: Path, labels: Any, words: str) -> None:
    path = tmp_path / "t.csv"
    plain_table().assign(y=labels).to_csv(path, index=False)
    with pytest.raises(TableError, match=words):
        understood(path)


def test_a_misspelt_target_gets_a_hint(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    plain_table().rename(columns={"y": "churned"}).to_csv(path, index=False)
    with pytest.raises(TableError, match="did you mean 'churned'"):
        understood(path, "churnd")


def test_blanks_that_make_two_labels_of_one_are_said(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    labels = [f"{label} " if row % 7 == 0 else label for row, label in enumerate(LABELS)]
    plain_table(x=[f"{row} " for row in range(N)]).assign(y=labels).to_csv(path, index=False)
    found = understood(path)
    assert found.classes == {"common": 48, "rare": 12}
    (remark,) = found.remarks
    assert remark.startswith("blanks around cells are not read")
    assert remark.endswith(": 'y'")


def test_durations_and_times_of_day_become_seconds(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    rows = np.arange(N)
    plain_table(
        wait=pd.to_timedelta([None, *(rows[1:] * 1500)], unit="ms"),
        at=[time(int(row) % 24, 30, 0, 250_000) for row in rows],
    ).to_parquet(path)
    found = understood(path)
    assert {found.columns[name].kind for name in ("wait", "at")} == {"number"}
    assert found.frame["wait"].isna().tolist() == [True, *[False] * (N - 1)]
    assert found.frame["wait"][1:].tolist() == [1.5 * row for row in rows[1:]]
    assert found.frame["at"].tolist() == [row % 24 * 3600 + 1800.25 for row in rows]
    again = parse_column(pd.read_parquet(path)["at"], "float64", None)
    assert again.values.tolist() == found.frame["at"].tolist()


def test_dates_stored_as_text_in_parquet_are_dates(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    days = pd.date_range("2024-01-01", periods=N)[::-1]
    later = days[np.arange(N) * 7 % N]
    table = plain_table(
        iso=days.strftime("%Y-%m-%d"),
        german=later.strftime("%d.%m.%Y"),
        amount=[f"{row / 7:.3f}" for row in range(N)],
        code=[f"{row % 4}" for row in range(N)],
        plan=["basic", None, "plus"] * (N // 3),
    )
    table.to_parquet(path)
    found = understood(path)
    kinds = {name: cells.kind for name, cells in found.columns.items()}
    assert (kinds["iso"], kinds["german"]) == ("date", "date")
    assert {"iso", "german"}.isdisjoint(found.ignored)
    assert kinds["amount"] == kinds["code"] == kinds["plan"] == "text"
    assert "--types amount=number" in found.ignored["amount"]
    assert "code" not in {**found.warnings, **found.ignored}
    again = parse_column(found.frame["german"], "datetime64[ns]", None)
    assert again.values.tolist() == later.tolist()
    assert found.format is not None
    assert found.format.columns == {"german": "%d.%m.%Y"}


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    table = plain_table(
        day=pd.date_range("2024-01-01", periods=N, tz="Europe/Paris"),
        level=pd.Categorical(["a", "b"] * (N // 2)),
        flag=[True, False, True] * (N // 3),
    )
    table["y"] = [int(label == "rare") for label in LABELS]
    table.to_parquet(path)
    found = understood(path)
    dtypes = {name: cells.dtype for name, cells in found.columns.items()}
    assert dtypes["day"] == "datetime64[ns]"
    assert dtypes["level"] == dtypes["y"] == "str"
    assert dtypes["flag"] == "bool"
    assert found.classes == {"0": 48, "1": 12}
    assert not found.as_it_is  # the labels become text, the dates UTC
