"""The fields of schema.yaml that pandera would stumble over, or take for something else."""

from __future__ import annotations

from typing import Any

import pandas as pd

from components.project.errors import SchemaFileError, shorten
from components.project.yaml_files import reason_of


def check_fields(content: Any) -> None:
    """Refuse what pandera would take for something else than was meant."""
    columns = content.get("columns") if isinstance(content, dict) else None
    if not isinstance(columns, dict):
        raise SchemaFileError(
            f"schema.yaml's columns are {shorten(columns)}: give a mapping of each name to what "
            "its cells must be"
        )
    for name, column in columns.items():
        if not isinstance(column, dict):
            raise SchemaFileError(
                f"schema.yaml says {shorten(column)} of column {shorten(name)}: give it a dtype, "
                "as in {dtype: int64, nullable: false}"
            )
        for key in ("nullable", "required", "regex", "coerce", "unique"):
            if not isinstance(column.get(key, False), bool | None):
                raise SchemaFileError(
                    f"schema.yaml, column {shorten(name)}: {key} is {shorten(column[key])}; it is "
                    "true or false"
                )
        checks = column.get("checks")
        allowed = checks.get("isin", []) if isinstance(checks, dict) else []
        if isinstance(allowed, dict):  # with options beside it
            allowed = allowed.get("value", allowed.get("allowed_values"))
        if not isinstance(allowed, list):
            raise SchemaFileError(
                f"schema.yaml, column {shorten(name)}: isin is {shorten(allowed)}; it is a list"
            )


def check_pattern(key: str, column: Any) -> None:
    """Refuse a column's pattern that is none, before any table is held against it."""
    from pandera.errors import SchemaError

    try:
        column.get_regex_columns(pd.DataFrame(columns=["x"], dtype=object))
    except SchemaError:  # it does not match this column, as it need not
        return
    except Exception as error:  # of Arrow or of re, by the version of pandas
        raise SchemaFileError(
            f"schema.yaml's {shorten(key)} is no regular expression ({reason_of(error)}): correct "
            "it, or take `regex: true` away if it is a name"
        ) from error


def matching(key: str, column: Any, frame: pd.DataFrame) -> list[Any]:
    """Return the columns of a table that an entry of the schema is about."""
    from pandera.errors import SchemaError

    if not column.regex:
        return [key] if key in frame.columns else []
    try:
        return list(column.get_regex_columns(frame))
    except SchemaError:
        return []
