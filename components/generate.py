"""Stage 4, generate: synthetic rows for each split and class, and the balanced table.

Reads validated.parquet, splits.json, models/ and schema.yaml; writes
synthetic/<split>/<class directory>.parquet, synthetic/index.json (what was drawn, and how) and
balanced.parquet: the real rows first and unchanged, then the synthetic rows of the release. Three
columns tell where a row comes from:

``smrt_synthetic``
    whether the row is synthetic;
``smrt_model``
    the fingerprint of the model that drew it (see models/index.json), missing where none did;
``smrt_anchor``
    the row of the table that it was drawn from, missing where it was not one row alone.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from components.project.console import Progress, run_stage, timed
from components.project.errors import StalePlanError, SyntheticRowsError, shorten
from components.project.params import Params
from components.project.workspace import (
    INDEX,
    Workspace,
    read_index,
    replacing_directory,
    write_json,
    write_parquet,
)
from components.table.classes import estimator, wanted_rows
from components.table.rows import RELEASE, Part, Table, constraints, load_parts, load_table
from components.table.schema import breaches, load_schema
from smrt_lightning.table.columns import Column
from smrt_lightning.threads import single_threaded

if TYPE_CHECKING:
    from pandera.pandas import DataFrameSchema

SYNTHETIC = "smrt_synthetic"
MODEL = "smrt_model"
ANCHOR = "smrt_anchor"
PROVENANCE = (SYNTHETIC, MODEL, ANCHOR)


@dataclass(frozen=True)
class ClassRows:
    """The synthetic rows of one class of one training part.

    Attributes
    ----------
    class_dir : str
        The label as a file name.
    rows : DataFrame
        The table's columns in their order, then ``smrt_model`` and ``smrt_anchor``.
    summary : dict
        What the sampler reports of the class, without times.
    """

    class_dir: str
    rows: pd.DataFrame
    summary: dict[str, Any]


def run(workspace: Workspace, params: Params, progress: Progress | None = None) -> None:
    """Draw the synthetic rows of every split and of the release.

    Raises
    ------
    SyntheticRowsError
        If synthetic rows break the schema that the real rows pass.
    """
    with timed(workspace, "generate"), single_threaded():
        table = load_table(workspace, params)
        parts = load_parts(workspace, len(table.y))
        schema = _schema_of_synthetic(workspace, params)
        index: dict[str, list[dict[str, Any]]] = {}
        release: list[pd.DataFrame] = []
        with replacing_directory(workspace.synthetic) as temporary:
            for done, part in enumerate(parts, start=1):
                drawn = draw(workspace, table, part, params)
                index[part.name] = [entry.summary for entry in drawn]
                for entry in drawn:
                    checked = [*table.X.columns, params.data.target]
                    _check(entry.rows[checked], schema, part, entry)
                    path = temporary / part.name / f"{entry.class_dir}.parquet"
                    write_parquet(path, entry.rows)
                if part.name == RELEASE:
                    release = [entry.rows for entry in drawn]
                if progress is not None:
                    number = sum(len(entry.rows) for entry in drawn)
                    progress(done, len(parts), f"{part.name}: {number} synthetic rows")
            write_json(temporary / INDEX, {"classes": index})
            write_parquet(workspace.balanced, balanced(table.frame, release))


def draw(workspace: Workspace, table: Table, part: Part, params: Params) -> list[ClassRows]:
    """Draw the synthetic rows of one training part from the models trained on it."""
    from smrt_lightning.model.variational import VariationalAutoEncoder
    from smrt_lightning.sampling.sampler import SMRT

    y = table.y.iloc[part.train].reset_index(drop=True)
    wanted = wanted_rows(y, params)
    jobs = {
        entry["label"]: entry
        for entry in read_index(workspace.models, "models")
        if entry["split"] == part.name
    }
    if set(jobs) != set(wanted):
        raise StalePlanError(
            f"the models of {part.name} were trained for other classes than params.yaml and "
            "splits.json now ask for: run the train stage"
        )
    directory = workspace.models / part.name
    models = {
        label: VariationalAutoEncoder.load(directory / job["class_dir"])
        for label, job in jobs.items()
        if job["fingerprint"] is not None
    }
    sampler = SMRT(
        **params.smrt.model_dump(exclude={"estimator"}),
        random_state=params.seed,
        estimator=estimator(params),
        prefit_estimators=models,
        constraints=constraints(workspace, table),
    )
    X = table.X.iloc[part.train].reset_index(drop=True)
    X_out, y_out = sampler.fit_resample(X, y.to_numpy(dtype=object))
    synthetic = X_out.iloc[len(X) :].reset_index(drop=True)
    labels = pd.Series(y_out[len(X) :], dtype="str")
    anchors = _anchors(part.train, sampler.anchor_indices_)

    drawn = []
    for label, number in wanted.items():
        own = (labels == label).to_numpy()
        rows = synthetic[own].reset_index(drop=True)
        target = table.frame[params.data.target]
        context = table.frame.columns.difference([*table.X.columns, params.data.target])
        # A synthetic row is of no group and of no time.
        more = {name: Column.of(table.frame[name]).missing(number) for name in context}
        more[params.data.target] = pd.Series([label] * number).astype(target.dtype)
        rows = pd.concat([rows, pd.DataFrame(more)], axis=1)[list(table.frame.columns)]
        model = pd.Series([jobs[label]["fingerprint"]] * number, name=MODEL, dtype="str")
        rows = pd.concat([rows, model, anchors[own].reset_index(drop=True)], axis=1)
        summary = sampler.report_[label].to_dict()
        summary["class_dir"] = jobs[label]["class_dir"]
        del summary["loss_history"]  # it stands in the model's own file
        drawn.append(ClassRows(jobs[label]["class_dir"], rows, summary))
    return drawn


def balanced(real: pd.DataFrame, synthetic: list[pd.DataFrame]) -> pd.DataFrame:
    """Put the synthetic rows behind the real ones, and say which is which."""
    n_real = len(real)
    nothing = {
        MODEL: pd.Series([None] * n_real, index=real.index, dtype="str"),
        ANCHOR: pd.Series(pd.NA, index=real.index, dtype="Int64"),
    }
    origin = pd.concat([real, pd.DataFrame(nothing)], axis=1)
    table = pd.concat([origin, *synthetic], ignore_index=True)
    mark = pd.Series(np.arange(len(table)) >= n_real, name=SYNTHETIC)
    n = len(real.columns)
    return pd.concat([table.iloc[:, :n], mark, table.iloc[:, n:]], axis=1)


def _anchors(train: np.ndarray, positions: np.ndarray) -> pd.Series[Any]:
    """Turn positions in the training part into positions in the table; −1 becomes missing."""
    anchors = pd.array(train[np.maximum(positions, 0)], dtype="Int64")
    anchors[positions < 0] = pd.NA
    return pd.Series(anchors, name=ANCHOR)


def _schema_of_synthetic(workspace: Workspace, params: Params) -> DataFrameSchema:
    """Return the schema of the table without the columns that synthetic rows leave empty."""
    schema = load_schema(workspace.schema)
    context = {params.split.group, params.split.time} & set(schema.columns)
    return schema.remove_columns(sorted(filter(None, context))) if context else schema


def _check(rows: pd.DataFrame, schema: DataFrameSchema, part: Part, entry: ClassRows) -> None:
    faults = breaches(rows, schema)
    if faults:
        raise SyntheticRowsError(
            f"synthetic rows of {part.name} class {shorten(entry.summary['label'])} break "
            f"schema.yaml: {'; '.join(faults[:3])}"
        )


def main() -> int:
    """Run the stage in the current directory."""
    return run_stage("generate", run)


if __name__ == "__main__":
    sys.exit(main())
