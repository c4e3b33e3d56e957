"""Stage validate: which rows are good, by any schema and by what holds between columns."""

from typing import Any

import pandas as pd
import pytest
import yaml
from component_projects import Project, small_table
from hypothesis import given
from hypothesis import strategies as st

from components import validate
from components.project.errors import SchemaFileError
from components.project.workspace import read_json, read_parquet


@given(
    cells=st.lists(
        st.tuples(st.integers(-3, 9) | st.text(max_size=3), st.sampled_from(["red", "blue", ""])),
        min_size=1,
        max_size=12,
    )
)
def test_every_row_is_either_valid_or_rejected(cells: list[tuple[Any, str]]) -> None:
    from components.table.schema import check_table
    from components.table.typed import MISSING_WORDS

    raw = pd.DataFrame(
        {
            "size": pd.Series([str(size) for size, _ in cells], dtype="str"),
            "colour": pd.Series([colour or None for _, colour in cells], dtype="str"),
        }
    )
    rules = {
        "size": {
            "dtype": "int64",
            "checks": {"greater_than_or_equal_to": {"min_value": 0}},
        },
        "colour": {"dtype": "category", "checks": {"isin": ["red"]}},
    }
    from pandera.io.pandas_io import deserialize_schema

    checked = check_table(raw, deserialize_schema({"schema_type": "dataframe", "columns": rules}))

    def good(size: Any, colour: str) -> bool:
        if colour != "red" or str(size) in MISSING_WORDS:
            return False
        try:
            return float(size) >= 0 and float(size).is_integer()
        except ValueError:
            return False

    expected = [good(*cell) for cell in cells]
    assert len(checked.valid) == sum(expected)
    assert checked.rejected["smrt_row"].tolist() == [i for i, ok in enumerate(expected) if not ok]
    assert str(checked.valid["size"].dtype) == "int64"


def _hold(project: Project, *constraints: dict[str, Any]) -> None:
    schema = yaml.safe_load((project.root / "schema.yaml").read_text())
    schema["metadata"] = {"constraints": list(constraints)}
    project.write_yaml("schema.yaml", schema)


def test_rows_that_break_what_holds_between_columns_go_to_quarantine(project: Project) -> None:
    _hold(project, {"kind": "inequality", "low": "weight", "high": "size"})
    table = small_table()
    table["size"], table["weight"] = "9", "0.5"
    table.loc[0, "weight"] = "9.5"
    project.put_table(table)
    validate.run(project.workspace, project.params)
    rejected = read_parquet(project.workspace.quarantine)
    assert rejected["smrt_row"].tolist() == [0]
    assert rejected["smrt_reasons"].tolist() == ["the row: breaks weight ≤ size"]
    reasons = read_json(project.workspace.validation)["reasons"]
    assert reasons == [{"column": "the row", "reason": "breaks weight ≤ size", "rows": 1}]


@pytest.mark.parametrize(
    ("constraint", "says"),
    [
        ({"kind": "inequalty"}, "no kind of constraint"),
        ({"kind": "inequality", "low": "size"}, "not whole"),
        ({"kind": "inequality", "low": "size", "high": "colour"}, "cannot be compared"),
    ],
)
def test_a_mistaken_constraint_of_the_schema_is_named(
    project: Project, constraint: dict[str, Any], says: str
) -> None:
    _hold(project, constraint)
    with pytest.raises(SchemaFileError, match=says):
        validate.run(project.workspace, project.params)
