"""A table in parts is balanced as one that is held, whatever the parts are."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from components.intake import one_file
from components.intake.understanding import open_table, understand
from components.intake.wishes import Wishes
from components.project.errors import ColumnsError
from components.streaming import scan
from components.streaming.balance import MANIFEST, Streamed, balance
from components.streaming.engine import Engine
from components.streaming.look import look
from components.streaming.source import open_source
from smrt_lightning.errors import MissingFileError, TableError

N = 600


@pytest.fixture
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    days = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, N), unit="D")
    table = pd.DataFrame(
        {
            "id": [f"c{row}" for row in range(N)],
            "spent": rng.normal(size=N).round(2),
            "visits": rng.integers(0, 9, N),
            "country": rng.choice(["DE", "FR", "Île"], N),
            "since": days,
            "always": "x",
            "churned": np.where(np.arange(N) % 50 == 7, "yes", "no"),  # few: no training here
        }
    )
    table["twin"] = table["visits"]
    table.loc[5, "spent"] = np.nan
    return table


def write(frame: pd.DataFrame, path: Path, how: str) -> Path:
    if how == "csv":
        frame.to_csv(path / "t.csv", index=False)
        return path / "t.csv"
    if how == "gz":
        frame.to_csv(path / "t.csv.gz", index=False)
        return path / "t.csv.gz"
    if how == "semicolons":
        frame.to_csv(path / "t.csv", index=False, sep=";", decimal=",", encoding="latin-1")
        return path / "t.csv"
    if how == "parquet":
        frame.to_parquet(path / "t.parquet", row_group_size=70)
        return path / "t.parquet"
    (path / how).mkdir()
    for number, start in enumerate(range(0, len(frame), int(how))):
        frame[start : start + int(how)].to_parquet(path / how / f"{number:03d}.parquet")
    return path / how


def in_parts(table: Path, output: Path, **options: bool) -> Streamed:
    seen = look(str(table), "churned", Wishes(), 0, Engine())
    return balance(seen, output, 1.0, 0, Engine(), **options)


def read(folder: Path, which: str = "") -> pd.DataFrame:
    return pq.ParquetDataset(sorted(folder.glob(f"{which}*.parquet"))).read().to_pandas()


@pytest.mark.parametrize("how", ["csv", "semicolons", "parquet", "100"])
def test_a_table_that_fits_gets_the_rows_of_one_that_is_held(
    frame: pd.DataFrame, tmp_path: Path, how: str
) -> None:
    table = write(frame, tmp_path, how)
    held = one_file.balanced(
        understand(table, *open_table(table, "churned"), "churned", Wishes()), 1.0, 0
    )
    result = in_parts(table, tmp_path / "out", copy=True)
    assert result.dropped == held.dropped == ["id"]
    assert result.report["yes"].to_dict() == held.report["yes"].to_dict()
    plain = pa.Table.from_pandas(held.frame, preserve_index=False).to_pandas(ignore_metadata=True)
    pd.testing.assert_frame_equal(read(tmp_path / "out"), plain)
    assert not read(tmp_path / "out", "real")["smrt_synthetic"].any()


def digests(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("synthetic*")}


def test_the_parts_do_not_show_in_the_bytes(
    frame: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "MOST_OF_A_CLASS", 60)
    monkeypatch.setattr(scan, "_TOGETHER", 2)
    made = {}
    for how in ("parquet", "37", "601"):
        result = in_parts(write(frame, tmp_path, how), tmp_path / f"out-{how}")
        assert (result.n_rows, result.n_learned) == (N, 60 + N // 50)
        assert result.report["yes"].n_synthetic == N - 2 * (N // 50)
        made[how] = digests(tmp_path / f"out-{how}")
    assert made["parquet"]
    assert all(each == made["parquet"] for each in made.values())


def test_the_sample_has_all_rare_rows_and_others_by_chance(
    frame: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "MOST_OF_A_CLASS", 200)
    source = open_source(str(write(frame, tmp_path, "100")), "churned", Wishes())
    found = [scan.scan(source, "churned", seed, Engine()).sample().to_pandas() for seed in (0, 1)]
    for sample in found:
        assert (sample["churned"] == "yes").sum() == N // 50
        positions = sample["id"].str[1:].astype(int)
        assert positions.is_monotonic_increasing
        assert positions[sample["churned"] == "no"].mean() == pytest.approx(N / 2, abs=45)
    assert not found[0].equals(found[1])


def test_keys_differ_and_are_even() -> None:
    keys = scan.row_keys(np.arange(100_000), 3)
    assert len(np.unique(keys)) == len(keys)
    assert (keys < 2**63).mean() == pytest.approx(0.5, abs=0.01)


def test_a_folder_of_values_is_a_column(frame: pd.DataFrame, tmp_path: Path) -> None:
    pq.write_to_dataset(
        pa.Table.from_pandas(frame, preserve_index=False), tmp_path / "t", ["country"]
    )
    result = in_parts(tmp_path / "t", tmp_path / "out")
    assert set(read(tmp_path / "out")["country"]) <= {"DE", "FR", "Île"}
    assert result.n_rows == N


def test_the_manifest_lists_what_was_written(frame: pd.DataFrame, tmp_path: Path) -> None:
    frame.loc[3, "spent"] = np.inf
    result = in_parts(write(frame, tmp_path, "100"), tmp_path / "out", copy=True)
    listed = json.loads((tmp_path / "out" / MANIFEST).read_text())
    files = {entry["file"]: entry["rows"] for entry in listed["partitions"]}
    assert files == {
        path.name: pq.read_metadata(path).num_rows for path in (tmp_path / "out").glob("*.parquet")
    }
    assert (listed["rows"], listed["seed"], listed["target"]) == (N, 0, "churned")
    assert listed["classes"] == {"no": N - N // 50, "yes": N // 50}
    assert result.n_infinite == 1
    assert read(tmp_path / "out", "real")["spent"].isna().sum() == 2


@pytest.mark.parametrize("how", ["csv", "gz"])
def test_cells_that_only_the_copy_meets_are_counted(
    frame: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(scan, "MOST_OF_A_CLASS", 60)
    wrong = frame.astype({"visits": object}).drop(columns="twin")
    wrong.loc[[10, 400], "visits"] = "many"
    table = write(wrong, tmp_path, how)
    result = in_parts(table, tmp_path / "out", copy=True)
    assert result.misfits == {"visits": 2}
    assert json.loads((tmp_path / "out" / MANIFEST).read_text())["misfits"] == {"visits": 2}
    real = read(tmp_path / "out", "real")
    assert np.flatnonzero(real["visits"].isna()).tolist() == [10, 400]
    kept = real.drop(index=[10, 400])["visits"].astype(int).tolist()
    assert kept == wrong.drop(index=[10, 400])["visits"].tolist()
    assert sum(in_parts(table, tmp_path / "alone").misfits.values()) < 2


def test_columns_may_be_called_as_the_pass_calls_its_own(
    frame: pd.DataFrame, tmp_path: Path
) -> None:
    named = frame.rename(columns={"visits": "smrt_row"})
    source = open_source(str(write(named, tmp_path, "100")), "churned", Wishes())
    sample = scan.scan(source, "churned", 0, Engine()).sample().to_pandas()
    assert sample["smrt_row"].tolist() == frame["visits"].tolist()


def test_mistakes_of_a_table_in_parts(frame: pd.DataFrame, tmp_path: Path) -> None:
    def refused(table: Path, error: type[Exception], words: str, target: str = "churned") -> None:
        with pytest.raises(error, match=words):
            look(str(table), target, Wishes(), 0, Engine())

    table = write(frame, tmp_path, "100")
    refused(tmp_path / "nowhere", MissingFileError, "no table at")
    refused(table, ColumnsError, r"did you mean 'churned'\?", "churnd")
    lost = frame.copy()
    lost.loc[[250, 404], "churned"] = None
    refused(write(lost, tmp_path, "150"), TableError, "2 of 600 rows have no label.*row 251")
    frame.drop(columns="visits").to_parquet(table / "003.parquet")
    refused(table, TableError, "'visits' is int64 in the first file and missing in .*003.parquet")
    (tmp_path / "t.parquet").write_text("no Parquet")
    refused(tmp_path / "t.parquet", TableError, "no Parquet table")
    many = pd.DataFrame({"a": np.arange(3000), "churned": np.arange(3000)})
    refused(write(many, tmp_path, "csv"), TableError, "more than 1000 different values")
