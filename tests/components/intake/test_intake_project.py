"""Starting a project: its files, what DVC and git know afterwards, and what the stages read."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from components import validate
from components.intake import project
from components.intake.understanding import Understanding, open_table, understand
from components.intake.wishes import Wishes
from components.pipeline import STAGES
from components.project import code
from components.project.errors import OutputExistsError
from components.project.params import load_params
from components.project.workspace import Workspace, read_json, read_parquet
from components.project.yaml_files import with_values
from components.table.files import read_rows
from components.versions import dvc
from smrt_lightning.errors import NotFoundError, TableError


def git(root: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=root, capture_output=True, text=True, check=True
    ).stdout


def test_an_empty_folder_becomes_a_project(started: Path) -> None:
    assert load_params(started).data.ignore == ["Kunden-Nr"]
    assert load_params(started).data.path == "data/Mess werte.csv"
    assert git(started, "status", "--porcelain") == ""
    assert set(git(started, "ls-files").split()) >= {"dvc.yaml", "data.dvc", "code.yaml"}
    assert set(dvc.status(root=started)) == set(STAGES)


def test_the_stages_read_every_row_as_it_was_understood(started: Path) -> None:
    validate.run(Workspace(started), load_params(started))
    summary = read_json(Workspace(started).validation)
    assert summary["valid_rows"] == 60
    valid = read_parquet(Workspace(started).validated)
    assert [str(dtype) for dtype in valid.dtypes] == [
        "Int64",
        "float64",
        "datetime64[ns]",
        "str",
        "str",
    ]
    assert valid["Preis"].iloc[1] == 1.15
    assert valid["Eingang"].iloc[1] == pd.Timestamp("2024-03-02")
    assert valid["Größe"].isna().sum() == 3


def test_stages_depend_on_the_table_and_the_installed_code(started: Path) -> None:
    stages = yaml.safe_load((started / "dvc.yaml").read_text())["stages"]
    assert list(stages) == list(STAGES)
    for name, stage in stages.items():
        assert stage["cmd"] == f"smrt stage {name}"
        assert not list(filter(code.is_code, stage["deps"]))
        assert {code.FILE: [name]} in stage["params"]


def test_an_upgrade_makes_its_stages_stale(started: Path) -> None:
    path = started / code.FILE
    current = path.read_text()
    digests = yaml.safe_load(current)
    assert digests == code.of_stages()
    assert digests["split"] != digests["evaluate"]
    path.write_text(current.replace(digests["split"], "0" * 64))
    code.record(started)
    assert path.read_text() == current


def test_the_repository_gets_no_digests(tmp_path: Path) -> None:
    code.record(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_starting_again_keeps_the_pipeline_and_other_parameters(
    started: Path, tmp_path: Path
) -> None:
    params = started / "params.yaml"
    params.write_text(params.read_text().replace('repeats: "auto"', "repeats: 3"))
    path = tmp_path / "other.csv"
    pd.DataFrame({"x": range(40), "y": ["a", "b"] * 20}).to_csv(path, index=False)
    frame, layout = open_table(path)
    other = understand(path, frame, layout, "y", Wishes(keep=["x"]))
    planned = project.plan(started, other)
    assert planned.replaced == ["params.yaml", "schema.yaml"]
    assert not planned.new_project
    project.start(started, other, planned)
    loaded = load_params(started)
    assert (loaded.data.target, loaded.split.repeats, loaded.data.ignore) == ("y", 3, [])
    assert (started / "data" / "Mess werte.csv").is_file()  # nothing is deleted
    dvc.check_data(root=started)


def test_a_canonical_table_is_taken_byte_for_byte(tmp_path: Path) -> None:
    path = tmp_path / "t.csv.gz"
    pd.DataFrame({"x": [1.5, 2, 3, 4] * 9, "y": ["a", "b", "b", "b"] * 9}).to_csv(path, index=False)
    frame, layout = open_table(path)
    found = understand(path, frame, layout, "y")
    root = tmp_path / "p"
    root.mkdir()
    project.start(root, found, project.plan(root, found))
    assert (root / "data" / "t.csv.gz").read_bytes() == path.read_bytes()


def test_the_source_is_never_overwritten(tmp_path: Path) -> None:
    source = tmp_path / "data" / "t.csv"
    source.parent.mkdir()
    pd.DataFrame({"x": ["1,5", "2,5"] * 9, "y": ["a", "b"] * 9}).to_csv(
        source, index=False, sep=";"
    )
    before = source.read_bytes()
    frame, layout = open_table(source)
    found = understand(source, frame, layout, "y", Wishes(keep=["x"]))
    planned = project.plan(tmp_path, found)
    project.start(tmp_path, found, planned)
    assert source.read_bytes() == before
    assert planned.table == "data/clean_t.csv"


def test_a_foreign_pipeline_is_left_alone(messy: Understanding, tmp_path: Path) -> None:
    (tmp_path / "dvc.yaml").write_text("stages: {fit: {cmd: ls}}\n")
    with pytest.raises(OutputExistsError, match="other stages"):
        project.plan(tmp_path, messy)


def test_a_staged_file_of_somebody_stays_out_of_the_first_commit(
    messy: Understanding, tmp_path: Path
) -> None:
    root = tmp_path / "p"
    root.mkdir()
    git(root, "init", "--quiet")
    (root / "mine.txt").write_text("mine")
    git(root, "add", "mine.txt")
    project.start(root, messy, project.plan(root, messy))
    assert "mine.txt" not in git(root, "show", "--name-only", "HEAD")
    assert git(root, "status", "--porcelain").split() == ["A", "mine.txt"]


def test_templates_are_the_pipeline_of_this_package() -> None:
    assert list(code.pipeline()["stages"]) == list(STAGES)
    assert sys.modules["components"].__file__ is not None


def test_a_large_table_starts_with_a_short_run(
    messy: Understanding, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(project, "LARGE_TABLE", 59)
    root = tmp_path / "p"
    root.mkdir()
    project.start(root, messy, project.plan(root, messy))
    params = load_params(root)
    assert (params.split.repeats, params.evaluate.ratios) == (3, [])
    assert set(params.evaluate.methods) == {"none", "class_weight", "smote", "smrt"}
    assert project.plan(root, messy).lighter == {}  # what is there was chosen by somebody
    text = (root / "params.yaml").read_text()
    (root / "params.yaml").write_text(with_values(text, {"data.path": "data/table.csv"}))
    assert project.plan(root, messy).lighter != {}  # the demo's parameters were not


def table_with_losses(folder: Path) -> Understanding:
    """Two in five of the rare rows have a cell that is none of its column's."""
    n = 400
    rare = [row % 20 == 0 for row in range(n)]
    amount = ["soon" if row % 40 == 0 and row < 320 else f"{row % 37}.5" for row in range(n)]
    path = folder / "t.csv"
    labels = ["fraud" if own else "fine" for own in rare]
    pd.DataFrame({"amount": amount, "hour": range(n), "y": labels}).to_csv(path, index=False)
    wishes = Wishes(keep=["hour"])
    frame, layout = open_table(path, "y", wishes)
    return understand(path, frame, layout, "y", wishes)


def test_quarantine_that_takes_much_of_a_class_is_known_before_anything_is_written(
    tmp_path: Path,
) -> None:
    root = tmp_path / "p"
    root.mkdir()
    planned = project.plan(root, table_with_losses(tmp_path))
    assert list(map(str, planned.losses)) == ["8 of 20 rows of class 'fraud'"]
    assert list(root.iterdir()) == []
    accepted = planned.accepting_losses()
    project.start(root, table_with_losses(tmp_path), accepted)
    params = load_params(root)
    assert params.data.max_invalid_class_fraction == 0.4
    validate.run(Workspace(root), params)  # what init accepts, the first stage accepts
    text = (root / "params.yaml").read_text()
    stricter = with_values(text, {"data.max_invalid_class_fraction": 0.3})
    (root / "params.yaml").write_text(stricter)
    with pytest.raises(TableError, match="quarantine would take 8 of 20 rows of class 'fraud'"):
        validate.run(Workspace(root), load_params(root))


def test_what_the_first_stage_refuses_is_refused_before_anything_is_written(
    tmp_path: Path,
) -> None:
    n = 300
    columns = {f"c{i}": [f"{r}" if (r - i) % 60 else "bad" for r in range(n)] for i in range(8)}
    path = tmp_path / "t.csv"
    pd.DataFrame({**columns, "y": ["a", "b"] * (n // 2)}).to_csv(path, index=False)
    wishes = Wishes(keep=list(columns))
    frame, layout = open_table(path, "y", wishes)
    found = understand(path, frame, layout, "y", wishes)
    root = tmp_path / "p"
    root.mkdir()
    with pytest.raises(TableError, match="40 of 300 rows break schema"):
        project.plan(root, found)
    assert list(root.iterdir()) == []


def test_the_format_is_written_for_review_and_the_next_file_is_read_by_it(
    started: Path, messy: Understanding
) -> None:
    data = load_params(started).data
    assert data.format is not None
    assert data.format.encoding == "cp1252"
    assert data.format.columns == {
        "Größe": "decimal comma",
        "Preis": "decimal comma",
        "Eingang": "%d.%m.%Y",
    }
    text = (started / "params.yaml").read_text(encoding="utf-8")
    assert '    "delimiter": ";"\n' in text or '    delimiter: ";"\n' in text
    kept = messy.frame.drop(columns="Kunden-Nr")
    for path in (messy.source, started / data.path):
        read = read_rows(path, data).drop(columns="Kunden-Nr")
        pd.testing.assert_frame_equal(read, kept)


def test_columns_to_split_by_are_written_or_unknown(messy: Understanding, tmp_path: Path) -> None:
    root = tmp_path / "p"
    root.mkdir()
    project.start(root, messy, project.plan(root, messy, time="Eingang"))
    assert load_params(root).split.time == "Eingang"
    with pytest.raises(NotFoundError, match=r"--group names 'Eingnag'.*did you mean 'Eingang'"):
        project.plan(root, messy, group="Eingnag")
