"""Columns that teach nothing or tell too much."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from intake_tables import LABELS, N, from_columns, plain_table


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (list(range(1, N + 1)), "counts the rows"),
        ([f"K{row}" for row in range(N)], "identifier"),
        (["same"] * N, "constant: always 'same'"),
        ([None] * N, "empty"),
        (LABELS, "equals the target"),
        ([{"rare": 1, "common": 0}[label] for label in LABELS], "one value for each class"),
        (
            ["ab"[at % 2] if label == "rare" else None for at, label in enumerate(LABELS)],
            "leak: filled in every row of 'rare', and in no other",
        ),
        (
            [at if label == "common" else None for at, label in enumerate(LABELS)],
            "leak: filled in every row of 'common', and in no other",
        ),
    ],
)
def test_useless_and_leaking_columns_are_left_out(
    tmp_path: Path, column: list[Any], words: str
) -> None:
    found = from_columns(tmp_path, suspect=column)
    assert words in found.ignored["suspect"]
    assert set(found.ignored) == {"suspect"}


def test_a_copy_of_a_column_is_left_out(tmp_path: Path) -> None:
    found = from_columns(tmp_path, twin=plain_table()["x"])
    assert found.ignored == {"twin": "the same as 'x'"}


@pytest.mark.parametrize(
    "column",
    [
        [10.5 + row if label == "rare" else -row for row, label in enumerate(LABELS)],
        [f"{label[0]}{row % 2}" for row, label in enumerate(LABELS)],
        [row if label == "rare" and row % 3 else None for row, label in enumerate(LABELS)],
        [None if label == "rare" and row % 3 else row**2 for row, label in enumerate(LABELS)],
    ],
    ids=["ranges", "levels", "filled", "missing"],
)
def test_what_may_be_a_leak_is_said_and_kept(tmp_path: Path, column: list[Any]) -> None:
    found = from_columns(tmp_path, telling=column)
    assert "gives the class away" in found.warnings["telling"]
    assert not found.ignored


def test_gaps_by_chance_are_no_leak(tmp_path: Path) -> None:
    """Four cells of the larger class are filled, or missing: it has four fifths of the rows."""
    few = [row in (1, 12, 33, 54) for row in range(N)]
    values = np.random.default_rng(0).normal(size=N).round(2)
    found = from_columns(
        tmp_path, gaps=np.where(few, np.nan, values), rest=np.where(few, values, np.nan)
    )
    assert not {**found.warnings, **found.ignored}


@pytest.mark.parametrize(
    "name",
    [
        *("CustomerId", "EmployeeNumber", "policy_number", "patientID", "customerid", "ID", "MRN"),
        *("Order ID", "id_customer", "userId", "order.no", "KundenNr", "kundennummer", "Acct-Key"),
    ],
)
def test_identifiers_in_any_spelling_when_every_row_has_another(tmp_path: Path, name: str) -> None:
    numbers = np.random.default_rng(0).permutation(np.arange(N) * 7 + 15_000_000)
    found = from_columns(tmp_path, **{name: numbers})
    assert found.ignored == {name: "identifier: another value in every row"}
    shared = from_columns(tmp_path, **{name: numbers // 14 % 9})
    assert not shared.ignored


@pytest.mark.parametrize("name", ["paid", "humid", "number_of_children", "income", "grid"])
def test_a_number_is_no_identifier_by_chance(tmp_path: Path, name: str) -> None:
    numbers = np.random.default_rng(0).permutation(np.arange(N) * 7 + 15_000_000)
    assert not from_columns(tmp_path, **{name: numbers}).ignored


def test_a_column_that_only_rises_is_offered_as_the_time(tmp_path: Path) -> None:
    def rising(**columns: object) -> list[str]:
        found = from_columns(tmp_path, **columns)
        return [name for name, reason in found.warnings.items() if f"--time {name}" in reason]

    seen = pd.date_range("2024-01-01", periods=N, freq="h").astype(str)
    squares = np.arange(N) ** 2
    assert rising(seen=seen, count=squares, back=-squares) == ["seen", "count", "back"]
    assert rising(seen=seen[::-1].where(np.arange(N) != 5, seen[3])) == []
