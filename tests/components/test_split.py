"""Stage split, and how later stages read what it wrote."""

import numpy as np
import pytest
from component_projects import Project, small_table

from components import split, validate
from components.project.workspace import write_json
from components.table.rows import RELEASE, load_parts, load_table
from smrt_lightning.errors import DamagedFileError, MissingFileError, ParameterError, SplitError


@pytest.fixture
def validated(project: Project) -> Project:
    validate.run(project.workspace, project.params)
    return project


def run(project: Project) -> None:
    split.run(project.workspace, project.params)


def test_parts_are_disjoint_whole_and_repeatable(validated: Project) -> None:
    run(validated)
    place = validated.workspace
    before = place.splits.read_bytes()
    parts = load_parts(place, 54)
    assert [part.name for part in parts] == ["split-00", "split-01", RELEASE]
    for part in parts[:-1]:
        assert sorted([*part.train, *part.test]) == list(range(54))
        assert len(part.test) == pytest.approx(0.3 * 54, abs=1.5)
    assert parts[-1].train.tolist() == list(range(54))
    assert len(parts[-1].test) == 0
    run(validated)
    assert place.splits.read_bytes() == before


def test_more_repeats_keep_the_earlier_splits(validated: Project) -> None:
    run(validated)
    first = load_parts(validated.workspace, 54)[0]
    validated.set_params("split", repeats=4)
    run(validated)
    again = load_parts(validated.workspace, 54)
    assert len(again) == 5
    assert np.array_equal(again[0].train, first.train)


def test_groups_never_straddle_and_are_no_features(project: Project) -> None:
    table = small_table()
    table.insert(0, "customer", [str(i % 9) for i in range(len(table))])
    project.put_table(table)
    project.set_schema("customer", dtype="int64", nullable=False)
    project.set_params("split", group="customer")
    validate.run(project.workspace, project.params)
    run(project)
    loaded = load_table(project.workspace, project.params)
    assert "customer" not in loaded.X.columns
    assert loaded.groups is not None
    for part in load_parts(project.workspace, len(table))[:-1]:
        assert not set(loaded.groups.iloc[part.train]) & set(loaded.groups.iloc[part.test])


@pytest.mark.parametrize(("key", "name"), [("group", "sise"), ("time", "target")])
def test_an_unknown_group_or_time_is_named(validated: Project, key: str, name: str) -> None:
    validated.set_params("split", **{key: name})
    with pytest.raises(ParameterError, match=rf"split\.{key} is '{name}', which is no column"):
        run(validated)


def test_a_class_that_cannot_be_learned_from(project: Project) -> None:
    table = small_table()
    rare = table["target"] == "rare"  # seen in the last days only, which are always tested
    table["day"] = rare.map({True: "2024-12-31", False: "2024-01-01"})
    project.put_table(table)
    project.set_schema("day", dtype="datetime64[ns]", nullable=False)
    project.set_params("split", time="day")
    validate.run(project.workspace, project.params)
    with pytest.raises(SplitError, match="no row of class"):
        run(project)
    assert not project.workspace.splits.exists()


def test_without_the_stage_before(project: Project) -> None:
    with pytest.raises(MissingFileError, match=r"validated\.parquet is missing.*dvc repro"):
        run(project)


def test_positions_beyond_the_table(validated: Project) -> None:
    entry = {"name": "split-00", "train": [0, 99], "test": [1]}
    write_json(validated.workspace.splits, {"splits": [entry]})
    with pytest.raises(DamagedFileError, match="beyond the 54"):
        load_parts(validated.workspace, 54)
