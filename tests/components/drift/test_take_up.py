"""Batches into the table: once each, whole or not at all, whatever is killed when."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from component_projects import Project, small_table

from components.drift import take_up
from components.project.errors import BatchRefusedError, DataChangedError
from components.project.workspace import digest, read_json
from components.table.files import PARQUET_SUFFIXES, read_table
from components.versions import dvc
from components.versions.processes import environment


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project under git and DVC."""
    project = Project(tmp_path_factory.mktemp("versioned") / "a project")
    (project.root / ".gitignore").write_text("/data\n/.smrt\n/incoming\n")
    for command in (["git", "init", "-q"], [sys.executable, "-m", "dvc", "init", "-q"]):
        subprocess.run(command, cwd=project.root, check=True, env=environment())
    dvc.add_data(root=project.root)
    (project.root / "incoming").mkdir()
    return project.root


@pytest.fixture
def project(project: Project, template: Path) -> Project:
    shutil.rmtree(project.root)
    shutil.copytree(template, project.root, symlinks=True)
    return project


def deliver(project: Project, table: pd.DataFrame, name: str = "may.csv") -> Path:
    path = project.root / "incoming" / name
    table.to_csv(path, index=False, lineterminator="\n")
    return path


def take(project: Project, path: Path) -> take_up.Taken | None:
    return take_up.take(project.workspace, project.params, path)


def data_is_versioned(project: Project) -> bool:
    return dvc.status(root=project.root) == {}


def test_a_batch_is_appended_as_it_was_written(project: Project) -> None:
    before = project.table.read_text()
    batch = small_table(seed=5)[["target", "weight", "colour", "size"]]
    batch.loc[0, "size"] = "007"
    batch.loc[1, "size"] = "-3"
    taken = take(project, deliver(project, batch))
    assert taken is not None
    assert (taken.rows, taken.quarantined) == (len(batch) - 1, 1)
    after = project.table.read_text()
    assert after.startswith(before)
    assert "\n007," in after
    assert "-3" not in after.removeprefix(before)
    quarantine = read_table(project.root / "data" / "quarantine" / f"{taken.sha256[:16]}.parquet")
    assert quarantine["size"].tolist() == ["-3"]
    assert take_up.ledger(project.workspace) == [taken]
    assert data_is_versioned(project)
    assert take_up.waiting(project.workspace, project.params) == []
    assert len(list((project.root / "incoming" / "taken").iterdir())) == 1


def test_the_same_batch_is_taken_once_whatever_its_name(project: Project) -> None:
    assert take(project, deliver(project, small_table(seed=5))) is not None
    after = project.table.read_bytes()
    assert take(project, deliver(project, small_table(seed=5), "again.csv")) is None
    assert project.table.read_bytes() == after
    assert take_up.waiting(project.workspace, project.params) == []


def test_a_batch_elsewhere_stays_where_it_is(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "elsewhere.csv"
    small_table(seed=5).to_csv(path, index=False)
    assert take(project, path) is not None
    assert path.is_file()


def test_a_bad_batch_is_refused_whole(project: Project) -> None:
    before, pointer = project.table.read_bytes(), (project.root / "data.dvc").read_bytes()
    batch = small_table(seed=5)
    for path, expected in [
        (deliver(project, batch.assign(size="many"), "types.csv"), r"54 of 54 rows .*'size'"),
        (deliver(project, batch.drop(columns="colour"), "columns.csv"), "lacks 'colour'"),
        (deliver(project, batch.assign(target=""), "labels.csv"), "'target'"),
    ]:
        with pytest.raises(BatchRefusedError, match=expected):
            take(project, path)
        assert not path.exists()
    assert len(list((project.root / "incoming" / "refused").iterdir())) == 3
    assert project.table.read_bytes() == before
    assert (project.root / "data.dvc").read_bytes() == pointer


def test_half_delivered_files_are_left_alone(project: Project) -> None:
    for name in ("may.csv.part", ".may.csv", "may.csv.tmp", "notes.txt"):
        (project.root / "incoming" / name).write_text("x")
    late, early = deliver(project, small_table(), "b.csv"), deliver(project, small_table(), "a.csv")
    assert take_up.waiting(project.workspace, project.params) == [early, late]
    assert take_up.unknown(project.workspace, project.params) == ["notes.txt"]


@pytest.mark.parametrize("name", ["table.parquet", "table.pq", "table.csv.gz", "table.csv.xz"])
def test_tables_of_other_formats(project: Project, name: str) -> None:
    raw = read_table(project.table)
    project.table.unlink()
    path = project.root / "data" / name
    if name.endswith(PARQUET_SUFFIXES):
        raw = raw.astype({"size": "int64", "weight": "float64"})
        raw.to_parquet(path, index=False)
    else:
        raw.to_csv(path, index=False)
    project.set_params("data", path=f"data/{name}")
    dvc.add_data(root=project.root)
    taken = take(project, deliver(project, small_table(seed=5)))
    assert taken is not None
    table = read_table(path)
    assert len(table) == len(raw) + taken.rows
    assert table.dtypes.to_dict() == read_table(path).dtypes.to_dict()
    np.testing.assert_array_equal(
        table["size"].astype(int).to_numpy()[len(raw) :],
        small_table(seed=5)["size"].astype(int).to_numpy(),
    )


KILL = """
import os, signal, sys
from pathlib import Path
from components.drift import take_up
from components.versions import dvc
from components.project.workspace import Workspace
from components.project.params import load_params
root, batch, where = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
module, name = (dvc, "add_data") if where == "add_data" else (take_up, where)
real, calls = getattr(module, name), []
def dying(*arguments, **named):
    calls.append(1)
    if where == "settle" and len(calls) == 1:  # the first one asks for what an earlier run left
        return real(*arguments, **named)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(module, name, dying)
take_up.take(Workspace(root), load_params(root), batch)
"""


@pytest.mark.parametrize("where", ["write_table", "settle", "add_data", "_put_away"])
def test_killed_anywhere_it_ends_the_same(project: Project, where: str) -> None:
    batch = deliver(project, small_table(seed=5))
    root = Path(__file__).parents[3]
    killed = subprocess.run(
        [sys.executable, "-c", KILL, str(project.root), str(batch), where],
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert killed.returncode == -9
    for path in take_up.waiting(project.workspace, project.params):
        take(project, path)
    assert not take_up.settle(project.workspace, project.params)
    assert len(read_table(project.table)) == 2 * len(small_table())
    assert len(take_up.ledger(project.workspace)) == 1
    assert data_is_versioned(project)
    assert take_up.waiting(project.workspace, project.params) == []
    assert not (project.workspace.work / "uptake.json").exists()


def test_a_table_edited_meanwhile_is_not_overwritten(project: Project) -> None:
    journal = project.workspace.work / "uptake.json"
    journal.parent.mkdir(exist_ok=True)
    journal.write_text('{"before": "a", "after": "b", "batch": {}}')
    before = digest(project.table)
    with pytest.raises(DataChangedError, match=r"dvc checkout --force data\.dvc.*uptake\.json"):
        take_up.settle(project.workspace, project.params)
    assert digest(project.table) == before


def test_the_ledger_is_versioned_with_the_table(project: Project) -> None:
    take(project, deliver(project, small_table(seed=5)))
    pointer = yaml.safe_load((project.root / "data.dvc").read_text())
    assert pointer["outs"][0]["nfiles"] == 2
    assert read_json(project.root / take_up.LEDGER)["batches"][0]["rows"] == len(small_table())


@pytest.mark.parametrize("name", ["table.csv", "table.parquet"])
def test_columns_that_the_pipeline_ignores_are_carried_along(project: Project, name: str) -> None:
    table = small_table()
    table["id"] = [f"row {i}" for i in range(len(table))]
    project.table.unlink()
    path = project.root / "data" / name
    if name.endswith("csv"):
        table.to_csv(path, index=False)
    else:
        table.astype({"size": "int64"}).to_parquet(path, index=False)
    project.set_params("data", path=f"data/{name}", ignore=["id"])
    dvc.add_data(root=project.root)
    batch = small_table(seed=5)
    assert take(project, deliver(project, batch.assign(id="new"), "with.csv")) is not None
    assert take(project, deliver(project, batch, "without.csv")) is not None
    ids = read_table(path)["id"]
    assert ids[len(table) : len(table) + len(batch)].eq("new").all()
    assert ids[len(table) + len(batch) :].isna().all()
