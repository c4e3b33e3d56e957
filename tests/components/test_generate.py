"""Stage generate: real rows first and unchanged, synthetic rows valid and traceable."""

import json

import pandas as pd
import pandas.testing as pdt
import pytest
from component_projects import HOSTILE, Project, small_table

from components import generate, split, train, validate
from components.generate import PROVENANCE
from components.project.errors import StalePlanError, SyntheticRowsError
from components.project.workspace import read_json, read_parquet
from components.table.rows import RELEASE, load_parts, load_table
from components.table.schema import breaches, load_schema


@pytest.fixture
def trained(project: Project) -> Project:
    for stage in (validate, split, train):
        stage.run(project.workspace, project.params)
    return project


def test_real_rows_come_first_and_unchanged(finished: Project) -> None:
    real = read_parquet(finished.workspace.validated)
    balanced = read_parquet(finished.workspace.balanced)
    assert list(balanced.columns) == [*real.columns, *PROVENANCE]
    pdt.assert_frame_equal(balanced.iloc[: len(real)][list(real.columns)], real)
    assert balanced["smrt_synthetic"].tolist() == [False] * len(real) + [True] * (
        len(balanced) - len(real)
    )
    assert balanced.loc[: len(real) - 1, ["smrt_model", "smrt_anchor"]].isna().all(axis=None)


def test_classes_are_balanced_exactly(finished: Project) -> None:
    counts = read_parquet(finished.workspace.balanced)["target"].value_counts()
    assert set(counts.index) == {"common", "tiny", *HOSTILE}
    assert counts.nunique() == 1


def test_synthetic_rows_pass_the_schema_of_the_real_ones(finished: Project) -> None:
    table = read_parquet(finished.workspace.balanced)
    synthetic = table[table["smrt_synthetic"]].drop(columns=list(PROVENANCE))
    assert not breaches(synthetic.reset_index(drop=True), load_schema(finished.workspace.schema))


def test_every_synthetic_row_names_its_model_and_anchor(finished: Project) -> None:
    place = finished.workspace
    fingerprints = {
        entry["label"]: entry["fingerprint"]
        for entry in read_json(place.models / "index.json")["models"]
        if entry["split"] == RELEASE
    }
    table = read_parquet(place.balanced)
    synthetic = table[table["smrt_synthetic"]]
    for label, model in synthetic.groupby("target")["smrt_model"]:
        assert set(model.dropna()) == ({fingerprints[label]} - {None})
    anchored = synthetic[synthetic["smrt_anchor"].notna()]
    assert len(anchored)
    anchors = table.loc[anchored["smrt_anchor"].to_numpy(dtype=int), "target"]
    assert anchors.tolist() == anchored["target"].tolist()


def test_files_are_named_safely_and_listed(finished: Project) -> None:
    place = finished.workspace
    index = read_json(place.synthetic / "index.json")["classes"]
    files = {path.relative_to(place.synthetic).as_posix() for path in place.synthetic.rglob("*")}
    listed = {
        f"{name}/{entry['class_dir']}.parquet" for name, found in index.items() for entry in found
    }
    assert files == {"index.json", *index, *listed}
    tiny = next(entry for entry in index[RELEASE] if entry["label"] == "tiny")
    assert tiny["method"] == "smote"
    assert "fewer than min_rows" in tiny["reason"]
    assert "seconds" not in json.dumps(index)
    outside = [path for path in finished.root.parent.iterdir() if path != finished.root]
    assert outside == []


def test_rows_are_those_of_smrt_alone(finished: Project) -> None:
    from components.table.classes import estimator
    from smrt_lightning.sampling.sampler import SMRT

    params = finished.params
    table = load_table(finished.workspace, params)
    part = load_parts(finished.workspace, len(table.y))[0]
    given = params.smrt.model_dump(exclude={"estimator"})
    alone = SMRT(**given, random_state=params.seed, estimator=estimator(params))
    X = table.X.iloc[part.train].reset_index(drop=True)
    X_out, y_out = alone.fit_resample(X, table.y.iloc[part.train].to_numpy(dtype=object))
    folder = finished.workspace.synthetic / part.name
    entries = read_json(folder.parent / "index.json")["classes"][part.name]
    rows = pd.concat(
        [read_parquet(folder / f"{entry['class_dir']}.parquet") for entry in entries],
        ignore_index=True,
    )
    assert rows["target"].tolist() == y_out[len(X) :].tolist()
    pdt.assert_frame_equal(rows[list(X.columns)], X_out.iloc[len(X) :].reset_index(drop=True))


def test_nothing_of_a_test_part_is_an_anchor(finished: Project) -> None:
    place = finished.workspace
    table = load_table(place, finished.params)
    for part in load_parts(place, len(table.y))[:-1]:
        for file in (place.synthetic / part.name).iterdir():
            anchors = read_parquet(file)["smrt_anchor"].dropna()
            assert set(anchors) <= set(part.train)


def test_the_same_bytes_twice(trained: Project) -> None:
    place = trained.workspace
    found = []
    for _ in range(2):
        generate.run(place, trained.params)
        found.append(trained.bytes_of(place.synthetic, place.balanced))
    assert found[0] == found[1]


def test_group_and_time_of_synthetic_rows_are_left_empty(project: Project) -> None:
    table = small_table()
    table.insert(0, "customer", [str(i) for i in range(len(table))])
    table.insert(2, "day", [f"2024-01-{1 + i % 28:02d}" for i in range(len(table))])
    project.put_table(table)
    project.set_schema("customer", dtype="int64", nullable=False)
    project.set_schema("day", dtype="datetime64[ns]", nullable=False)
    project.set_params("split", group="customer", time="day")
    project.set_params("smrt", sampling_strategy="auto")
    for stage in (validate, split, train, generate):
        stage.run(project.workspace, project.params)
    balanced = read_parquet(project.workspace.balanced)
    synthetic = balanced["smrt_synthetic"]
    assert list(balanced.columns[:3]) == ["customer", "size", "day"]
    assert balanced.loc[synthetic, ["customer", "day"]].isna().all(axis=None)
    real = balanced.loc[~synthetic, "customer"]
    assert real.astype("int64").tolist() == list(range(54))


def test_rows_that_break_the_schema_are_refused(trained: Project) -> None:
    place = trained.workspace
    generate.run(place, trained.params)
    before = trained.bytes_of(place.synthetic, place.balanced)
    allowed = sorted(set(read_parquet(place.validated)["weight"].dropna()))
    trained.set_schema("weight", checks={"isin": allowed[:-1]})
    with pytest.raises(SyntheticRowsError, match=r"split-00 class 'rare' break schema\.yaml: wei"):
        generate.run(place, trained.params)
    assert trained.bytes_of(place.synthetic, place.balanced) == before


def test_models_for_other_classes_are_refused(trained: Project) -> None:
    trained.set_params("smrt", sampling_strategy={"rare": 30, "common": 60})
    with pytest.raises(StalePlanError, match="run the train stage"):
        generate.run(trained.workspace, trained.params)
