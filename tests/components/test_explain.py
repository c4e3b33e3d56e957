"""What a class's model learned, from the artifacts of a run."""

import json

import pytest
from component_projects import SCHEMA, Project, small_table

from components import generate, split, train, validate
from components.explain import explain
from smrt_lightning.errors import MissingFileError, NotFoundError


def run_up_to_generate(project: Project) -> None:
    for stage in (validate, split, train, generate):
        stage.run(project.workspace, project.params)


def test_a_class_is_explained_by_its_own_rows(project: Project) -> None:
    run_up_to_generate(project)
    found = explain(project.workspace, project.params, "rare", n=3)
    assert found.counts["n_rows"] == 14
    assert found.counts["n_synthetic"] == 26
    assert len(found.most) == len(found.least) == 3
    assert found.most["smrt_error"].is_monotonic_increasing
    assert found.least["smrt_error"].is_monotonic_decreasing
    assert found.most["smrt_error"].max() <= found.least["smrt_error"].min()
    labels = small_table()["target"]
    assert set(labels.iloc[[*found.most["smrt_row"], *found.least["smrt_row"]]]) == {"rare"}
    assert json.loads(json.dumps(found.to_dict()))["label"] == "rare"


def test_no_column_name_gets_in_the_way(project: Project) -> None:
    names = {"size": "self", "weight": "row", "colour": "error"}
    project.put_table(small_table().rename(columns=names))
    schema = {**SCHEMA, "columns": {names.get(k, k): v for k, v in SCHEMA["columns"].items()}}
    project.write_yaml("schema.yaml", schema)
    run_up_to_generate(project)
    found = explain(project.workspace, project.params, "rare")
    assert list(found.most.columns) == ["smrt_row", "smrt_error", "self", "row", "error"]


def test_a_class_too_small_for_a_model_says_so(project: Project) -> None:
    project.put_table(small_table({"common": 40, "rare": 14, "tiny": 5}))
    run_up_to_generate(project)
    found = explain(project.workspace, project.params, "tiny")
    assert found.latent.empty
    assert "5 rows" in found.counts["reason"]


def test_another_class_is_a_mistake(project: Project) -> None:
    with pytest.raises(MissingFileError):
        explain(project.workspace, project.params, "rare")
    run_up_to_generate(project)
    with pytest.raises(NotFoundError, match="did you mean 'rare'"):
        explain(project.workspace, project.params, "rar")
