"""schema.yaml: what pandera would stumble over, or take for something else, is said by name."""

from pathlib import Path

import pandas as pd
import pytest

from components.project.errors import ColumnsError, SchemaFileError
from components.table.schema import check_table, load_schema

HEAD = "schema_type: dataframe\nversion: 0.35.0\nstrict: true\n"


def schema(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "schema.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("columns: {'p[0-9_': {regex: true, dtype: int64}}", "is no regular expression"),
        ("columns: {'*': {regex: true, dtype: int64}}", "is no regular expression"),
        ("columns: {a: {dtype: int64, nullable: maybe}}", "nullable is 'maybe'; it is true or"),
        ("columns: {a: {dtype: int64, regex: 1}}", "regex is 1; it is true or false"),
        ("columns: {a: {dtype: str, checks: {isin: abc}}}", "isin is 'abc'; it is a list"),
        ("columns: {a: {dtype: str, checks: {isin: }}}", "isin is None; it is a list"),
        ("columns: {a: }", "says None of column 'a'"),
        ("columns: [a]", "give a mapping"),
        ("columns: {a: {dtype: str}}\nmetadata: {constraints: [{kind: {a: b}}]}", "no kind of"),
        (
            "columns: {a: {dtype: str}}\nmetadata: {constraints: [{kind: range, column: {a: b}}]}",
            "metadata.constraints",
        ),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SchemaFileError) as caught:
        load_schema(schema(tmp_path, text))
    assert said in str(caught.value)


def test_a_pattern_that_no_column_matches(tmp_path: Path) -> None:
    columns = "columns: {'^p_': {regex: true, dtype: int64, required: %s}, b: {dtype: int64}}"
    frame = pd.DataFrame({"b": ["1", "2"]})
    found = load_schema(schema(tmp_path, columns % "true"))
    with pytest.raises(ColumnsError, match=r"it lacks '\^p_'"):
        check_table(frame, found)
    found = load_schema(schema(tmp_path, columns % "false"))
    assert check_table(frame, found).valid["b"].tolist() == [1, 2]
