"""One style for a column and a file, of numbers, dates and labels."""

from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake_tables import N, read_again, table, understood

from components.intake.cells import understand_text, understand_texts
from components.project.errors import ColumnsError
from components.table.styles import COMMA, POINT, canonical
from smrt_lightning.errors import ParameterError


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
