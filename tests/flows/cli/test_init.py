"""`smrt init` as a person types it."""

import json
from pathlib import Path

import pandas as pd
import pytest
import yaml
from typed import by_process, smrt

from components.project.params import load_params

ROOT = Path(__file__).parents[3]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "customers.csv"
    frame = pd.DataFrame(
        {
            "customer": range(100, 140),
            "spent": [f"{row % 13}.{row % 7}" for row in range(40)],
            "churned": ["yes" if row % 4 == 0 else "no" for row in range(40)],
        }
    )
    frame.to_csv(path, index=False)
    return path


def test_init_shows_what_it_understood_and_says_what_is_next(table: Path) -> None:
    done = by_process("init", "customers.csv", "--target", "churned", cwd=table.parent)
    assert done.returncode == 0, done.stderr
    assert "customers.csv: 40 rows, 3 columns (UTF-8, comma)" in done.stdout
    assert "left out: counts the rows" in done.stdout
    assert "1 in 3.0 of the largest" in done.stdout
    assert "smrt run" in done.stdout
    assert "\x1b" not in done.stdout  # no colours outside a terminal
    assert load_params(table.parent).data.path == "data/customers.csv"


def test_init_in_another_folder_takes_the_path_as_typed(table: Path) -> None:
    (table.parent / "project").mkdir()
    done = smrt(
        "--project", "project", "init", "customers.csv", "--target", "churned", cwd=table.parent
    )
    assert done.returncode == 0, done.stderr
    assert (table.parent / "project" / "params.yaml").is_file()
    assert not (table.parent / "params.yaml").exists()


def test_init_replaces_nothing_unasked(table: Path) -> None:
    params = table.parent / "params.yaml"
    mine = (ROOT / "params.yaml").read_text().replace("seed: 0", "seed: 7")
    params.write_text(mine)
    done = smrt("init", "customers.csv", "--target", "churned", cwd=table.parent)
    assert done.returncode == 1
    assert "Replace params.yaml? Nothing was written; --yes agrees." in done.stdout
    assert params.read_text() == mine
    assert sorted(path.name for path in table.parent.iterdir()) == ["customers.csv", "params.yaml"]


def test_init_for_a_machine(table: Path) -> None:
    done = smrt("init", str(table), "--target", "churned", "--yes", "--json", cwd=table.parent)
    found = json.loads(done.stdout)
    assert found["classes"] == {"no": 30, "yes": 10}
    assert [column["name"] for column in found["columns"] if column["ignored"]] == ["customer"]
    schema = yaml.safe_load((table.parent / "schema.yaml").read_text())
    assert list(schema["columns"]) == ["spent", "churned"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing.csv", "--target", "y"], "there is no file"),
        (["customers.csv", "--target", "chuned"], "did you mean 'churned'"),
        (["customers.csv", "--yes"], "Name it with --target COLUMN"),
        (["customers.csv", "--target", "churned", "--encoding", "klingon"], "no encoding"),
    ],
)
def test_mistakes_are_one_line(table: Path, arguments: list[str], words: str) -> None:
    done = smrt("init", *arguments, cwd=table.parent)
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (table.parent / "params.yaml").exists()


def test_a_stage_of_no_name_is_refused(tmp_path: Path) -> None:
    done = smrt("stage", "trian", cwd=tmp_path)
    assert done.returncode == 2
    assert "the stages are validate" in " ".join(done.stderr.split())
