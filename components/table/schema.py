"""schema.yaml: what a row of the table must look like, and which rows do not.

The file is pandera's own YAML form of a ``DataFrameSchema``: dtypes, nullability, level sets,
ranges; its ``metadata: constraints:`` says what holds between columns. All failures are found at
once, and named by row and column.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from components.project.errors import ColumnsError, SchemaFileError, listing, nearest, shorten
from components.project.yaml_files import read_yaml, reason_of
from components.table.schema_fields import check_fields, check_pattern, matching
from components.table.typed import ParsedColumn, parse_column
from smrt_lightning.errors import ParameterError

if TYPE_CHECKING:
    from pandera.pandas import DataFrameSchema

    from smrt_lightning.table.constraints import Constraint

ROW_COLUMN = "smrt_row"
REASONS_COLUMN = "smrt_reasons"
RESERVED_PREFIX = "smrt_"


def load_schema(path: Path) -> DataFrameSchema:
    """Read schema.yaml.

    Raises
    ------
    SchemaFileError
        If the file is missing, or pandera cannot make a schema of it.
    """
    from pandera.io.pandas_io import deserialize_schema

    try:
        content = read_yaml(path)
        check_fields(content)
        schema: DataFrameSchema = deserialize_schema(content)  # type: ignore[no-untyped-call]
    except FileNotFoundError:
        raise SchemaFileError(
            f"{path.name} is missing: it must say which columns the table has, "
            "in pandera's YAML form (pandera.io.to_yaml)"
        ) from None
    except SchemaFileError:
        raise
    except Exception as error:  # pandera answers a malformed file with whatever it stumbled over
        raise SchemaFileError(
            f"{path.name} is no pandera schema ({type(error).__name__}: {reason_of(error)}): "
            "correct it"
        ) from error
    for key, column in schema.columns.items():
        if column.regex:
            check_pattern(str(key), column)
    if not schema.columns:
        raise SchemaFileError(f"{path.name} names no columns: list the table's columns in it")
    constraints_of(schema)
    return schema


def constraints_of(
    schema: DataFrameSchema, columns: Collection[str] | None = None
) -> list[Constraint] | None:
    """Return what is to hold between columns: the schema's ``metadata: constraints:``.

    Parameters
    ----------
    schema : DataFrameSchema
        As :func:`load_schema` returns it.
    columns : collection of str, optional
        Leave out the constraints that name other columns.

    Returns
    -------
    list of Constraint or None
        None where the schema says nothing of constraints.

    Raises
    ------
    SchemaFileError
        If one of them is none.
    """
    from smrt_lightning.table.constraints import from_dict

    stored = (schema.metadata or {}).get("constraints")
    if stored is None:
        return None
    if not isinstance(stored, list):
        raise SchemaFileError(
            f"schema.yaml's metadata.constraints is {shorten(stored)}: make it a list"
        )
    try:
        found = [from_dict(one) for one in stored]
    except ParameterError as error:
        raise SchemaFileError(f"schema.yaml, metadata.constraints: {error}") from None
    if columns is None:
        return found
    return [one for one in found if set(one.columns) <= set(columns)]


def _broken(frame: pd.DataFrame, schema: DataFrameSchema) -> Iterator[tuple[Constraint, pd.Index]]:
    """Give the constraints that rows of a typed frame break, and those rows."""
    for one in constraints_of(schema, list(frame.columns)) or []:
        try:
            rows = frame.index[one.fit(frame).broken(frame)]
        except ParameterError as error:
            raise SchemaFileError(f"schema.yaml, metadata.constraints: {error}") from None
        if len(rows):
            yield one, rows


@dataclass(frozen=True)
class Checked:
    """A table after its check.

    Attributes
    ----------
    valid : DataFrame
        The rows that pass, in the types of the schema, with a new range index.
    rejected : DataFrame
        The other rows as they were read, with columns ``smrt_row`` (position in the table) and
        ``smrt_reasons`` (one text, reasons joined by "; ").
    counts : Counter of (column, reason)
        How many rows break which rule; a row may break several.
    misfits : dict of str to ParsedColumn
        The columns with cells of a wrong type.
    """

    valid: pd.DataFrame
    rejected: pd.DataFrame
    counts: Counter[tuple[str, str]]
    misfits: dict[str, ParsedColumn]

    def worst(self) -> str:
        """Return the three rules that most rows break, and how many do, for a message."""
        return "; ".join(
            f"{shorten(column)} {reason}: {rows} rows"
            for (column, reason), rows in self.counts.most_common(3)
        )


def columns_of(frame: pd.DataFrame, schema: DataFrameSchema) -> dict[str, Any]:
    """Match the table's columns with the schema's, patterns included.

    Returns
    -------
    dict of str to pandera Column
        One entry for each column of the table that the schema knows.

    Raises
    ------
    ColumnsError
        If the table lacks a column or has one that the schema does not know, also where the
        schema is not strict: a column of unknown type could not be modelled.
    """
    names = [str(name) for name in frame.columns]
    reserved = [name for name in names if name.startswith(RESERVED_PREFIX)]
    if reserved:
        raise ColumnsError(
            f"the table has {listing(reserved)}: names beginning with {RESERVED_PREFIX!r} are "
            "kept for provenance columns; rename them"
        )
    matched: dict[str, Any] = {}
    missing: list[str] = []
    for key, column in schema.columns.items():
        found = matching(key, column, frame)
        if not found and column.required:
            missing.append(str(key))
        matched.update({str(name): column for name in found})
    unknown = [name for name in names if name not in matched]
    faults = []
    if missing:
        faults.append(f"it lacks {listing(missing)}")
    if unknown:
        hints = [f"{shorten(name)}{nearest(name, missing)}" for name in unknown[:5]]
        more = f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""
        faults.append(f"schema.yaml does not know its {', '.join(hints)}{more}")
    if faults:
        raise ColumnsError(
            f"the table and schema.yaml differ: {'; '.join(faults)}; "
            "correct the table, or schema.yaml if the new columns are meant"
        )
    return matched


def check_table(raw: pd.DataFrame, schema: DataFrameSchema) -> Checked:
    """Sort the rows of a table into those that pass the schema and those that do not.

    Raises
    ------
    ColumnsError
        If columns are missing or unknown.
    """
    columns = columns_of(raw, schema)
    reasons: dict[int, list[str]] = {}
    counts: Counter[tuple[str, str]] = Counter()

    def reject(rows: pd.Index, name: str, rule: str, cells: list[Any] | None = None) -> None:
        counts[name, rule] += len(rows)
        for position, row in enumerate(rows):
            cell = "" if cells is None else f" {shorten(cells[position], 40)}"
            reasons.setdefault(int(row), []).append(f"{name}:{cell} {rule}")

    parsed: dict[str, ParsedColumn] = {}
    for name, column in columns.items():
        result = parse_column(raw[name], _dtype(column), _levels(column))
        parsed[name] = result
        if result.misfits.any():
            cells = raw[name][result.misfits]
            reject(cells.index, name, f"is not {result.expected}", cells.tolist())
        if not column.nullable:
            empty = result.values.index[result.values.isna() & ~result.misfits]
            if len(empty):
                reject(empty, name, "is missing")

    typed = raw.copy(deep=False)
    for name, result in parsed.items():
        typed[name] = result.values
    for failure in _rule_failures(typed, schema, list(columns)):
        reject(failure.rows, failure.column, failure.rule, failure.cells)
    sound = typed.drop(index=list(reasons))
    for constraint, rows in _broken(sound, schema):
        reject(rows, "the row", f"breaks {constraint}")

    bad = pd.Index(sorted(reasons), dtype="int64")
    valid = typed.drop(index=bad).reset_index(drop=True)
    valid = valid.astype({name: _final(valid[name], columns[name]) for name in columns})
    told = pd.Series(["; ".join(reasons[row]) for row in bad], name=REASONS_COLUMN, dtype="str")
    places = pd.Series(bad.to_numpy(), name=ROW_COLUMN)
    # Joined at once: a frame of hundreds of columns takes no more of them one by one.
    rejected = pd.concat([places, raw.loc[bad].reset_index(drop=True), told], axis=1)
    misfits = {name: result for name, result in parsed.items() if result.misfits.any()}
    return Checked(valid, rejected, counts, misfits)


def breaches(frame: pd.DataFrame, schema: DataFrameSchema) -> list[str]:
    """Return what pandera finds wrong with a typed frame, a short line for each rule broken."""
    from pandera.errors import SchemaErrors

    broken = [f"{len(rows)} rows break {one}" for one, rows in _broken(frame, schema)]
    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        rules = errors.failure_cases.groupby(["column", "check"], sort=False, dropna=False)
        return broken + [
            f"{name} fails {rule} on {shorten(cases['failure_case'].iloc[0], 40)}"
            for (name, rule), cases in rules
        ]
    return broken


class _Failure(NamedTuple):
    column: str
    rule: str
    rows: pd.Index
    cells: list[Any]


def _rule_failures(
    typed: pd.DataFrame, schema: DataFrameSchema, names: list[str]
) -> list[_Failure]:
    """Run pandera's checks, all of them; types and missing cells were looked at before."""
    from pandera.errors import SchemaErrors

    relaxed = schema.update_columns(
        {key: {"dtype": None, "nullable": True, "coerce": False} for key in schema.columns}
    )
    relaxed.coerce = False
    try:
        relaxed.validate(typed, lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases
    else:
        return []
    failures = []
    whole = cases[cases["index"].isna()]
    if len(whole):
        first = whole.iloc[0]
        raise SchemaFileError(
            f"schema.yaml cannot be applied to column {shorten(first['column'])}: "
            f"{first['check']} failed on {shorten(first['failure_case'])}; correct that check"
        )
    cases = cases.assign(column=cases["column"].where(cases["column"].isin(names), "the row"))
    for (name, rule), group in cases.groupby(["column", "check"], sort=False, dropna=False):
        rows = group.drop_duplicates("index")
        index, cells = pd.Index(rows["index"]), rows["failure_case"].tolist()
        failures.append(_Failure(str(name), f"fails {rule}", index, cells))
    return failures


def _dtype(column: Any) -> str | None:
    return None if column.dtype is None else str(column.dtype)


def _levels(column: Any) -> list[Any] | None:
    for check in column.checks:
        if check.name == "isin":
            return list(check.statistics["allowed_values"])
    return None


def _final(values: pd.Series[Any], column: Any) -> Any:
    """Return the schema's dtype where pandas has one by that name, else the column's own."""
    dtype = _dtype(column)
    if dtype is None or dtype == "category" or pd.api.types.is_string_dtype(values.dtype):
        return values.dtype
    try:
        return pd.api.types.pandas_dtype(dtype)
    except TypeError:
        return values.dtype
