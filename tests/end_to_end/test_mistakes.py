"""Mistakes a person makes: one line that says what to do, exit code 2, earlier artifacts intact."""

import pandas as pd
import pytest
from projects import Project


def text_in_a_number(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(alcohol="much")


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


def test_bad_table(done: Project) -> None:
    """One mistake of many: for others see the tests of the stages, of DVC and of the commands."""
    done.put_table(text_in_a_number(done.table()))
    assert_refused(done, "alcohol")


@pytest.mark.slow
def test_table_changed_behind_the_back_of_dvc(done: Project) -> None:
    with (done.root / "data" / "table.csv").open("a") as file:
        file.write("13.1,900,1.0,deep,barolo\n")
    assert_refused(done, "dvc add data")


@pytest.mark.slow
def test_unknown_method(done: Project) -> None:
    done.set_params({"evaluate": {"methods": ["none", "smotee"]}, "seed": 1})
    assert_refused(done, "smotee")  # before anything is trained
    assert "seed: 0" in (done.root / "dvc.lock").read_text()


@pytest.mark.slow
def test_a_mistake_mended_goes_on(done: Project) -> None:
    good = done.table()
    done.put_table(text_in_a_number(good))
    assert done.smrt("run", check=False).returncode == 2
    done.put_table(good)
    assert "Nothing changed" in done.smrt("run").stdout
