"""Every way of writing a table that docs/formats.md names is read, and so is the next such file."""

import bz2
import gzip
import io
import lzma
import re
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.intake import project
from components.intake.cells import understand_text, understand_texts
from components.intake.understanding import Understanding, open_table, understand
from components.intake.wishes import Wishes
from components.project.errors import ColumnsError
from components.project.params import DataParams
from components.table.files import read_rows
from components.table.styles import COMMA, POINT, canonical
from smrt_lightning.errors import ParameterError, TableError

N = 60
DOCS = (Path(__file__).parents[3] / "docs" / "formats.md").read_text(encoding="utf-8")
LABELS = ["rare" if row % 5 == 0 else "common" for row in range(N)]


def rows_of(heading: str) -> list[list[str]]:
    section = DOCS.split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.mark.parametrize(("cells", "kind", "canon"), rows_of("Cells"))
def test_cells_are_read_as_the_page_says(cells: str, kind: str, canon: str) -> None:
    found = understand_text(pd.Series(quoted(cells), dtype="str"))
    assert (found.kind, found.values.tolist(), found.n_misfits) == (kind, quoted(canon), 0)
    if found.style:
        assert canonical(found.values, found.style).tolist() == quoted(canon)


def table() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "x": rng.uniform(1, 9000, N).round(2),
            "city": ["Köln", "Bonn, Süd"] * (N // 2),
            "n": rng.integers(0, 9, N),
            "y": LABELS,
        }
    )


PLAIN = table().to_csv(index=False)
PLAIN_R = "".join(
    f"{line}\n" if i == 0 else f'"{i}" {line}\n'
    for i, line in enumerate(table().to_csv(index=False, sep=" ").splitlines())
)


def lines(change: Callable[[int, str], str]) -> bytes:
    return "\n".join(change(i, line) for i, line in enumerate(PLAIN.splitlines())).encode()


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("t.csv", PLAIN)
    return out.getvalue()


def zstandard() -> bytes:
    out = pa.BufferOutputStream()
    with pa.CompressedOutputStream(out, "zstd") as stream:
        stream.write(PLAIN.encode())
    return out.getvalue().to_pybytes()


def workbook() -> bytes:
    out = io.BytesIO()
    table().to_excel(out, index=False)
    return out.getvalue()


def foreign(encoding: str, *cities: str) -> bytes:
    return table().assign(city=list(cities) * (N // 2)).to_csv(index=False).encode(encoding)


FILES: dict[str, list[tuple[str, bytes]]] = {
    "comma, semicolon, tab or bar": [
        ("t.csv", table().to_csv(index=False, sep=sign).encode()) for sign in ",;\t|"
    ],
    "`sep=;` in the first line": [("t.csv", b"sep=;\n" + PLAIN.replace(",", ";").encode())],
    "lines of titles": [
        ("t.csv", b"Report of 2024\n\n" + PLAIN.encode()),
        ("t.csv", b"Report of 2024,,,\n" + PLAIN.encode()),
        ("t.csv", b"# of x, y and z, by city\n# 2024, final, v2\n" + PLAIN.encode()),
    ],
    "no header": [("t.csv", PLAIN.partition("\n")[2].encode())],
    "a number among the names": [("t.csv", PLAIN.replace("x,", "2019,", 1).encode())],
    "a delimiter at the end": [
        ("t.csv", lines(lambda _, line: line + ",")),
        ("t.csv", lines(lambda i, line: line + "," * bool(i))),
    ],
    "row names without a name": [
        ("t.csv", lines(lambda i, line: f'"{i}",{line}' if i else line)),
        ("t.txt", PLAIN_R.encode()),
    ],
    "empty and repeated names": [("t.csv", PLAIN.replace("x,city,n", "x,,x", 1).encode())],
    "UTF-8, UTF-16 or UTF-32": [
        ("t.csv", PLAIN.encode(name)) for name in ("utf-8-sig", "utf-16", "utf-16-le", "utf-32")
    ],
    "bytes that are not UTF-8": [
        ("t.csv", foreign("cp1252", "Köln", "Bonn")),
        ("t.csv", foreign("cp1251", "Москва", "Тверь")),
        ("t.csv", foreign("gbk", "北京", "上海")),
    ],
    "a few bad bytes": [("t.csv", PLAIN.encode().replace(b"K", b"K\xff", 1))],
    "gzip, bz2, xz, zstd or zip": [
        *(("t.data", pack.compress(PLAIN.encode())) for pack in (gzip, bz2, lzma)),
        *(("t.data", content) for content in (zstandard(), zipped())),
        *(("t.csv", content) for content in (gzip.compress(PLAIN.encode()), zstandard())),
    ],
    "Excel": [("t.xlsx", workbook())],
}
CASES = [(name, *case) for name, cases in FILES.items() for case in cases]


def understood(path: Path, **options: Any) -> Understanding:
    wishes = Wishes(**options)
    target = "column_4" if b"x,city" not in path.read_bytes() and path.stem == "headless" else "y"
    frame, layout = open_table(path, target, wishes)
    return understand(path, frame, layout, target, wishes)


def read_again(path: Path, found: Understanding) -> pd.DataFrame:
    data = DataParams(
        path="data/t.csv",
        target=found.target,
        ignore=[],
        format=found.format,
        max_invalid_fraction=0.05,
        max_invalid_class_fraction=0.1,
    )
    return read_rows(path, data)


def test_the_page_names_the_files_that_are_tried() -> None:
    typed = ("Parquet with", "a folder of Parquet")
    named = [row[0] for row in rows_of("Files") if not row[0].startswith(typed)]
    assert len(named) == len(FILES)
    for cell, name in zip(named, FILES, strict=True):
        assert cell.startswith(name)


@pytest.mark.parametrize(("kind", "name", "content"), CASES)
def test_a_file_and_its_canonical_form_read_the_same(
    tmp_path: Path, kind: str, name: str, content: bytes
) -> None:
    source = tmp_path / ("headless.csv" if kind == "no header" else name)
    source.write_bytes(content)
    found = understood(source)
    assert found.n_rows == N
    assert sorted(found.classes.values()) == [12, 48]
    numbers = found.frame.select_dtypes("str").apply(pd.to_numeric, errors="coerce")
    assert (numbers.sum() - table()["x"].sum()).abs().min() < 1e-6
    if kind in ("lines of titles", "bytes that are not UTF-8", "a few bad bytes", "no header"):
        assert found.remarks
    rewritten = tmp_path / "rewritten.csv"
    project.write_table_of(rewritten, found)
    for path in (source, rewritten):
        if path.suffix != ".data":  # a batch is known by its ending
            pd.testing.assert_frame_equal(read_again(path, found), found.frame)


def test_no_name_of_a_script_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    for encoding, city, other in (
        *(("cp1252", "Köln", "Bonn"), ("cp1251", "Москва", "Bonn"), ("gbk", "北京", "Bonn")),
        *(("cp1250", "Łódź", "Gdańsk"), ("iso8859_2", "Łódź", "Gdańsk")),
        *(("cp1254", "Muğla", "İzmir"), ("cp850", "München", "Köln"), ("cp874", "ภูเก็ต", "Bonn")),
    ):
        path.write_bytes(foreign(encoding, city, other))
        found = understood(path)
        assert found.frame["city"].iloc[0] == city
        assert city in found.remarks[0]


def test_parquet_types_that_pandas_has_not(tmp_path: Path) -> None:
    typed = table().assign(
        price=[Decimal(f"{row}.25") for row in range(N)],
        day=pd.Series(pd.date_range("2024-01-01", periods=N)).dt.date,
        half=np.arange(N, dtype="float16")[::-1] / 2,
        large=np.array([2**63 + 3 * row * row for row in range(N)], dtype="uint64"),
        region=["north", "south"] * (N // 2),
    )
    typed.to_parquet(tmp_path / "parts", partition_cols=["region"])
    found = understood_folder(tmp_path / "parts")
    kinds = {name: (cells.kind, cells.dtype) for name, cells in found.columns.items()}
    assert kinds["price"] == kinds["half"] == ("number", "float64")
    assert kinds["day"] == ("date", "datetime64[ns]")
    assert kinds["large"] == ("whole number", "uint64")
    assert kinds["region"] == ("text", "str")
    assert found.n_rows == N
    assert found.frame["large"].max() == 2**63 + 3 * (N - 1) ** 2
    assert not sum(cells.n_misfits for cells in found.columns.values())


@pytest.mark.parametrize("name", ["t.pq", "t", "t.csv"])
def test_parquet_is_known_by_its_bytes(tmp_path: Path, name: str) -> None:
    table().to_parquet(tmp_path / name)
    found = understood_folder(tmp_path / name)
    assert found.written == "Parquet"
    assert found.as_it_is == (name == "t.pq")
    planned = project.plan(tmp_path / "project", found)
    assert planned.table == ("data/t.pq" if name == "t.pq" else "data/t.parquet")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'[{"x": 1, "y": "a"}]', "is JSON"),
        (b'{"x": 1}\n{"x": 2}\n', "is JSON"),
        (b"<table><tr><td>1</td></tr></table>", "is HTML or XML"),
        (b"<?xml version='1.0'?>\n<rows/>", "is HTML or XML"),
        (b"<rows>\n  <row><x>1</x></row></rows>", "is HTML or XML"),
        (b"ORC\x0a\x00\x00\x12", "is an ORC file"),
        (b"SQLite format 3\x00", "is an SQLite database"),
        (b"\x80\x04\x95rest", "is a pickle"),
        (b"t.csv".ljust(257, b"\x00") + b"ustar", "is a tar archive"),
        (b"\xd0\xcf\x11\xe0", "is an old Excel file"),
    ],
)
def test_what_is_no_table_is_called_by_its_name(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(TableError, match=said):
        open_table(path)


@pytest.mark.parametrize(
    "names",
    [
        "<TICKER>,<PER>,<DATE>",
        "<DATE>\t<TIME>\t<OPEN>",
        "PAR1,PAR2,target",
        "ORC,ELF,target",
        "ARROW1;ARROW2;target",
    ],
)
def test_names_of_columns_are_not_taken_for_another_format(tmp_path: Path, names: str) -> None:
    delimiter = next(sign for sign in ",;\t" if sign in names)
    path = tmp_path / "t.csv"
    rows = [delimiter.join([str(row), str(row / 7), LABELS[row]]) for row in range(N)]
    path.write_text("\n".join([names, *rows]) + "\n")
    frame, _ = open_table(path, names.split(delimiter)[-1], Wishes())
    assert list(frame.columns) == names.split(delimiter)
    assert len(frame) == N


def test_digits_that_64_bits_cannot_hold_are_counted(tmp_path: Path) -> None:
    long = ["0.1234567890123456789", "1e-5", "2.5"] * (N // 3)
    printed = [f"{value:.25f}" for value in np.random.default_rng(0).random(N)]
    path = tmp_path / "t.csv"
    table().assign(long=long, printed=printed).to_csv(path, index=False)
    (remark,) = understood(path).remarks
    assert f"'long' ({N // 3} cells)" in remark
    assert "printed" not in remark
    decimals = table().assign(
        long=[Decimal("12345678901234567.25") + row for row in range(N)],
        exact=[Decimal(10**17 + 3 * row * row) for row in range(N)],
    )
    decimals.to_parquet(tmp_path / "t.parquet")
    found = understood_folder(tmp_path / "t.parquet")
    assert f"'long' ({N} cells)" in found.remarks[0]
    assert found.columns["exact"].dtype == "int64"
    assert found.frame["exact"].iloc[1] == 10**17 + 3


def understood_folder(folder: Path) -> Understanding:
    frame, layout = open_table(folder)
    return understand(folder, frame, layout, "y")


def columns(**cells: list[str]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(column, dtype="str") for name, column in cells.items()})


def test_one_file_has_one_way_of_writing_numbers() -> None:
    found = understand_texts(columns(rent=["45.000", "800"], rate=["0,5", "1,25"]))
    assert found["rent"].values.tolist() == ["45000", "800"]
    found = understand_texts(columns(rent=["45.000", "800"], rate=["0.5", "1.25"]))
    assert found["rent"].values.tolist() == ["45.000", "800"]


def test_one_file_has_one_order_of_day_and_month() -> None:
    dates = columns(a=["01/02/2024", "03/04/2024"], b=["01/31/2024", "02/01/2024"])
    assert understand_texts(dates)["a"].values.tolist() == ["2024-01-02", "2024-03-04"]
    assert not understand_texts(dates)["a"].doubt
    alone = understand_texts(dates[["a"]])["a"]
    assert alone.values.tolist() == ["2024-02-01", "2024-04-03"]
    assert "--date-format '%m/%d/%Y'" in alone.doubt
    told = understand_texts(dates[["a"]], date_format="%m/%d/%Y")["a"]
    assert told.values.tolist() == ["2024-01-02", "2024-03-04"]
    known = understand_texts(dates[["a"]], known={"a": "%m/%d/%Y"})["a"]
    assert known.values.tolist() == ["2024-01-02", "2024-03-04"]


def test_a_format_that_reads_nothing_is_refused() -> None:
    dates = columns(seen=["31/01/2024", "01/02/2024"])
    with pytest.raises(ParameterError, match="'%d/%m/%Y' may be meant"):
        understand_texts(dates, date_format="dd/mm/yyyy")
    with pytest.raises(ParameterError, match="seen: %d/%m/%Y"):
        understand_texts(dates, date_format="%Y/%m/%d")


def test_two_digits_of_a_year_are_told_from_those_of_a_day() -> None:
    days = pd.date_range("2023-01-01", periods=400)
    for style in ("%y-%m-%d", "%d-%m-%y"):
        found = understand_text(pd.Series(days.strftime(style), dtype="str"))
        assert found.style == style


def test_a_column_of_which_some_cells_are_no_numbers_says_how_to_keep_it(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    cells = [f"{row}.25" if row % 10 else "<0.5" for row in range(N)]
    table().assign(level=cells).to_csv(path, index=False)
    assert "--types level=number" in understood(path).warnings["level"]
    kept = understood(path, kinds={"level": "number"})
    assert kept.columns["level"].n_misfits == N // 10
    with pytest.raises(ColumnsError, match="'city' holds a number, but 60 of 60"):
        understood(path, kinds={"city": "number"})


def test_whole_numbers_that_number_the_rows_are_pointed_out(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    places = np.random.default_rng(0).permutation(N)
    table().assign(place=places, other=3 * places).to_csv(path, index=False)
    assert list(understood(path).warnings) == ["place"]


def test_the_style_that_reads_most_cells_wins() -> None:
    cells = ["12.50"] * 197 + ["1,234.50"] * 3  # 98.5 % are plain
    found = understand_text(pd.Series(cells, dtype="str"))
    assert found.n_misfits == 0
    assert found.values.iloc[-1] == "1234.50"


def test_a_column_is_what_somebody_says() -> None:
    frame = columns(zip=["1010", "1020"], age=["7", "old"], day=["1/2/24", "later"])
    kinds = {"zip": "text", "age": "whole number", "day": "date"}
    found = understand_texts(frame, kinds=kinds)
    assert [found[name].kind for name in frame] == ["text", "whole number", "date"]
    assert [found[name].n_misfits for name in frame] == [0, 1, 1]


def test_a_column_that_is_nearly_one_of_numbers_is_pointed_out() -> None:
    found = understand_text(pd.Series(["1"] * 9 + ["one"], dtype="str"))
    assert (found.kind, found.doubt) == ("text", "90% of its cells are numbers, 'one' is not")


@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False, places=3), min_size=1))
@pytest.mark.parametrize(("style", "signs"), [(POINT, ",."), (COMMA, ".,")])
def test_reading_twice_is_reading_once(style: str, signs: str, numbers: list[Decimal]) -> None:
    swapped = str.maketrans(",.", signs)
    cells = pd.Series([f"{number:,}".translate(swapped) for number in numbers], dtype="str")
    once = canonical(cells, style)
    assert [Decimal(cell) for cell in once] == numbers
    assert canonical(once, style).tolist() == once.tolist()


@pytest.mark.parametrize(
    ("labels", "merge", "classes", "remark"),
    [
        (["0", "1", "1.0", "0.0"], False, {"0", "1"}, "are one number"),
        (["yes", "Yes", "no"], False, {"yes", "Yes", "no"}, "--merge-labels"),
        (["yes", "Yes", "no"], True, {"yes", "no"}, "read as 'yes'"),
        (["01", "1"], False, {"01", "1"}, ""),
        (["0", "0,0", "1,0"], False, {"0", "1,0"}, "are one number"),
        (["J\u00e4", "Ja\u0308", "no"], False, {"J\u00e4", "no"}, "look the same"),
    ],
)
def test_spellings_of_a_label(
    tmp_path: Path, labels: list[str], merge: bool, classes: set[str], remark: str
) -> None:
    path = tmp_path / "t.csv"
    spelled = [labels[row % 7 % len(labels)] for row in range(N)]
    table().assign(y=spelled).to_csv(path, index=False)
    found = understood(path, merge_labels=merge)
    assert set(found.classes) == classes
    assert remark in "".join(found.remarks)
    assert set(read_again(path, found)["y"]) == classes


def test_a_canonical_batch_among_semicolons_is_read_as_it_is(tmp_path: Path) -> None:
    source = tmp_path / "t.csv"
    table().to_csv(source, index=False, sep=";", decimal=",")
    found = understood(source)
    assert found.format is not None
    assert found.format.columns["x"] == COMMA
    batch = tmp_path / "batch.csv"
    table().assign(x=1.234).to_csv(batch, index=False)
    assert set(read_again(batch, found)["x"]) == {"1.234"}
    table().assign(x=1.234).to_csv(batch, index=False, sep=";", decimal=",")
    assert set(read_again(batch, found)["x"].astype(float)) == {1.234}
    table().assign(x=1.234).to_csv(batch, index=False, sep="\t", decimal=",", encoding="utf-16")
    assert set(read_again(batch, found)["x"].astype(float)) == {1.234}


def test_a_table_of_hundreds_of_columns_raises_no_warning(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    wide = {f"c{i}": rng.normal(size=N) if i % 3 else rng.choice(["a", "b"], N) for i in range(300)}
    path = tmp_path / "t.csv"
    pd.DataFrame({**wide, "y": LABELS}).to_csv(path, index=False, sep=";", decimal=",")
    found = understood(path)
    project.plan(tmp_path, found)  # the first stage tries it
    assert len(found.columns) == 301
