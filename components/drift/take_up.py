"""New batches of rows, from the incoming folder into the table.

A batch is taken once, whatever it is called: ``data/batches.json`` lists the SHA-256 of every batch
in the table and is versioned with it. Rows that break the schema do not enter the table; they go to
``data/quarantine/``, and a batch with too many of them is refused as a whole.

The table is replaced in one step, and what is under way is written down before, so that a process
killed at any point leaves a state that :func:`settle` completes or forgets. Whoever delivers a
batch writes it elsewhere on the same disk and moves it into the folder; names that begin with a dot
or end in .tmp or .part are left alone.
"""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from components.project.errors import BatchRefusedError, ColumnsError, DataChangedError, shorten
from components.project.params import Params
from components.project.workspace import (
    Workspace,
    digest,
    read_json,
    replacing,
    write_json,
    write_parquet,
)
from components.table.files import BATCH_SUFFIXES, is_parquet, read_rows, write_table
from components.table.schema import ROW_COLUMN, check_table, load_schema
from components.table.styles import unambiguous
from components.versions import dvc
from smrt_lightning.errors import TableError
from smrt_lightning.table.columns import Column

if TYPE_CHECKING:
    from components.table.schema import Checked

LEDGER = "data/batches.json"


@dataclass(frozen=True)
class Taken:
    """The outcome of taking up a batch.

    Attributes
    ----------
    sha256 : str
        Digest of the file.
    rows : int
        Rows that entered the table.
    quarantined : int
        Rows that broke the schema.
    """

    sha256: str
    rows: int
    quarantined: int


def waiting(workspace: Workspace, params: Params) -> list[Path]:
    """Return the batches in the incoming folder, in the order of their names."""
    folder = workspace.root / params.drift.incoming
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if path.is_file()
        and not path.name.startswith(".")
        and path.name.lower().endswith(BATCH_SUFFIXES)
    )


def unknown(workspace: Workspace, params: Params) -> list[str]:
    """Return the names in the incoming folder that cannot be batches by their ending."""
    folder = workspace.root / params.drift.incoming
    if not folder.is_dir():
        return []
    aside = (*BATCH_SUFFIXES, ".tmp", ".part")
    return sorted(
        path.name
        for path in folder.iterdir()
        if path.is_file()
        and not path.name.startswith(".")
        and not path.name.lower().endswith(aside)
    )


def ledger(workspace: Workspace) -> list[Taken]:
    """Return the batches that the table consists of, apart from its first rows."""
    path = workspace.root / LEDGER
    return [Taken(**entry) for entry in read_json(path)["batches"]] if path.is_file() else []


def take(workspace: Workspace, params: Params, batch: Path) -> Taken | None:
    """Append the good rows of a batch to the table, and let DVC take up the new table.

    To be called with the project's lock held. The file is moved to ``taken/`` in the incoming
    folder, a refused one to ``refused/``.

    Returns
    -------
    Taken or None
        None when the table has this batch already.

    Raises
    ------
    BatchRefusedError
        If it cannot be read, its columns are wrong, or more rows break the schema than
        ``data.max_invalid_fraction`` allows.
    MissingFileError
        If it is not there.
    """
    settle(workspace, params)
    sha256 = digest(batch)
    if any(entry.sha256 == sha256 for entry in ledger(workspace)):
        _put_away(workspace, params, batch, sha256, "taken")
        return None
    try:
        raw = _read(batch, params)
        checked = _checked(workspace, params, raw)
    except BatchRefusedError:
        _put_away(workspace, params, batch, sha256, "refused")
        raise
    taken = Taken(sha256, len(checked.valid), len(checked.rejected))
    table = workspace.root / params.data.path
    if len(checked.rejected):
        place = workspace.root / "data" / "quarantine" / f"{sha256[:16]}.parquet"
        write_parquet(place, checked.rejected)
    with replacing(table) as temporary:
        write_table(
            _appended(read_rows(table, params.data), raw, checked, table, params),
            temporary,
            table.name,
        )
        plan = {"before": digest(table), "after": digest(temporary), "batch": asdict(taken)}
        write_json(_journal(workspace), plan)
    settle(workspace, params)
    _put_away(workspace, params, batch, sha256, "taken")
    return taken


def settle(workspace: Workspace, params: Params) -> bool:
    """Complete what a killed process began; return whether there was anything to complete.

    Raises
    ------
    DataChangedError
        If the table is neither the one from before nor the one that was to be.
    """
    journal = _journal(workspace)
    if not journal.is_file():
        return False
    plan = read_json(journal)
    found = digest(workspace.root / params.data.path)
    if found == plan["after"]:
        batches = [asdict(entry) for entry in ledger(workspace)]
        if plan["batch"] not in batches:
            write_json(workspace.root / LEDGER, {"batches": [*batches, plan["batch"]]})
        dvc.add_data(root=workspace.root)
    elif found != plan["before"]:
        raise DataChangedError(
            f"{params.data.path} changed while a batch was being added to it: restore it with "
            f"`dvc checkout --force data.dvc`, remove {journal.relative_to(workspace.root)}, and "
            "start again; the batch is still there"
        )
    journal.unlink()
    return bool(found == plan["after"])


def _journal(workspace: Workspace) -> Path:
    return workspace.work / "uptake.json"


def _read(batch: Path, params: Params) -> pd.DataFrame:
    try:
        return read_rows(batch, params.data)
    except TableError as error:
        raise BatchRefusedError(f"the batch cannot be added to the table: {error}") from error


def _checked(workspace: Workspace, params: Params, raw: pd.DataFrame) -> Checked:
    """Sort the rows of a batch; refuse it when its columns or too many of its rows are wrong."""
    try:
        kept = raw.drop(columns=params.data.ignore, errors="ignore")
        checked = check_table(kept, load_schema(workspace.schema))
    except ColumnsError as error:
        raise BatchRefusedError(f"the batch cannot be added to the table: {error}") from error
    unlabelled = int(checked.valid[params.data.target].isna().sum())
    if unlabelled:
        raise BatchRefusedError(
            f"{unlabelled} rows of the batch have no label in {shorten(params.data.target)}: "
            "label them or remove them, and deliver the batch again"
        )
    bad = len(checked.rejected)
    allowed = params.data.max_invalid_fraction
    if bad > allowed * len(raw) or not len(checked.valid):
        raise BatchRefusedError(
            f"{bad} of {len(raw)} rows of the batch break schema.yaml, more than "
            f"data.max_invalid_fraction = {allowed} allows ({checked.worst()}): correct the batch, "
            "or schema.yaml if such rows are meant, and deliver it again"
        )
    return checked


def _appended(
    old: pd.DataFrame, raw: pd.DataFrame, checked: Checked, table: Path, params: Params
) -> pd.DataFrame:
    """Put the good rows behind the old ones: as text in a CSV file, typed in a Parquet file."""
    good = raw.drop(index=checked.rejected[ROW_COLUMN].tolist()).reset_index(drop=True)
    new = good.reindex(columns=list(old.columns)).astype(object)  # ignored columns may be absent
    if not is_parquet(table):
        for name in params.data.format.columns if params.data.format else ():
            if name in good and Column.of(good[name]).fractional:
                new[name] = unambiguous(good[name].map(repr, na_action="ignore").astype("str"))
    else:
        for name in checked.valid.columns:
            new[name] = checked.valid[name]
        new = new.astype(old.dtypes.to_dict())
    return pd.concat([old, new], ignore_index=True)


def _put_away(workspace: Workspace, params: Params, batch: Path, sha256: str, where: str) -> None:
    """Move a batch out of the incoming folder; one that lies elsewhere stays where it is."""
    folder = workspace.root / params.drift.incoming
    if batch.resolve().parent != folder.resolve():
        return
    place = folder / where / f"{sha256[:8]}-{batch.name}"
    place.parent.mkdir(exist_ok=True)
    shutil.move(batch, place)
