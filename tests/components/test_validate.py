"""Stage validate: good rows pass, bad rows are quarantined, bad tables are one line and exit 2."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas.testing as pdt
import pytest
from component_projects import ROOT, Project, small_table

from components import validate
from components.project.errors import ColumnsError, SchemaFileError
from components.project.workspace import read_json, read_parquet
from components.table.schema import breaches, load_schema
from smrt_lightning.errors import MissingFileError, TableError, UnsupportedValueError

Change = Callable[[Project], None]


def run(project: Project) -> None:
    validate.run(project.workspace, project.params)


def outputs(project: Project) -> dict[str, bytes]:
    place = project.workspace
    return project.bytes_of(place.validated, place.quarantine, place.validation)


def changed(**cells: Any) -> Change:
    """Return a change that sets the first rows of columns, or whole columns, of the table."""

    def change(project: Project) -> None:
        table = small_table()
        for name, value in cells.items():
            if isinstance(value, list):
                table.loc[: len(value) - 1, name] = value
            else:
                table[name] = value
        project.put_table(table)

    return change


def test_a_good_table_passes_typed_and_in_order(project: Project) -> None:
    run(project)
    place = project.workspace
    valid = read_parquet(place.validated)
    source = small_table()
    assert valid["target"].tolist() == source["target"].tolist()
    assert valid["size"].tolist() == [int(cell) for cell in source["size"]]
    assert valid["weight"].isna().sum() == 3
    assert [str(dtype) for dtype in valid.dtypes] == ["int64", "float64", "category", "str"]
    assert list(valid["colour"].cat.categories) == ["red", "green", "<i>blue</i>"]
    assert len(read_parquet(place.quarantine)) == 0
    summary = read_json(place.validation)
    assert summary["classes"] == {"common": 40, "rare": 14}
    assert summary["rows"] == summary["valid_rows"] == 54


def test_bad_rows_go_to_quarantine_with_every_reason(project: Project) -> None:
    changed(size=["-3", "7.5"], colour=["purple"], weight=["1", "heavy"])(project)
    project.set_params("data", max_invalid_fraction=0.1)
    run(project)
    place = project.workspace
    rejected = read_parquet(place.quarantine)
    assert rejected["smrt_row"].tolist() == [0, 1]
    assert rejected["size"].tolist() == ["-3", "7.5"]  # as they were read
    first, second = rejected["smrt_reasons"]
    assert first == (
        "colour: 'purple' is not a level of the column; size: -3 fails greater_than_or_equal_to(0)"
    )
    assert second == "size: '7.5' is not an integer; weight: 'heavy' is not a finite number"
    assert len(read_parquet(place.validated)) == 52
    summary = read_json(place.validation)
    assert summary["quarantined_rows"] == 2
    assert {entry["column"] for entry in summary["reasons"]} == {"size", "weight", "colour"}
    assert not breaches(read_parquet(place.validated), load_schema(place.schema))


def test_missing_cells_are_allowed_where_the_schema_allows_them(project: Project) -> None:
    changed(size=["", "4"], weight=["", "NA"])(project)
    run(project)
    rejected = read_parquet(project.workspace.quarantine)
    assert rejected["smrt_reasons"].tolist() == ["size: is missing"]


def test_uniqueness_and_checks_of_whole_rows(project: Project) -> None:
    project.set_schema("size", unique=True)
    table = small_table()
    table["size"] = [str(i) for i in range(len(table))]
    table.loc[5, "size"] = "4"
    project.put_table(table)
    run(project)
    rejected = read_parquet(project.workspace.quarantine)
    assert rejected["smrt_row"].tolist() == [4, 5]
    assert rejected["smrt_reasons"].str.contains("field_uniqueness").all()


def nothing(project: Project) -> None:
    project.table.unlink()


def schema(column: str, **changes: Any) -> Change:
    return lambda project: project.set_schema(column, **changes)


def schema_text(text: str) -> Change:
    def change(project: Project) -> None:
        (project.root / "schema.yaml").write_text(text)

    return change


def text(content: str) -> Change:
    def change(project: Project) -> None:
        project.table.write_text(content)

    return change


def classes(**sizes: int) -> Change:
    return lambda project: project.put_table(small_table(sizes))


def target(name: str) -> Change:
    return lambda project: project.set_params("data", target=name)


BAD_INPUT: dict[str, tuple[Change, type[Exception], str]] = {
    "missing file": (nothing, MissingFileError, "there is no table at"),
    "empty file": (text(""), TableError, "is empty"),
    "no rows": (text("size,weight,colour,target\n"), TableError, "no rows"),
    "no target": (target("tarrget"), ColumnsError, "did you mean 'target'?"),
    "other target": (target("zz"), ColumnsError, "it has 'size', 'weight'"),
    "one class": (changed(target="a"), TableError, "all 54 valid rows are 'a'"),
    "single row": (classes(a=20, b=1), TableError, "has the label 'b'"),
    "empty label": (changed(target=["", ""]), TableError, "2 of 54 rows"),
    "unknown column": (
        changed(colours="red"),
        ColumnsError,
        "schema.yaml does not know its 'colours'",
    ),
    "missing column": (
        lambda project: project.put_table(small_table().rename(columns={"size": "sise"})),
        ColumnsError,
        "it lacks 'size'; schema.yaml does not know its 'sise' (did you mean 'size'?)",
    ),
    "reserved column": (changed(smrt_row="1"), ColumnsError, "rename them"),
    "wrong type": (
        changed(size="many"),
        UnsupportedValueError,
        "column 'size' should hold an integer by schema.yaml, but 54 of 54 rows do not, "
        "e.g. 'many'",
    ),
    "too many bad rows": (
        changed(size=["-1"] * 3),
        TableError,
        "3 of 54 rows break schema.yaml, more than data.max_invalid_fraction = 0.05 allows "
        "('size' fails greater_than_or_equal_to(0): 3 rows)",
    ),
    "no schema": (
        lambda project: (project.root / "schema.yaml").unlink(),
        SchemaFileError,
        "schema.yaml is missing",
    ),
    "schema is no YAML": (schema_text("a: [1"), SchemaFileError, "no pandera schema"),
    "schema runs code": (
        schema_text("!!python/object/apply:os.getcwd []"),
        SchemaFileError,
        "no pandera schema",
    ),
    "schema is a list": (schema_text("[]"), SchemaFileError, "schema"),
    "schema has no columns": (
        schema_text("schema_type: dataframe\ncolumns: {}"),
        SchemaFileError,
        "names no columns",
    ),
    "schema has an unknown check": (
        schema("size", checks={"is_prime": {}}),
        SchemaFileError,
        "no pandera schema",
    ),
    "target is a number by schema": (
        schema("target", dtype="int64"),
        SchemaFileError,
        "class labels are text",
    ),
    "check that cannot be applied": (
        schema("colour", checks={"greater_than": {"min_value": 3}}),
        SchemaFileError,
        "cannot be applied to column 'colour'",
    ),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_is_one_line_and_leaves_artifacts_alone(
    project: Project,
    case: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run(project)
    before = outputs(project)
    change, error, expected = BAD_INPUT[case]
    change(project)
    with pytest.raises(error):
        run(project)
    monkeypatch.chdir(project.root)
    assert validate.main() == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("validate: ")
    assert err.count("\n") == 1
    assert expected in err
    assert outputs(project) == before
    assert sorted(path.name for path in project.workspace.artifacts.iterdir()) == [
        "quarantine.parquet",
        "validated.parquet",
        "validation.json",
    ]


def test_bad_input_through_the_command(project: Project) -> None:
    """One of all; the others meet :func:`validate.main` above, in this process."""
    BAD_INPUT["wrong type"][0](project)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "components.validate"],
        cwd=project.root,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("validate: ")
    assert done.stderr.count("\n") == 1
    assert not project.workspace.artifacts.exists()


def test_the_rows_of_a_refused_table_can_be_looked_at(project: Project) -> None:
    changed(size=["-1"] * 10)(project)
    with pytest.raises(TableError, match=r"\.smrt/refused/quarantine\.parquet"):
        run(project)
    refused = read_parquet(project.workspace.work / "refused" / "quarantine.parquet")
    assert len(refused) == 10


def test_control_characters_of_the_table_do_not_reach_the_terminal(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    changed(**{"\x1b[31mred\nline": "1"})(project)
    monkeypatch.chdir(project.root)
    assert validate.main() == 2
    err = capsys.readouterr().err
    assert "\x1b" not in err
    assert err.count("\n") == 1


def test_a_parquet_table_gives_the_same_rows(project: Project, tmp_path: Path) -> None:
    run(project)
    from_csv = read_parquet(project.workspace.validated)
    from_csv.to_parquet(project.root / "data" / "table.parquet")
    project.set_params("data", path="data/table.parquet")
    run(project)
    pdt.assert_frame_equal(read_parquet(project.workspace.validated), from_csv)
