"""Two versions side by side: paired where they can be, and no text of theirs becomes markup."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from component_projects import HOSTILE, Project

from components.page.rendering import render
from components.page.two_runs import compare_runs, page_path
from components.project.workspace import Workspace, read_json


@pytest.fixture
def copy(finished: Project, tmp_path: Path) -> Workspace:
    """A second version, in which SMRT is .1 better on every split."""
    root = tmp_path / "other"
    root.mkdir()
    shutil.copytree(finished.root / "artifacts", root / "artifacts")
    params = yaml.safe_load((finished.root / "params.yaml").read_text(encoding="utf-8"))
    params["smrt"]["acceptance"] = 1.0
    (root / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    other = Workspace(root)
    scores = pd.read_csv(other.scores, dtype={"class": "str"}, keep_default_na=False)
    scores["value"] = pd.to_numeric(scores["value"])
    rows = (scores["method"] == "smrt") & (scores["metric"] == "average_precision")
    scores.loc[rows, "value"] += 0.1
    scores.to_csv(other.scores, index=False)
    return other


def test_differences_of_the_same_splits_are_paired(finished: Project, copy: Workspace) -> None:
    found = compare_runs(finished.workspace, copy, ("one", "other"))
    json.dumps(found, allow_nan=False)
    assert found["paired"]
    assert found["params"] == [("smrt.acceptance", "3.0", "1.0")]
    first = found["metrics"][0]
    assert first["metric"] == "average_precision"
    rows = {row["method"]: row for row in first["rows"]}
    assert rows["smrt"]["difference"] == pytest.approx(0.1)
    assert (rows["smrt"]["low"], rows["smrt"]["high"]) == pytest.approx((0.1, 0.1))
    assert rows["none"]["difference"] == 0.0
    means = read_json(finished.workspace.metrics)
    assert rows["none"]["values"][0] == pytest.approx(means["none"]["average_precision"])
    counts = {entry["label"]: entry["rows"] for entry in found["classes"]}
    assert counts["tiny"] == [read_json(copy.validation)["classes"]["tiny"]] * 2


def test_other_splits_and_other_tables_are_not_paired(finished: Project, copy: Workspace) -> None:
    copy.splits.write_text(copy.splits.read_text() + " ")
    found = compare_runs(finished.workspace, copy, ("one", "other"))
    assert (found["paired"], found["same_table"]) == (False, True)
    assert {row["low"] for row in found["metrics"][0]["rows"]} == {None}
    copy.validated.write_bytes(b"another table")
    found = compare_runs(finished.workspace, copy, ("one", "other"))
    assert (found["paired"], found["same_table"]) == (False, False)


def test_a_method_and_a_metric_that_only_one_has(finished: Project, copy: Workspace) -> None:
    comparison = read_json(copy.comparison)
    comparison["methods"].remove("smote")
    copy.comparison.write_text(json.dumps(comparison))
    scores = pd.read_csv(copy.scores, dtype={"class": "str"}, keep_default_na=False)
    kept = (scores["method"] != "smote") & ~scores["metric"].str.endswith("_tuned")
    scores[kept].to_csv(copy.scores, index=False)
    found = compare_runs(finished.workspace, copy, ("one", "other"))
    metrics = {entry["metric"]: entry["rows"] for entry in found["metrics"]}
    smote = next(row for row in metrics["average_precision"] if row["method"] == "smote")
    assert smote["values"][1] is smote["difference"] is None
    assert all(row["values"][1] is None for row in metrics["f1_tuned"])
    assert np.isfinite([row["values"][0] for row in metrics["f1_tuned"]]).all()


def test_the_page_shows_hostile_names_as_text(finished: Project, copy: Workspace) -> None:
    found = compare_runs(finished.workspace, copy, ("<script>alert(1)</script>", "{{7*7}}"))
    page = render("compare.html.j2", found | {"panels": 1})
    assert "<script" not in page
    assert "{{7*7}}" in page
    assert "&lt;script&gt;alert(1)" in page
    assert HOSTILE[0] in page  # a label of the table


@pytest.mark.parametrize("name", ["../../x", "a/b", "", "n" * 300, "-.."])
def test_pages_stay_in_their_folder(tmp_path: Path, name: str) -> None:
    place = page_path(tmp_path, (name, name))
    assert place.resolve().parent == tmp_path.resolve() / ".smrt" / "compare"
    assert len(place.name) < 200
