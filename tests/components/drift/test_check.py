"""`drift` against a finished project: quiet on rows like its own, loud on others, safe to show."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from component_projects import Project, small_table

from components.drift import check
from components.drift.shift import error_shift, judged
from components.pipeline import run_stage
from components.project.model_store import holds
from components.project.yaml_files import parse_yaml, yaml_text
from smrt_lightning.errors import MissingFileError, TableError

SIZES = {"common": 400, "rare": 150}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("drift") / "a project")
    project.put_table(small_table(SIZES, seed=1))
    for stage in ("validate", "split", "train"):
        run_stage(stage, project.workspace, project.params)
    return project


@pytest.fixture
def project(trained: Project, tmp_path: Path) -> Project:
    shutil.copytree(trained.root, tmp_path / "copy")
    copy = object.__new__(Project)
    copy.root = tmp_path / "copy"
    return copy


def batch(project: Project, table: pd.DataFrame, name: str = "batch.csv") -> Path:
    path = project.root / name
    table.to_csv(path, index=False)
    return path


def check_batch(project: Project, table: pd.DataFrame) -> dict:
    workspace = project.workspace
    return check.check(workspace, project.params, batch(project, table), workspace, "latest")


def test_a_batch_without_a_known_column_is_called_another_table(project: Project) -> None:
    with pytest.raises(TableError, match="none of the table's columns"):
        check_batch(project, pd.DataFrame({"other": ["1", "2"], "columns": ["a", "b"]}))


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_rows_of_the_same_kind_raise_no_alarm(project: Project, seed: int) -> None:
    found = check_batch(project, small_table(SIZES, seed=seed))
    assert found["alarms"] == []
    assert found["drift"] is False
    assert {s["subject"] for s in found["shifts"]} == {
        "values",
        "missing",
        "class shares",
        "reconstruction",
    }


def test_a_moved_column_is_named(project: Project) -> None:
    table = small_table(SIZES, seed=2)
    table["size"] = (table["size"].astype(int) + 30).astype(str)
    found = check_batch(project, table)
    assert found["drift"] is True
    assert any("'size'" in alarm for alarm in found["alarms"])
    drifted = {s["name"] for s in found["shifts"] if s["drifted"] and s["subject"] == "values"}
    assert drifted == {"size"}


def test_class_shares(project: Project) -> None:
    found = check_batch(project, small_table({"common": 200, "rare": 300}, seed=2))
    assert any("class shares" in alarm for alarm in found["alarms"])


def test_a_model_sees_what_no_column_shows(project: Project) -> None:
    """Each column keeps its values exactly; how they go together in the class does not."""
    workspace = project.workspace
    table = small_table(SIZES, seed=1)
    table["size"] = table["size"].astype(int)
    table["weight"] = (table["size"] / 10).round(3).astype(str)
    project.put_table(table)
    project.set_params("vae", min_steps=400, max_steps=400)
    for stage in ("validate", "split", "train"):
        run_stage(stage, workspace, project.params)
    shuffled = table.copy()
    own = shuffled["target"] == "rare"
    order = shuffled.loc[own, "weight"].sample(frac=1.0, random_state=0).to_numpy()
    assert check_batch(project, table)["drift"] is False
    shuffled.loc[own, "weight"] = order
    found = check_batch(project, shuffled)
    assert found["drifted_columns"] == 0.0
    assert [s["name"] for s in found["shifts"] if s["drifted"]] == ["rare"]
    assert "'rare' are no longer what its model learned" in found["alarms"][0]


def test_breaks_of_the_schema(project: Project) -> None:
    table = small_table(SIZES, seed=2).drop(columns="weight")
    table.insert(0, "wieght", "1.0")
    table.loc[:99, "colour"] = "purple"
    found = check_batch(project, table)
    assert found["drift"] is True
    assert found["schema_breaks"] == [
        "column 'wieght' is new (did you mean 'weight'?)",
        "column 'weight' is missing",
    ]
    assert found["new_levels"] == {"colour": {"purple": 100}}
    assert found["invalid_rows"]["rows"] == 100
    assert "no reconstruction errors" in " ".join(found["notes"])


def test_a_batch_without_labels(project: Project) -> None:
    found = check_batch(project, small_table(SIZES, seed=2).drop(columns="target"))
    assert found["drift"] is False
    assert {s["subject"] for s in found["shifts"]} == {"values", "missing"}
    assert "classes were not compared" in found["notes"][0]


def test_columns_that_the_pipeline_ignores(project: Project) -> None:
    table = small_table(SIZES, seed=2).assign(id="x")
    assert "column 'id' is new" in check_batch(project, table)["schema_breaks"]
    project.set_params("data", ignore=["id"])
    assert check_batch(project, table)["schema_breaks"] == []


def test_a_few_rows_say_nothing(project: Project) -> None:
    found = check_batch(project, small_table(SIZES, seed=2).head(5))
    assert found["drift"] is False
    assert found["shifts"] == []
    assert "fewer than drift.min_rows" in found["notes"][0]


def test_the_files_are_whole_stable_and_harmless(project: Project) -> None:
    table = small_table(SIZES, seed=2)
    table.loc[0, "colour"] = "<script>alert(1)</script>"
    found = check_batch(project, table)
    place = check.findings_path(project.workspace, found["batch"]["sha256"])
    assert json.loads(place.read_text()) == json.loads(json.dumps(found))
    page = place.with_suffix(".html").read_text()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    before = place.read_bytes()
    check_batch(project, table)
    assert place.read_bytes() == before


def test_nothing_to_read(project: Project) -> None:
    workspace, params = project.workspace, project.params
    for name, content, error in [
        ("absent.csv", None, MissingFileError),
        ("empty.csv", "size,weight\n", TableError),
        ("table.docx", "x", TableError),
    ]:
        path = project.root / name
        if content is not None:
            path.write_text(content)
        with pytest.raises(error):
            check.check(workspace, params, path, workspace, "latest")


def test_a_folder_of_parquet_files_is_one_batch(project: Project) -> None:
    workspace, params = project.workspace, project.params
    table = pd.read_csv(project.table, dtype=str).sample(150, random_state=0)
    folder = project.root / "may"
    folder.mkdir()
    for part in range(2):
        table.iloc[part::2].to_parquet(folder / f"part-{part}.parquet")
    found = check.check(workspace, params, folder, workspace, "latest")
    assert (found["batch"]["name"], found["batch"]["rows"]) == ("may", 150)
    assert found["known_rows"] == 150
    assert check.check(workspace, params, folder, workspace, "latest")["again"]
    (folder / "part-1.parquet").rename(folder / "part-2.parquet")
    assert "again" not in check.check(workspace, params, folder, workspace, "latest")


def test_the_store_is_left_alone(project: Project) -> None:
    check_batch(project, small_table(SIZES, seed=2))
    models = json.loads((project.workspace.models / "index.json").read_text())["models"]
    assert all(holds(project.workspace, job["fingerprint"]) for job in models)


def test_rows_of_the_table_are_counted_and_no_drift(project: Project) -> None:
    table = pd.read_csv(project.table, dtype=str).sample(150, random_state=0)
    found = check_batch(project, table)
    assert found["alarms"] == []
    assert found["known_rows"] == 150
    assert "150 of 150 valid rows are in the table already" in found["notes"]


def test_lower_errors_are_no_drift_and_higher_ones_are() -> None:
    rng = np.random.default_rng(0)
    old, low, high = rng.normal(5, 1, 300), rng.normal(3, 1, 200), rng.normal(7, 1, 200)
    (lower,) = judged([error_shift("rare", old, low, 0.2)], 0.05)
    (higher,) = judged([error_shift("rare", old, high, 0.2)], 0.05)
    assert (lower.drifted, higher.drifted) == (False, True)
    assert higher.effect is not None
    assert higher.effect > 0.5


def test_a_column_that_only_rises_is_said_and_blames_nobody(project: Project) -> None:
    def with_time(table: pd.DataFrame, start: str) -> pd.DataFrame:
        seen = pd.date_range(start, periods=len(table), freq="h").astype(str)
        return table.assign(seen=seen)

    workspace = project.workspace
    project.put_table(with_time(small_table(SIZES, seed=1).sample(frac=1, random_state=0), "2024"))
    schema = parse_yaml(workspace.schema.read_text())
    schema["columns"]["seen"] = {"dtype": "datetime64[ns]", "nullable": False}
    workspace.schema.write_text(yaml_text(schema))
    for stage in ("validate", "split", "train"):
        run_stage(stage, workspace, project.params)
    found = check_batch(project, with_time(small_table(SIZES, seed=2), "2025-06"))
    assert found["alarms"] == []
    assert found["drifted_columns"] == 0.0
    assert "'seen'; not compared" in " ".join(found["notes"])
    assert any(s["subject"] == "reconstruction" for s in found["shifts"])


def test_a_batch_is_compared_once(project: Project) -> None:
    table = small_table(SIZES, seed=2)
    first, again = check_batch(project, table), check_batch(project, table)
    assert again == {**first, "again": True}
    project.set_params("drift", alpha=0.01)
    assert "again" not in check_batch(project, table)
