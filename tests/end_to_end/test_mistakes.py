"""Mistakes a person makes: one line that says what to do, exit code 2, earlier artifacts intact."""

from collections.abc import Callable

import pandas as pd
import pytest
from projects import Project

Change = Callable[[pd.DataFrame], pd.DataFrame]


def without(label: str, keep: int = 0) -> Change:
    def change(table: pd.DataFrame) -> pd.DataFrame:
        rows = table[table.target == label]
        return table.drop(index=rows.index[keep:])

    return change


def single_class(table: pd.DataFrame) -> pd.DataFrame:
    return table[table.target == "barolo"]


def no_target_label(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(target=table.target.where(table.index != 3))


def text_in_a_number(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(alcohol="much")


TABLES: list[tuple[str, Change, str]] = [
    ("wrong type", text_in_a_number, "alcohol"),
    ("empty", lambda table: table.head(0), "row"),
    ("no target", lambda table: table.drop(columns="target"), "target"),
    ("one class", single_class, "class"),
    ("single row", without("barbera", keep=1), "barbera"),
    ("label missing", no_target_label, "target"),
    ("unknown column", lambda table: table.assign(extra="1"), "extra"),
    ("column missing", lambda table: table.drop(columns="hue"), "hue"),
]


def assert_refused(project: Project, words: str) -> None:
    """Run, and see a refusal in one line that harmed nothing."""
    before, lock = project.digests(), project.lock()
    done = project.smrt("run", check=False)
    assert done.returncode == 2, done.stdout + done.stderr
    (line,) = done.stderr.splitlines()
    assert words in line
    assert "✓" not in done.stdout
    assert project.digests() == before
    assert project.lock() == lock
    leftovers = [path.name for path in project.root.rglob(".*.tmp")]
    assert leftovers == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(change, words, id=name, marks=[] if number == 0 else pytest.mark.slow)
        for number, (name, change, words) in enumerate(TABLES)
    ],
)
def test_bad_table(done: Project, change: Change, words: str) -> None:
    done.put_table(change(done.table()))
    assert_refused(done, words)


def test_unknown_parameter(done: Project) -> None:
    done.set_params({"vae": {"learning_rat": 0.1}})
    assert_refused(done, "vae.learning_rate")


def test_table_changed_behind_the_back_of_dvc(done: Project) -> None:
    with (done.root / "data" / "table.csv").open("a") as file:
        file.write("13.1,900,1.0,deep,barolo\n")
    assert_refused(done, "dvc add data")


@pytest.mark.slow
def test_missing_table(done: Project) -> None:
    done.set_params({"data": {"path": "data/other.csv"}})
    assert_refused(done, "data/other.csv")


@pytest.mark.slow
def test_unknown_method(done: Project) -> None:
    done.set_params({"evaluate": {"methods": ["none", "smotee"]}})
    assert_refused(done, "smotee")


@pytest.mark.slow
def test_a_mistake_mended_goes_on(done: Project) -> None:
    good = done.table()
    done.put_table(text_in_a_number(good))
    assert done.smrt("run", check=False).returncode == 2
    done.put_table(good)
    assert "Nothing changed" in done.smrt("run").stdout
