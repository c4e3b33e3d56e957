"""Stage train: the same models as SMRT alone, each fitted once, whatever happens in between."""

import json
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from component_projects import Project, small_table

from components import split, train, validate
from components.project import model_store
from components.project.errors import StalePlanError
from components.project.workspace import read_json
from components.table.classes import estimator
from components.table.rows import load_parts, load_table
from smrt_lightning.errors import MissingFileError, ParameterError


@pytest.fixture
def ready(project: Project) -> Project:
    project.put_table(small_table({"common": 30, "rare": 16, "../x": 14, "tiny": 4}))
    validate.run(project.workspace, project.params)
    split.run(project.workspace, project.params)
    return project


def run(project: Project) -> list[str]:
    said: list[str] = []
    train.run(project.workspace, project.params, lambda done, total, what: said.append(what))
    return said


def fitted(said: list[str]) -> list[str]:
    return [line for line in said if "fitted in" in line]


def models(project: Project) -> dict[str, bytes]:
    return project.bytes_of(project.workspace.models)


def test_the_plan_names_every_split_and_minority_class(ready: Project) -> None:
    jobs = train.plan(ready.workspace, ready.params)
    assert [(job.split, job.label) for job in jobs] == [
        (name, label)
        for name in ("split-00", "split-01", "release")
        for label in ("../x", "rare", "tiny")
    ]
    assert len({job.fingerprint for job in jobs if job.fingerprint}) == 6
    assert all("/" not in job.class_dir and "." not in job.class_dir for job in jobs)
    small = [job for job in jobs if job.label == "tiny"]
    assert all(job.fingerprint is None for job in small)
    assert small[-1].reason == "4 rows are fewer than smrt.min_rows = 8"


def test_models_are_those_of_smrt_alone(ready: Project) -> None:
    from smrt_lightning.sampling.sampler import SMRT

    run(ready)
    params = ready.params
    table = load_table(ready.workspace, params)
    part = load_parts(ready.workspace, len(table.y))[0]
    given = params.smrt.model_dump(exclude={"estimator"})
    alone = SMRT(**given, random_state=params.seed, estimator=estimator(params))
    y = table.y.iloc[part.train].to_numpy(dtype=object)
    alone.fit_resample(table.X.iloc[part.train].reset_index(drop=True), y)
    for job in train.plan(ready.workspace, params)[:2]:
        own = ready.root / "alone" / job.class_dir
        alone.models_[job.label].save(own)
        for file in own.iterdir():
            there = ready.workspace.models / part.name / job.class_dir / file.name
            assert there.read_bytes() == file.read_bytes()


def test_a_second_run_fits_nothing_and_leaves_the_same_bytes(ready: Project) -> None:
    assert len(fitted(run(ready))) == 6
    before = models(ready)
    said = run(ready)
    assert fitted(said) == []
    assert sum("reused" in line for line in said) == 6
    assert models(ready) == before


def test_order_and_threads_change_no_byte(ready: Project) -> None:
    run(ready)
    before = models(ready)
    shutil.rmtree(ready.workspace.store)
    jobs = train.plan(ready.workspace, ready.params)
    threads = [
        threading.Thread(target=train.fit, args=(ready.root, [job])) for job in reversed(jobs)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    train.assemble(ready.workspace, jobs)
    assert models(ready) == before


def test_an_interrupted_run_goes_on_where_it_was(ready: Project) -> None:
    jobs = train.plan(ready.workspace, ready.params)
    for job in jobs[:3]:
        train.fit(ready.root, [job])
    half = ready.workspace.store / f".{'0' * 64}.abcd.tmp"  # a fit killed while it was saved
    (half / "model").mkdir(parents=True)
    assert not ready.workspace.models.exists()
    assert len(fitted(run(ready))) == 4
    assert not half.exists()


def test_only_classes_whose_rows_changed_are_fitted_again(ready: Project) -> None:
    run(ready)
    table = small_table({"common": 30, "rare": 16, "../x": 14, "tiny": 4})
    row = table.index[table["target"] == "rare"][0]
    table.loc[row, "size"] = "49"
    ready.put_table(table)
    validate.run(ready.workspace, ready.params)  # the splits stay as they are
    said = fitted(run(ready))
    assert said
    assert all("'rare'" in line for line in said)


def test_parameters_of_the_vae_and_the_seed_name_the_fit(ready: Project) -> None:
    first = {job.fingerprint for job in train.plan(ready.workspace, ready.params)}
    ready.set_params("evaluate", methods=["none"])
    ready.set_params("smrt", acceptance=2.0)
    assert {job.fingerprint for job in train.plan(ready.workspace, ready.params)} == first
    ready.set_params("vae", max_steps=31)
    second = {job.fingerprint for job in train.plan(ready.workspace, ready.params)}
    assert first & second == {None}


@pytest.mark.parametrize("damage", ["weights.safetensors", "model.json", "lineage.json"])
def test_a_damaged_model_in_the_store_is_fitted_again(ready: Project, damage: str) -> None:
    run(ready)
    before = models(ready)
    entry = next(path for path in ready.workspace.store.iterdir())
    file = entry / "model" / damage
    file.write_bytes(file.read_bytes()[:-9] + b"}")
    assert len(fitted(run(ready))) == 1
    assert models(ready) == before


def test_a_plan_does_not_outlive_its_table(ready: Project) -> None:
    jobs = train.plan(ready.workspace, ready.params)
    stale = replace(jobs[0], rows_sha256="0" * 64, fingerprint="1" * 64)
    with pytest.raises(StalePlanError, match=r"changed while split-00 class '\.\./x' waited"):
        train.fit(ready.root, [stale])
    with pytest.raises(MissingFileError, match="is not in the store"):
        train.assemble(ready.workspace, jobs)
    assert not ready.workspace.models.exists()


def test_the_store_keeps_only_what_is_in_use(ready: Project) -> None:
    run(ready)
    ready.set_params("vae", max_steps=31)
    run(ready)
    jobs = train.plan(ready.workspace, ready.params)
    names = {path.name for path in ready.workspace.store.iterdir()}
    assert names == {job.fingerprint for job in jobs if job.fingerprint}


def test_a_model_says_what_made_it_and_no_clock(ready: Project) -> None:
    run(ready)
    job = train.plan(ready.workspace, ready.params)[-2]
    place = ready.workspace.models / job.split / job.class_dir
    origin = read_json(place / "lineage.json")
    assert origin["label"] == "rare"
    assert origin["rows"] == 16
    assert origin["rows_sha256"] == job.rows_sha256
    assert origin["parameters"]["max_steps"] == 30
    assert model_store.fingerprint(origin) == job.fingerprint
    written = b"".join(models(ready).values())
    assert b"seconds" not in written
    assert str(ready.root).encode() not in written


def test_rows_digest_sees_names_types_values_and_order() -> None:
    import pandas as pd

    frame = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
    others = [
        frame.rename(columns={"a": "c"}),
        frame.astype({"a": "int32"}),
        frame.replace({"a": {2: 3}}),
        frame[["b", "a"]],
        frame.iloc[::-1],
        frame.fillna("None"),
    ]
    digests = {model_store.rows_digest(table) for table in [frame, *others]}
    assert len(digests) == 7
    assert model_store.rows_digest(frame.set_axis([8, 9])) == model_store.rows_digest(frame)


@pytest.mark.parametrize("strategy", [{"nobody": 50}, {"rare": 1}, 0.5, "some"])
def test_a_strategy_that_does_not_fit_the_labels(ready: Project, strategy: object) -> None:
    ready.set_params("smrt", sampling_strategy=strategy)
    with pytest.raises(ParameterError, match=r"smrt\.sampling_strategy does not fit the table"):
        train.plan(ready.workspace, ready.params)


def test_timings_are_kept_apart(ready: Project) -> None:
    run(ready)
    timings = json.loads(ready.workspace.timings.read_text())
    assert set(timings) == {"validate", "split", "train"}
    assert len(timings["train"]["fits"]) == 6


def test_jobs_are_small_and_plain(ready: Project) -> None:
    import pickle

    job = train.plan(ready.workspace, ready.params)[0]
    assert len(pickle.dumps(job)) < 1000
    assert {type(value) for value in vars(job).values()} <= {str, int, type(None)}
    assert not isinstance(job.n_rows, np.integer)
    assert Path(job.class_dir).name == job.class_dir
