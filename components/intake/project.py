"""Start a project with an understood table, here or in an empty folder."""

from __future__ import annotations

import math
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from components.intake import repository
from components.intake.gate import try_first_stage
from components.intake.schema_file import schema_text
from components.intake.understanding import Understanding
from components.intake.wishes import not_a_column
from components.pipeline import STAGES
from components.project import code
from components.project.errors import OutputExistsError
from components.project.params import load_params
from components.project.workspace import Workspace, replacing, write_parquet
from components.project.yaml_files import (
    YAMLError,
    read_yaml,
    reason_of,
    with_values,
    yaml_text,
)
from components.table.demo import TABLE
from components.table.files import BATCH_SUFFIXES, PARQUET_SUFFIXES, is_parquet
from components.table.schema import load_schema
from components.validate import ClassLoss
from components.versions import dvc
from smrt_lightning.errors import DamagedFileError

_FOR_GIT = (
    *(".dvc", ".dvcignore", "data.dvc", "dvc.lock", "dvc.yaml"),
    *("code.yaml", "params.yaml", "prefect.yaml", "schema.yaml"),
)
_KEPT = tuple(f"!/{name}" for name in _FOR_GIT)
"""DVC refuses what a pattern of the repository above, such as ``*.lock``, leaves out of git."""
_IGNORED = ("/artifacts", "/data", "/.smrt/", "/incoming/", "/.venv/", *_KEPT)
_IGNORED_BY_DVC = ("/.smrt/", "/.venv/", ".*.tmp")
_COPIED = ("prefect.yaml", ".dvc/plots/scores.json")
LARGE_TABLE = 20_000
_AUTOMATIC = {"split.repeats": "auto", "smrt.draw": "auto"}
"""What the demo names to stay short, and a table of one's own should not."""
_LIGHTER = {
    "split.repeats": 3,
    "evaluate.methods": ["none", "class_weight", "smote", "smrt"],
    "evaluate.classifiers": ["logistic_regression", "hist_gradient_boosting"],
    "evaluate.ratios": [],
}
_PIPELINE_HEAD = """\
# The pipeline of smrt-lightning, written by `smrt init`. Every parameter is in params.yaml; the
# digests in code.yaml stand for the installed code.
"""


@dataclass(frozen=True)
class Plan:
    """The files that starting a project would write.

    Attributes
    ----------
    table : str
        Where the table will lie, relative to the project.
    replaced : list of str
        Files that are there and would be replaced.
    new_project : bool
        Whether the folder has no pipeline yet.
    lighter : dict of str to Any
        Parameters that keep a first run on a large table short; none where another table was.
    group, time : str or None
        Columns by which to split.
    losses : list of ClassLoss
        Classes of which quarantine would take more than the parameters allow.
    class_loss : float or None
        The share of a class that quarantine may take, where somebody agreed to more.
    """

    table: str
    replaced: list[str]
    new_project: bool
    lighter: dict[str, Any]
    group: str | None = None
    time: str | None = None
    losses: tuple[ClassLoss, ...] = ()
    class_loss: float | None = None

    def accepting_losses(self) -> Plan:
        """Return the plan with a limit that lets these losses pass, and no larger ones."""
        most = max(loss.lost / loss.rows for loss in self.losses)
        return replace(self, class_loss=min(1.0, math.ceil(most * 100) / 100))


def plan(
    root: Path, table: Understanding, *, group: str | None = None, time: str | None = None
) -> Plan:
    """Say what :func:`start` would write, after the first stage has tried the table.

    Raises
    ------
    OutputExistsError
        If the folder has a DVC pipeline of other stages.
    NotFoundError
        If the table has no such column to split by.
    SmrtError
        If the first stage would refuse the table.
    """
    for option, name in (("--group", group), ("--time", time)):
        kept = [n for n in table.columns if n not in table.ignored and n != table.target]
        if name is not None and name not in kept:
            raise not_a_column(option, name, kept)
    new = not (root / "dvc.yaml").is_file()
    if not new and not set(STAGES) <= _stages(root):
        raise OutputExistsError(
            f"{str(root)!r} has a dvc.yaml with other stages than {', '.join(STAGES)}: start "
            "in an empty folder of its own, for example with `smrt --project FOLDER init …`"
        )
    place = _place(root, table)
    same = (root / place).resolve() == table.source.resolve()
    candidates = ["params.yaml", "schema.yaml", *([] if same else [place])]
    lighter = _LIGHTER if table.n_rows > LARGE_TABLE and not _chosen(root) else {}
    replaced = [name for name in candidates if (root / name).exists()]
    losses = try_first_stage(root, table, place, write_table_of)
    return Plan(place, replaced, new, lighter, group, time, tuple(losses))


def _stages(root: Path) -> set[str]:
    """Return the names of the stages in a folder's dvc.yaml."""
    try:
        return set(read_yaml(root / "dvc.yaml")["stages"])
    except YAMLError as error:
        raise DamagedFileError(
            f"dvc.yaml cannot be read ({reason_of(error)}): correct it, or start in an empty folder"
        ) from error
    except (KeyError, TypeError):
        return set()


def _chosen(root: Path) -> bool:
    """Tell whether somebody chose the parameters that are there; the demo's are ours."""
    return (root / "params.yaml").is_file() and Path(load_params(root).data.path) != TABLE


def _place(root: Path, table: Understanding) -> str:
    """Name the table's file in data/; the source itself is never overwritten."""
    name = table.source.name
    if not table.as_it_is or table.source.is_dir():
        lowered = name.lower()
        ending = next((s for s in (*BATCH_SUFFIXES, ".xls") if lowered.endswith(s)), "")
        stem = name[: len(name) - len(ending)] if ending else table.source.stem
        name = f"{stem}.parquet" if is_parquet(table.source) else f"{stem}.csv"
    if name == "table.csv":
        name = "my_table.csv"  # data/table.csv is the demo table, built where it is missing
    same = (root / "data" / name).resolve() == table.source.resolve()
    if same and not table.as_it_is:
        name = f"clean_{name}"
    return f"data/{name}"


def start(
    root: Path, table: Understanding, planned: Plan, *, remark_values: bool = False
) -> list[str]:
    """Write the project's files, and put the table under DVC.

    The files appear one by one, each whole; started again after an interruption it ends the same.
    With ``remark_values`` schema.yaml, which git keeps, tells ranges and levels that the table has.

    Returns
    -------
    list of str
        What was written, relative to the project.

    Raises
    ------
    ArtifactWriteError, VersionsError
        If a file cannot be written, or git or DVC refuse.
    """
    workspace = Workspace(root)
    fresh = repository.make(root)
    if planned.new_project:
        _add_lines(root / ".gitignore", *_IGNORED, *repository.own_ignores(root, table.source))
    repository.refuse_ignored(root, _FOR_GIT)
    dvc.start(root=root)
    write_table_of(root / planned.table, table)
    written = [planned.table]
    if planned.new_project:
        written += _new_project(root)
    params = root / "params.yaml"
    base = params if params.is_file() else code.TEMPLATES / "params.yaml"
    values = {
        "data.path": planned.table,
        "data.target": table.target,
        "data.ignore": list(table.ignored),
        "data.format": None if table.format is None else table.format.model_dump(),
        "split.group": planned.group,
        "split.time": planned.time,
        "vae.column_kinds": None,
        "smrt.sampling_strategy": "auto",
        "report.image_shape": None,
        **({} if _chosen(root) else _AUTOMATIC),
        **planned.lighter,
    }
    if planned.class_loss is not None:
        values["data.max_invalid_class_fraction"] = planned.class_loss
    _write(params, with_values(base.read_text(encoding="utf-8"), values))
    _write(workspace.schema, schema_text(table, values=remark_values))
    load_params(root)
    load_schema(workspace.schema)
    dvc.add_data(root=root)
    written += ["params.yaml", "schema.yaml", "data.dvc"]
    if fresh:
        repository.first_commit(root, written)
    return written


def write_table_of(path: Path, table: Understanding) -> None:
    """Write a table as the stages read it, the file's own bytes where they do."""
    if path.resolve() == table.source.resolve():
        return
    if table.as_it_is:
        with replacing(path) as temporary:
            shutil.copyfile(table.source, temporary)
    elif path.name.lower().endswith(PARQUET_SUFFIXES):
        write_parquet(path, table.frame)
    else:
        with replacing(path) as temporary:
            table.frame.to_csv(temporary, index=False, lineterminator="\n", encoding="utf-8")


def _new_project(root: Path) -> list[str]:
    """Write what a project has beside its parameters, schema and table."""
    for name in _COPIED:
        source = code.TEMPLATES / name
        if source.is_file() and not (root / name).exists():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, root / name)
    _add_lines(root / ".dvcignore", *_IGNORED_BY_DVC)
    code.write(root)
    stages = {name: _stage(name, content) for name, content in code.pipeline()["stages"].items()}
    text = yaml_text({"stages": stages})
    _write(root / "dvc.yaml", _PIPELINE_HEAD + text)
    copied = [name for name in _COPIED if (root / name).is_file()]
    return ["dvc.yaml", code.FILE, ".gitignore", ".dvcignore", *copied]


def _stage(name: str, content: dict[str, Any]) -> dict[str, Any]:
    """Return a stage with the installed command and code in place of the repository's."""
    deps = [path for path in content["deps"] if not code.is_code(path)]
    params = [*content["params"], {code.FILE: [name]}]
    return {**content, "cmd": f"smrt stage {name}", "deps": deps, "params": params}


def _add_lines(path: Path, *wanted: str) -> None:
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    _write(path, "\n".join([*lines, *(line for line in wanted if line not in lines)]) + "\n")


def _write(path: Path, text: str) -> None:
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
