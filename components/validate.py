"""Stage 1, validate: the table against schema.yaml.

Reads data/ and schema.yaml; writes validated.parquet (the rows that pass, typed),
quarantine.parquet (those that do not, with reasons) and validation.json (counts). A table with
too many bad rows is refused: its bad rows then go to .smrt/refused/, and artifacts/ stays as is.
"""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import pandas as pd

from components.project.console import Progress, run_stage, timed
from components.project.errors import ColumnsError, SchemaFileError, listing, nearest, shorten
from components.project.params import DataParams, Params
from components.project.workspace import Workspace, digest, write_json, write_parquet
from components.table.files import read_rows
from components.table.schema import ROW_COLUMN, Checked, breaches, check_table, load_schema
from smrt_lightning.errors import TableError, UnsupportedValueError


def run(workspace: Workspace, params: Params, progress: Progress | None = None) -> None:
    """Validate the input table.

    Raises
    ------
    SmrtError
        One of the classes of :mod:`components.project.errors`; nothing under artifacts/ changes
        then.
    """
    with timed(workspace, "validate"):
        target = params.data.target
        raw = read_rows(workspace.root / params.data.path, params.data)
        raw = _without(raw, params.data.ignore)
        schema = load_schema(workspace.schema)
        _check_target(raw, target, schema)
        checked = check_table(raw, schema)
        summary = _summarise(checked, len(raw), target)
        summary["table_sha256"] = digest(workspace.root / params.data.path)
        if (error := refusal(checked, raw, params.data, workspace)) is not None:
            raise error
        _check_classes(checked.valid[target])
        leftover = breaches(checked.valid, schema)
        if leftover:
            raise SchemaFileError(
                f"schema.yaml asks for what no row has: {'; '.join(leftover[:3])}; correct it"
            )
        write_parquet(workspace.validated, checked.valid)
        write_parquet(workspace.quarantine, checked.rejected)
        write_json(workspace.validation, summary)
    if progress is not None:
        progress(1, 1, f"{len(checked.valid)} rows valid, {len(checked.rejected)} quarantined")


def _without(raw: pd.DataFrame, ignore: list[str]) -> pd.DataFrame:
    """Drop the columns that params.yaml leaves out; one that is not there is a misspelling."""
    for name in ignore:
        if name not in raw.columns:
            hint = nearest(name, raw.columns) or f"; it has {listing(raw.columns)}"
            raise ColumnsError(
                f"data.ignore names {shorten(name)}, which the table does not have{hint}: correct "
                "params.yaml"
            )
    return raw.drop(columns=ignore)


def _check_target(raw: pd.DataFrame, target: str, schema: Any) -> None:
    if target not in raw.columns:
        hint = nearest(target, raw.columns) or f"; it has {listing(raw.columns)}"
        raise ColumnsError(
            f"the table has no column {shorten(target)}{hint}: correct data.target in params.yaml"
        )
    declared = schema.columns.get(target)
    if declared is None or not str(declared.dtype).startswith(("str", "category", "object")):
        raise SchemaFileError(
            f"schema.yaml must list the target {shorten(target)} with dtype str or category: "
            "class labels are text, also where they look like numbers"
        )
    empty = raw.index[raw[target].isna()]
    if len(empty):
        raise TableError(
            f"{len(empty)} of {len(raw)} rows have no label in {shorten(target)} "
            f"(rows {listing(empty.tolist())}, counted from 0): label them or remove them"
        )


def _check_classes(labels: pd.Series[Any]) -> None:
    counts = labels.astype("str").value_counts()
    if len(counts) < 2:
        seen = f"all {len(labels)} valid rows are {shorten(counts.index[0])}" if len(counts) else ""
        raise TableError(
            f"there is nothing to balance: {seen or 'no row is valid'}; "
            "at least two classes are needed"
        )
    lonely = sorted(counts.index[counts == 1])
    if lonely:
        raise TableError(
            f"only one valid row has the label {listing(lonely)}: a class needs at least two, "
            "one to learn from and one to test on; add rows, merge the class or remove it"
        )


def _summarise(checked: Checked, n_rows: int, target: str) -> dict[str, Any]:
    reasons = [
        {"column": column, "reason": reason, "rows": rows}
        for (column, reason), rows in sorted(checked.counts.items())
    ]
    classes = checked.valid[target].astype("str").value_counts()
    return {
        "rows": n_rows,
        "valid_rows": len(checked.valid),
        "quarantined_rows": len(checked.rejected),
        "quarantined_fraction": len(checked.rejected) / n_rows,
        "reasons": reasons,
        "classes": {str(label): int(count) for label, count in classes.items()},
        "target": target,
        "columns": [
            {"name": str(name), "dtype": str(dtype)} for name, dtype in checked.valid.dtypes.items()
        ],
    }


class ClassLoss(NamedTuple):
    """A class that quarantine takes rows of."""

    label: str
    lost: int
    rows: int

    def __str__(self) -> str:
        return f"{self.lost} of {self.rows} rows of class {shorten(self.label)}"


def class_losses(
    checked: Checked, raw: pd.DataFrame, target: str, allowed: float
) -> list[ClassLoss]:
    """Return the classes of which quarantine takes more than a share, the worst first."""
    labels = raw[target].astype("str")
    rows = labels.value_counts().to_dict()
    lost = labels.iloc[checked.rejected[ROW_COLUMN].to_numpy()].value_counts().to_dict()
    found = [
        ClassLoss(str(label), int(n), int(rows[label]))
        for label, n in lost.items()
        if rows[label] > 1 and n > allowed * rows[label]
    ]
    return sorted(found, key=lambda loss: (-loss.lost / loss.rows, loss.label))


def refusal(
    checked: Checked, raw: pd.DataFrame, data: DataParams, workspace: Workspace | None = None
) -> UnsupportedValueError | TableError | None:
    """Say what is wrong with a table if too many of its rows are; keep them for the user to see.

    Parameters
    ----------
    checked : Checked
        The table after its check.
    raw : DataFrame
        The table as it was read.
    data : DataParams
        How many bad rows are too many, of the table and of a class.
    workspace : Workspace, optional
        Where the bad rows are put.
    """
    losses = class_losses(checked, raw, data.target, data.max_invalid_class_fraction)
    allowed = data.max_invalid_fraction
    if not losses and len(checked.rejected) <= allowed * len(raw):
        return None
    where = ""
    if workspace is not None:
        place = workspace.work / "refused" / "quarantine.parquet"
        write_parquet(place, checked.rejected)
        where = f"; the rows and their reasons are in {place.relative_to(workspace.root)}"
    wrong = {
        name: result
        for name, result in checked.misfits.items()
        if result.misfits.sum() > allowed * len(raw)
    }
    if wrong:
        name, result = next(iter(wrong.items()))
        cell = raw[name][result.misfits].iloc[0]
        others = f", and so in {len(wrong) - 1} more columns" if len(wrong) > 1 else ""
        return UnsupportedValueError(
            f"column {shorten(name)} should hold {result.expected} by schema.yaml, but "
            f"{int(result.misfits.sum())} of {len(raw)} rows do not, e.g. {shorten(cell)}{others}; "
            f"correct the table or the dtype in schema.yaml{where}"
        )
    if len(checked.rejected) > allowed * len(raw):
        return TableError(
            f"{len(checked.rejected)} of {len(raw)} rows break schema.yaml, more than "
            f"data.max_invalid_fraction = {allowed} allows ({checked.worst()}){where}"
        )
    return TableError(
        f"quarantine would take {', '.join(map(str, losses[:5]))}, more than "
        f"data.max_invalid_class_fraction = {data.max_invalid_class_fraction} allows "
        f"({checked.worst()}): correct the rows, or raise it in params.yaml if the class can do "
        f"without them{where}"
    )


def main() -> int:
    """Run the stage in the current directory."""
    return run_stage("validate", run)


if __name__ == "__main__":
    sys.exit(main())
