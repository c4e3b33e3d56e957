"""Stage 3, train: one variational autoencoder for each split and minority class.

Reads validated.parquet and splits.json; writes models/<split>/<class directory>/ and
models/index.json, which names them all, and the classes that are too small for a model.

Every fit depends on the rows of its own class and on what holds in the whole training part
(:mod:`smrt_lightning.table.rules`), and leaves its model in a store addressed by content
(:mod:`components.project.model_store`), so fits run in any order, anywhere, more than once without
harm.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.project import model_store
from components.project.console import Progress, record_timing, run_stage
from components.project.errors import StalePlanError, shorten
from components.project.params import Params, load_params
from components.project.workspace import INDEX, Workspace, replacing_directory, write_json
from components.table.classes import class_positions, estimator, foreign_name, wanted_rows
from components.table.rows import Part, Table, constraints, load_parts, load_table
from smrt_lightning.errors import MissingFileError

if TYPE_CHECKING:
    import pandas as pd

    from smrt_lightning.table.rules import TableRules

_STACK = 16
_ROWS_ALIKE = 32  # batches are filled up to a multiple of it


@dataclass(frozen=True)
class FitJob:
    """One fit, in values small enough to send anywhere.

    Attributes
    ----------
    split, label : str
        Which class of which training part.
    class_dir : str
        The label as a directory name.
    n_rows : int
        Rows of the class in the training part.
    rows_sha256 : str
        Digest of these rows.
    rules_sha256 : str
        Digest of what the model takes from the rest of the training part: which of the class's
        numbers are point masses, gaps and steps.
    fingerprint : str or None
        Name of the model in the store; None when the class is too small for a model.
    reason : str or None
        Why there is no model, if there is none.
    """

    split: str
    label: str
    class_dir: str
    n_rows: int
    rows_sha256: str
    rules_sha256: str
    fingerprint: str | None
    reason: str | None


@dataclass(frozen=True)
class FitOutcome:
    """The outcome of a job.

    Attributes
    ----------
    split, label : str
        As in the job.
    n_rows : int
        Rows learned from.
    reused : bool
        Whether the store had the model already.
    seconds : float
        Wall time of the fit, when it was made.
    reason : str or None
        Why there is no model, if there is none.
    """

    split: str
    label: str
    n_rows: int
    reused: bool
    seconds: float
    reason: str | None

    def __str__(self) -> str:
        """Return one line for a log."""
        what = f"{self.split} class {shorten(self.label)}"
        if self.reason is not None:
            return f"{what}: no model, {self.reason}"
        how = "reused" if self.reused else f"fitted in {self.seconds:.1f} s"
        return f"{what}: {how} ({self.n_rows} rows)"


def plan(workspace: Workspace, params: Params) -> list[FitJob]:
    """List the fits that the splits ask for, in a fixed order.

    Raises
    ------
    ParameterError
        If ``smrt.sampling_strategy`` does not fit the labels, or ``smrt.estimator`` names nothing
        that can be used.
    """
    estimator(params)  # a mistake in its name is met before anything is fitted
    table = load_table(workspace, params)
    jobs = []
    for part in load_parts(workspace, len(table.y)):
        rules = rules_of(workspace, table, part, params)
        wanted = sorted(wanted_rows(table.y.iloc[part.train], params))
        jobs += [_job(table, part, label, params, rules) for label in wanted]
    return jobs


def in_stacks(jobs: Sequence[FitJob], params: Params) -> list[list[FitJob]]:
    """Put together the jobs whose models are likely to be of one shape, a few in each list.

    A run that is killed loses the lists under way, and no more.
    """
    alike: dict[int, list[FitJob]] = {}
    for job in jobs:
        rows = min(job.n_rows, params.vae.batch_size)
        alike.setdefault(-(-rows // _ROWS_ALIKE), []).append(job)
    return [
        group[start : start + _STACK]
        for _, group in sorted(alike.items())
        for start in range(0, len(group), _STACK)
    ]


def fit(workspace_root: Path, jobs: Sequence[FitJob]) -> list[FitOutcome]:
    """Fit models into the store, those of one shape as a stack, unless the store has them.

    Raises
    ------
    StalePlanError
        If the table, the splits or the parameters are no longer those of the plan.
    """
    workspace = Workspace(Path(workspace_root))
    outcomes: dict[FitJob, FitOutcome] = {}
    for job in jobs:
        if job.fingerprint is None:
            outcomes[job] = _outcome(job, reused=False)
        elif model_store.holds(workspace, job.fingerprint):
            seconds = model_store.seconds(workspace, job.fingerprint)
            outcomes[job] = _outcome(job, reused=True, seconds=seconds)
    missing = [job for job in jobs if job not in outcomes]
    for job, seconds in _fit(workspace, missing) if missing else ():
        outcomes[job] = _outcome(job, reused=False, seconds=seconds)
    return [outcomes[job] for job in jobs]


def _fit(workspace: Workspace, jobs: Sequence[FitJob]) -> Iterator[tuple[FitJob, float]]:
    from smrt_lightning.model.generator import ClassRows, fit_class_models

    params = load_params(workspace.root)
    table = load_table(workspace, params)
    parts = {part.name: part for part in load_parts(workspace, len(table.y))}
    rules = {
        name: rules_of(workspace, table, parts[name], params)
        for name in {job.split for job in jobs} & set(parts)
    }
    for job in jobs:
        if job.split not in rules or (
            _job(table, parts[job.split], job.label, params, rules[job.split]) != job
        ):
            raise StalePlanError(
                f"the table, the splits or params.yaml changed while {job.split} class "
                f"{shorten(job.label)} waited to be trained: run again. If they did not, this "
                "worker has other code, libraries or kernels than the run that planned it: start "
                "it from the same installation, under the variables that `python -m "
                "smrt_lightning.kernels` prints"
            )
    classes = [
        ClassRows(job.label, _rows(table, parts[job.split], job.label), rules[job.split])
        for job in jobs
    ]
    started = time.perf_counter()
    for models in fit_class_models(classes, estimator(params), params.seed):
        seconds = round((time.perf_counter() - started) / len(models), 3)
        for position, model in models.items():
            model_store.keep(workspace, _lineage(jobs[position], params), model, seconds)
            yield jobs[position], seconds
        started = time.perf_counter()


def _outcome(job: FitJob, *, reused: bool, seconds: float = 0.0) -> FitOutcome:
    return FitOutcome(job.split, job.label, job.n_rows, reused, seconds, job.reason)


def assemble(workspace: Workspace, jobs: list[FitJob]) -> None:
    """Build artifacts/models from the store, then drop from the store what no job names.

    Raises
    ------
    MissingFileError
        If a job has not been fitted.
    """
    timings = {}
    with replacing_directory(workspace.models) as temporary:
        for job in jobs:
            if job.fingerprint is None:
                continue
            source = model_store.model_directory(workspace, job.fingerprint)
            if not source.is_dir():
                raise MissingFileError(
                    f"the model of {job.split} class {shorten(job.label)} is not in the store: "
                    "run the train stage again"
                )
            target = temporary / job.split / job.class_dir
            shutil.copytree(source, target, copy_function=shutil.copyfile)
            timings[f"{job.split}/{job.label}"] = model_store.seconds(workspace, job.fingerprint)
        write_json(temporary / INDEX, {"models": [asdict(job) for job in jobs]})
    model_store.prune(workspace, [job.fingerprint for job in jobs if job.fingerprint is not None])
    record_timing(workspace, "train", seconds=round(sum(timings.values()), 3), fits=timings)


def run(workspace: Workspace, params: Params, progress: Progress | None = None) -> None:
    """Fit every model, stack after stack."""
    jobs = plan(workspace, params)
    done = 0
    for stack in in_stacks(jobs, params):
        for outcome in fit(workspace.root, stack):
            done += 1
            if progress is not None:
                progress(done, len(jobs), str(outcome))
    assemble(workspace, jobs)


def rules_of(workspace: Workspace, table: Table, part: Part, params: Params) -> TableRules:
    """Learn what holds in a training part, as SMRT does; schema.yaml says between which columns."""
    from smrt_lightning.table.rules import TableRules

    rows = table.X.iloc[part.train].reset_index(drop=True)
    return TableRules.learn(rows, params.vae.column_kinds, constraints(workspace, table))


def _rows(table: Table, part: Part, label: str) -> pd.DataFrame:
    own = class_positions(table.y, part.train, label)
    return table.X.iloc[own].reset_index(drop=True)


def _job(table: Table, part: Part, label: str, params: Params, rules: TableRules) -> FitJob:
    from smrt_lightning.model.storage import class_directory

    rows = _rows(table, part, label)
    reason = None
    if len(rows) < params.smrt.min_rows:
        reason = f"{len(rows)} rows are fewer than smrt.min_rows = {params.smrt.min_rows}"
    elif name := foreign_name(params):
        reason = f"{name} cannot be stored: the generate stage fits it"
    job = FitJob(
        split=part.name,
        label=label,
        class_dir=class_directory(label),
        n_rows=len(rows),
        rows_sha256=model_store.rows_digest(rows),
        rules_sha256=rules.digest(rows),
        fingerprint=None,
        reason=reason,
    )
    if reason is not None:
        return job
    return FitJob(**{**asdict(job), "fingerprint": model_store.fingerprint(_lineage(job, params))})


def _lineage(job: FitJob, params: Params) -> Any:
    vae = params.vae.model_dump()
    sha256 = {"rows_sha256": job.rows_sha256, "rules_sha256": job.rules_sha256}
    return model_store.lineage(job.label, job.n_rows, sha256, vae, params.seed)


def main() -> int:
    """Run the stage in the current directory."""
    return run_stage("train", run)


if __name__ == "__main__":
    sys.exit(main())
