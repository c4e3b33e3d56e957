"""`smrt balance` and `smrt explain` as a person types them."""

import json
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console
from typed import by_process, smrt

from components.explain import Explanation
from flows.cli.one_file import print_explanation


@pytest.fixture
def table(tmp_path: Path) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "id": [f"c{row}" for row in range(60)],
            "spent": rng.normal(size=60).round(2),
            "visits": rng.integers(0, 9, 60),
            "country": rng.choice(["DE", "FR"], 60),
            "churned": ["yes"] * 7 + ["no"] * 53,  # fewer than min_rows: no training here
        }
    )
    frame.to_csv(tmp_path / "in.csv", index=False)
    return frame


def test_balance_adds_rows_behind_the_real_ones(table: pd.DataFrame, tmp_path: Path) -> None:
    command = ("balance", "in.csv", "out.parquet", "--target", "churned", "--json")
    done = by_process(*command, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["synthetic"]["yes"]["n_synthetic"] == 46
    result = pd.read_parquet(tmp_path / "out.parquet")
    real = result[~result["smrt_synthetic"]]
    learned = table.drop(columns="id")
    assert real.drop(columns="smrt_synthetic").astype(str).equals(learned.astype(str))
    drawn = result[result["smrt_synthetic"]]
    assert (drawn["churned"] == "yes").all()
    assert found["not_in_output"] == ["id"]
    assert set(drawn["country"]) <= {"DE", "FR"}
    assert (drawn["visits"] % 1 == 0).all()


def test_columns_that_only_real_rows_have_stay_on_demand_and_are_named(
    table: pd.DataFrame, tmp_path: Path
) -> None:
    done = smrt(
        "balance", "in.csv", "out.csv", "--target", "churned", "--keep-left-out", cwd=tmp_path
    )
    assert "Leak: 'id' are empty in every synthetic row" in " ".join(done.stdout.split())
    result = pd.read_csv(tmp_path / "out.csv")
    assert result["id"].isna().equals(result["smrt_synthetic"])
    assert list(result.columns) == [*table.columns, "smrt_synthetic"]


def test_balance_says_what_it_cannot_keep(table: pd.DataFrame, tmp_path: Path) -> None:
    visits = table["visits"].astype(str)
    visits[3] = "oops"
    table.assign(visits=visits).to_csv(tmp_path / "in.csv", index=False)
    done = smrt("balance", "in.csv", "out.csv", "--target", "churned", cwd=tmp_path)
    assert "left empty in the output: 1." in done.stdout
    assert pd.read_csv(tmp_path / "out.csv")["visits"].isna().tolist().index(True) == 3
    again = ("out.csv", "again.csv", "--target", "churned", "--ignore", "smrt_synthetic")
    done = smrt("balance", *again, cwd=tmp_path)
    assert done.returncode == 2
    assert "'smrt_synthetic' already" in done.stderr


def test_balance_gives_the_same_bytes_again(table: pd.DataFrame, tmp_path: Path) -> None:
    for name in ("a.csv.gz", "b.csv.gz"):
        done = smrt(
            "balance", "in.csv", name, "--target", "churned", "--ratio", "0.5", cwd=tmp_path
        )
        assert done.returncode == 0, done.stderr
    assert len(pd.read_csv(tmp_path / "a.csv.gz")) == 53 + 26
    first, second = (pd.read_csv(tmp_path / name) for name in ("a.csv.gz", "b.csv.gz"))
    pd.testing.assert_frame_equal(first, second)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["in.csv", "in.csv", "--target", "churned"], "is there already"),
        (["in.csv", "out.xlsx", "--target", "churned"], "neither CSV nor Parquet"),
        (["in.csv", "out.csv"], "--target COLUMN"),
        (["in.csv", "out.csv", "--target", "churned", "--ratio", "1.5"], "balance_ratio"),
    ],
)
def test_mistakes_of_balance(
    table: pd.DataFrame, tmp_path: Path, arguments: list[str], words: str
) -> None:
    before = (tmp_path / "in.csv").read_bytes()
    done = smrt("balance", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr
    assert (tmp_path / "in.csv").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_explain_outside_a_project(tmp_path: Path) -> None:
    done = smrt("explain", "yes", cwd=tmp_path)
    assert done.returncode == 2
    assert "not a smrt-lightning project" in done.stderr


@pytest.mark.parametrize("width", [60, 80, 200])
def test_explain_keeps_to_the_width_of_the_terminal(width: int) -> None:
    out = StringIO()
    rows = pd.DataFrame(
        {"smrt_row": [1, 2], "smrt_error": [0.5, 1.25]}
        | {f"a_long_name_of_column_{i}": ["text", "a longer text"] for i in range(12)}
    )
    latent = pd.DataFrame({"spread": 1.0, "noise": 0.1, "information": np.arange(7.0)})
    latent["active"] = True
    counts = {
        "n_rows": 9,
        "n_synthetic": 3,
        "n_candidates": 9,
        "draw": "mixed",
        "n_copies": 0,
        "reason": None,
    }
    found = Explanation("rare", counts, rows, rows, latent, 1.5)
    print_explanation(Console(file=out, width=width), found)
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    heading = next(line for line in lines if line.lstrip().startswith("row"))
    shown = heading.count("a_long_name_of_column")
    assert shown == {60: 1, 80: 2, 200: 6}[width]
    assert f"… and {12 - shown} more columns: --json" in out.getvalue()
    assert heading.split()[-1] == f"a_long_name_of_column_{shown - 1}"  # none is cut
    assert [line.split()[0] for line in lines if line.endswith("  ") and "0.100" in line] == list(
        "654321"
    )
    assert "… and 1 more factor: --json" in out.getvalue()


def test_into_a_folder_go_synthetic_rows_and_a_manifest(
    table: pd.DataFrame, tmp_path: Path
) -> None:
    done = smrt("balance", "in.csv", "out", "--target", "churned", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["rows"], found["not_in_output"]) == (60, ["id"])
    drawn = pd.read_parquet(tmp_path / "out" / "synthetic-000-00000.parquet")
    assert len(drawn) == found["synthetic"]["yes"]["n_synthetic"] == 46
    assert drawn["smrt_synthetic"].all()
    again = smrt("balance", "in.csv", "out", "--target", "churned", cwd=tmp_path)
    assert "is there already" in again.stderr
    (tmp_path / "mine").mkdir()
    theirs = smrt("balance", "in.csv", "mine", "--target", "churned", "--yes", cwd=tmp_path)
    assert "no folder that this command wrote" in theirs.stderr


def test_what_needs_a_folder_says_so(table: pd.DataFrame, tmp_path: Path) -> None:
    for option in (["--copy"], ["--dask", "tcp://127.0.0.1:1"]):
        done = smrt("balance", "in.csv", "out.csv", "--target", "churned", *option, cwd=tmp_path)
        assert done.returncode == 2
        assert "name a folder" in done.stderr
