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

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from intake_tables import LABELS, N, read_again, table, understood

from components.intake import project
from components.intake.cells import understand_text
from components.intake.understanding import Understanding, open_table, understand
from components.intake.wishes import Wishes
from components.table.styles import COMMA, canonical
from smrt_lightning.errors import TableError

DOCS = (Path(__file__).parents[3] / "docs" / "formats.md").read_text(encoding="utf-8")


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
