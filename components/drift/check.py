"""The comparison of a batch of new rows with the table that a model learned from.

Compared are the columns, the missing cells, the class shares, the schema, and for every class that
has a model the reconstruction error of the batch's rows under that model: rows of a known class
that its own autoencoders no longer recognise are a change that no single column may show. A
model's error on rows that it learned from is too small a yardstick, and two models' errors have
two scales; so each split's model is given rows that it held out and, in the same proportion, rows
of the batch. Without drift the two sets of errors then have one distribution.

The findings go to .smrt/drift/<digest of the batch>.json and .html; DVC does not version them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from components.drift import shift
from components.drift.batch import Batch, read_batch
from components.drift.portrait import by_how_much, in_words, portraits
from components.drift.reconstruction import reconstruction_shifts
from components.drift.shift import Shift
from components.page.rendering import render
from components.project.errors import shorten
from components.project.params import Params
from components.project.workspace import (
    Workspace,
    digest,
    read_json,
    read_parquet,
    replacing,
    write_json,
)
from components.table.order import direction
from components.table.schema import load_schema
from smrt_lightning._version import __version__
from smrt_lightning.errors import DamagedFileError
from smrt_lightning.table.columns import Column


def check(
    workspace: Workspace, params: Params, batch: Path, reference: Workspace, version: str
) -> dict[str, Any]:
    """Compare a batch with a version of the project, and keep the findings.

    Parameters
    ----------
    workspace : Workspace
        Where schema.yaml is, and where the findings go.
    params : Params
        ``drift`` says what counts as drift.
    batch : Path
        CSV or Parquet with the columns of the table; the target may be missing.
    reference : Workspace
        Holds artifacts/validated.parquet, splits.json and models/ of that version.
    version : str
        Its name, for the findings.

    Returns
    -------
    dict
        ``drift`` (bool), ``alarms`` (sentences), ``shifts`` (see
        :class:`components.drift.shift.Shift`; the largest first), ``portraits`` (see
        :func:`components.drift.portrait.portraits`), ``drifted_columns`` (share),
        ``schema_breaks``, ``invalid_rows``, ``new_levels``, ``known_rows`` (in the table already),
        ``notes``, ``batch``, ``reference``, ``settings``; what is in the two files. A batch that
        was compared before, with the same table, schema and settings, gives the same without work,
        and ``again`` is true.

    Raises
    ------
    SmrtError
        If the batch or the reference cannot be read.
    """
    target = params.data.target
    table = read_parquet(reference.validated)
    if target not in table.columns:
        raise DamagedFileError(
            f"the reference {shorten(version)} has no column {shorten(target)}: publish a run "
            "made with the present data.target"
        )
    judged_by = _judged_by(workspace, params, reference)
    if (earlier := _compared_before(workspace, batch, judged_by)) is not None:
        return {**earlier, "again": True}
    schema = load_schema(workspace.schema)
    rows = read_batch(batch, schema, table, params.data)
    findings = judge(rows, table, params, *_class_shifts(reference, table, rows, params))
    findings["batch"] = {"name": batch.name, "sha256": digest(batch), "rows": rows.rows}
    findings["reference"] = {
        "version": version,
        "rows": len(table),
        "validated_sha256": digest(reference.validated),
    }
    findings["settings"] = params.drift.model_dump()
    findings["judged_by"] = judged_by
    place = findings_path(workspace, findings["batch"]["sha256"])
    write_json(place, findings)
    with replacing(place.with_suffix(".html")) as temporary:
        temporary.write_text(page(findings), encoding="utf-8", errors="replace", newline="\n")
    return findings


def _compared_before(
    workspace: Workspace, batch: Path, judged_by: dict[str, Any]
) -> dict[str, Any] | None:
    """Return the findings of a batch, if they would come out the same."""
    if not batch.exists():
        return None
    place = findings_path(workspace, digest(batch))
    if not place.is_file():
        return None
    found: dict[str, Any] = read_json(place)
    return found if found.get("judged_by") == judged_by else None


def _judged_by(workspace: Workspace, params: Params, reference: Workspace) -> dict[str, Any]:
    """Return what the findings of a batch follow from, besides the batch."""
    return {
        "version": __version__,
        "reference": digest(reference.validated),
        "schema": digest(workspace.schema),
        "params": params.model_dump(mode="json", include={"data", "split", "drift"}),
    }


def findings_path(workspace: Workspace, batch_sha256: str) -> Path:
    """Return where the findings of a batch are kept."""
    return workspace.work / "drift" / f"{batch_sha256[:16]}.json"


def judge(
    batch: Batch,
    table: pd.DataFrame,
    params: Params,
    class_shifts: list[Shift],
    notes: list[str],
) -> dict[str, Any]:
    """Compare the columns, adjust all p-values together, and say what is alarming."""
    settings, target = params.drift, params.data.target
    context = {target, params.split.group, params.split.time}
    rising = rising_columns(table.drop(columns=list(context & set(table.columns))))
    context |= set(rising)
    features = [name for name in batch.valid.columns if name not in context]
    shifts: list[Shift] = []
    known = known_rows(batch.valid, table)
    if known:
        notes = [f"{known} of {len(batch.valid)} valid rows are in the table already", *notes]
    if rising:
        shown = ", ".join(shorten(name) for name in rising[:8])
        notes = [
            f"only rising from row to row, so new rows lie outside by nature: {shown}; not "
            "compared. If it is the time, name it split.time in params.yaml",
            *notes,
        ]
    if len(batch.valid) >= settings.min_rows:
        for name in features:
            old, new = table[name], batch.valid[name]
            shifts.append(shift.value_shift(str(name), old, new, settings.smallest_shift))
            if old.isna().any() or new.isna().any():
                shifts.append(shift.missing_shift(str(name), old, new, settings.smallest_shift))
    else:
        notes = [
            f"{len(batch.valid)} valid rows are fewer than drift.min_rows = {settings.min_rows}: "
            "columns were not compared",
            *notes,
        ]
    shifts = [
        in_words(found, table, batch.valid) if found.drifted else found
        for found in shift.judged([*shifts, *class_shifts], settings.alpha)
    ]
    of_columns = {s.name for s in shifts if s.drifted and s.subject in ("values", "missing")}
    share = len(of_columns) / len(features) if features else 0.0
    alarms = _alarms(batch, params, shifts, sorted(of_columns), share)
    return {
        "drift": bool(alarms),
        "alarms": alarms,
        "drifted_columns": share,
        "shifts": [s.to_dict() for s in by_how_much(shifts)],
        "portraits": portraits(shifts, table, batch.valid),
        "schema_breaks": batch.breaks,
        "invalid_rows": {"rows": len(batch.rejected), "reasons": batch.reasons},
        "new_levels": batch.new_levels,
        "known_rows": known,
        "notes": notes,
    }


def _alarms(
    batch: Batch, params: Params, shifts: list[Shift], columns: list[str], share: float
) -> list[str]:
    """Return a sentence for each reason to call the batch drifted."""
    alarms = [f"schema: {text}" for text in batch.breaks]
    allowed = params.data.max_invalid_fraction
    if len(batch.rejected) > allowed * batch.rows:
        alarms.append(
            f"schema: {len(batch.rejected)} of {batch.rows} rows break schema.yaml, more than "
            f"data.max_invalid_fraction = {allowed}"
        )
    if columns and share > params.drift.max_drifted_columns:
        shown = ", ".join(shorten(name) for name in columns[:8])
        more = f" and {len(columns) - 8} more" if len(columns) > 8 else ""
        alarms.append(f"{share:.0%} of the columns drifted: {shown}{more}")
    for found in shifts:
        if found.drifted and found.subject == "class shares":
            alarms.append(f"the class shares moved by {found.effect:.3f} (total variation)")
        if found.drifted and found.subject == "reconstruction":
            alarms.append(
                f"rows of class {shorten(found.name)} are no longer what its model learned: their "
                f"reconstruction errors are higher (KS distance {found.effect:.3f})"
            )
    return alarms


def rising_columns(frame: pd.DataFrame) -> list[str]:
    """Return the columns that only rise or fall from row to row: times, counters."""
    found = []
    for name in frame.columns:
        values = frame[name].dropna()
        column = Column.of(values)
        if column.measured and direction(column.numbers(values)):
            found.append(str(name))
    return found


def known_rows(rows: pd.DataFrame, table: pd.DataFrame) -> int:
    """Count the rows that the table has already, in the columns that both have."""
    hashed = [
        pd.util.hash_pandas_object(frame[list(rows.columns)].astype("str"), index=False)
        for frame in (rows, table)
    ]
    return int(hashed[0].isin(hashed[1]).sum())


def _held_still(frame: pd.DataFrame, values: dict[str, Any]) -> pd.DataFrame:
    columns = {
        name: pd.Series(value, index=frame.index, dtype=frame[name].dtype)
        for name, value in values.items()
    }
    return frame.assign(**columns) if columns else frame


def _class_shifts(
    reference: Workspace, table: pd.DataFrame, batch: Batch, params: Params
) -> tuple[list[Shift], list[str]]:
    """Compare class shares and reconstruction errors; say what could not be compared."""
    target, settings = params.data.target, params.drift
    if target not in batch.valid.columns:
        return [], [f"the batch has no column {shorten(target)}: classes were not compared"]
    if len(batch.valid) < settings.min_rows:
        return [], []
    old = table[target].astype("str")
    new = batch.valid[target].astype("str")
    shifts = [shift.level_shift("class shares", target, old, new, settings.smallest_shift)]
    features = [
        n for n in table.columns if n not in (target, params.split.group, params.split.time)
    ]
    if any(name not in batch.valid.columns for name in features):
        return shifts, ["the batch lacks columns that the models need: no reconstruction errors"]
    # A column that only rises is held still on both sides: it blames no class.
    still = {name: table[name].iloc[len(table) // 2] for name in rising_columns(table[features])}
    found, notes = reconstruction_shifts(
        reference,
        (_held_still(table[features], still), old),
        (_held_still(batch.valid[features], still), new),
        settings,
    )
    return shifts + found, notes


def page(findings: dict[str, Any]) -> str:
    """Return the findings as one HTML page; every value is escaped."""
    from components.page.figures import marginal

    names = {0: "reference", 2: "new rows"}
    charts = {}
    for number, entry in enumerate(findings["portraits"]):
        if "edges" in entry:
            shares = {0: np.array(entry["reference"]), 2: np.array(entry["batch"])}
            title = "Shares of values in bins: reference filled, new rows as a line"
            edges = np.array(entry["edges"])
            charts[entry["name"]] = marginal(f"drift-{number}", title, shares, edges, names)
    return render("drift.html.j2", findings | {"charts": charts, "panels": 1})
