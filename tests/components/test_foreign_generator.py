"""A generator of one's own, named in params.yaml, in the autoencoder's place in all stages."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from component_projects import Project

from components import split as split_stage
from components import train, validate
from components.drift import check
from components.explain import explain
from components.pipeline import STAGES, run_stage
from components.project.workspace import read_index, read_parquet
from smrt_lightning.errors import ParameterError

SOURCE = '''
import numpy as np
import pandas as pd


class Jitter:
    """Shifts the numbers of a row by a share of the class's spread."""

    def __init__(self, share=0.1):
        self.share = share

    def fit(self, X):
        self.rows = X.reset_index(drop=True)
        return self

    def draw(self, anchors, seed):
        found = self.rows.iloc[anchors].reset_index(drop=True)
        noise = np.random.default_rng(seed).normal(size=len(found))
        spread = self.rows["weight"].std() * self.share
        return found.assign(weight=found["weight"] + noise * spread)
'''


@pytest.fixture
def jitter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    (tmp_path / "my_generators.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("SMRT_TRUSTED_PACKAGES", "something_else, my_generators")
    yield "my_generators.Jitter"
    sys.modules.pop("my_generators", None)


def test_a_generator_of_ones_own_draws_the_rows(project: Project, jitter: str) -> None:
    project.set_params("smrt", estimator={"estimator": jitter, "params": {"share": 0.2}})
    with pytest.raises(ParameterError, match=r"smrt\.draw must be auto"):
        _ = project.params
    project.set_params("smrt", draw="auto")
    for stage in STAGES:
        run_stage(stage, project.workspace, project.params)
    models = read_index(project.workspace.models, "models")
    assert {entry["fingerprint"] for entry in models} == {None}
    assert models[0]["reason"] == f"{jitter} cannot be stored: the generate stage fits it"
    table = read_parquet(project.workspace.balanced)
    drawn = table[table["smrt_synthetic"]]
    origin = table.iloc[drawn["smrt_anchor"].astype(int)]
    assert len(drawn) == 26
    assert drawn["size"].tolist() == origin["size"].tolist()
    assert (drawn["weight"].dropna().to_numpy() != origin["weight"].dropna().to_numpy()).any()
    before = project.bytes_of(project.workspace.balanced)
    run_stage("generate", project.workspace, project.params)
    assert project.bytes_of(project.workspace.balanced) == before
    assert jitter in project.workspace.report.read_text(encoding="utf-8")
    said = explain(project.workspace, project.params, "rare")
    assert "cannot be stored" in said.counts["reason"]
    assert said.most.empty
    place = project.workspace
    findings = check.check(place, project.params, project.table, place, "this one")
    assert [note for note in findings["notes"] if "cannot be stored" in note]


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("subprocess.Popen", r"smrt\.estimator: 'subprocess\.Popen' is not allowed"),
        ("sklearn.mixture.GaussianMixture", "has no method 'draw'"),
        ({"estimator": "my_generators.Jitter", "params": {"shade": 1}}, "Did you mean 'share'"),
        ({"estimator": "my_generators.Jitter", "share": 1}, r"it has 'estimator', 'share'"),
    ],
)
@pytest.mark.usefixtures("jitter")
def test_mistakes_in_its_name_are_met_before_anything_is_fitted(
    project: Project, spec: object, words: str
) -> None:
    project.set_params("smrt", estimator=spec, draw="auto")
    for stage in (validate, split_stage):
        stage.run(project.workspace, project.params)
    with pytest.raises(ParameterError, match=words):
        train.plan(project.workspace, project.params)


def test_a_stranger_cannot_trust_a_package_for_the_user(
    project: Project, jitter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SMRT_TRUSTED_PACKAGES")
    project.set_params("smrt", estimator=jitter, draw="auto")
    for stage in (validate, split_stage):
        stage.run(project.workspace, project.params)
    with pytest.raises(ParameterError, match="names others, whose code you trust"):
        train.plan(project.workspace, project.params)
    assert "my_generators" not in sys.modules
