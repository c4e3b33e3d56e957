"""Stage evaluate: files around the library's comparison, and nothing else."""

import json
import math
from typing import Any

import numpy as np
import pandas as pd
import pandas.testing as pdt
import pytest
from component_projects import Project

from components import evaluate
from components.project.errors import FidelityGateError
from components.project.workspace import read_json
from components.table.rows import RELEASE, load_parts, load_table
from smrt_lightning.errors import SmrtError


def test_the_files_hold_what_the_library_answers(finished: Project) -> None:
    from smrt_lightning.evaluation.compare import compare
    from smrt_lightning.evaluation.splits import Split

    place, params = finished.workspace, finished.params
    table = load_table(place, params)
    parts = [part for part in load_parts(place, len(table.y)) if part.name != RELEASE]
    ours = compare(
        table.X,
        table.y,
        **params.evaluate.model_dump(exclude={"gate"}),
        splits=[Split(part.name, part.train, part.test) for part in parts],
        random_state=params.seed,
        synthetic={
            part.name: evaluate.synthetic_rows(place, table, part, params) for part in parts
        },
    )
    scores = pd.read_csv(place.scores, dtype={"class": str}, keep_default_na=False)
    scores["value"] = pd.to_numeric(scores["value"])
    assert list(scores.columns) == list(ours.scores.columns)
    pdt.assert_series_equal(scores["value"], ours.scores["value"], check_exact=True)
    assert scores["class"].tolist() == ours.scores["class"].tolist()
    assert read_json(place.decision) == evaluate.plain(ours.decision)
    assert read_json(place.comparison)["metrics"] == evaluate.plain(ours.metrics)


def test_metrics_hold_the_mean_of_each_method(finished: Project) -> None:
    metrics = read_json(finished.workspace.metrics)
    assert set(metrics) == {"none", "smote", "smrt"}
    average_precision = metrics["smrt"]["average_precision"]
    assert 0 <= average_precision <= 1
    scores = pd.read_csv(finished.workspace.scores)
    own = scores.query("method == 'smrt' and metric == 'average_precision' and scope == 'macro'")
    by_split = own.groupby("split")["value"].mean()
    assert average_precision == pytest.approx(by_split.mean())


def test_no_file_holds_a_time_or_a_place(finished: Project) -> None:
    place = finished.workspace
    for path in (place.scores, place.metrics, place.decision, place.comparison):
        text = path.read_text()
        assert "seconds" not in text
        assert str(finished.root) not in text
    timings = json.loads(place.timings.read_text())
    assert timings["evaluate"]["methods"]["smrt"]["seconds"] > 0


def test_the_same_bytes_twice(finished: Project) -> None:
    place = finished.workspace
    files = (place.scores, place.metrics, place.decision, place.comparison)
    before = finished.bytes_of(*files)
    seen: list[tuple[int, int]] = []
    evaluate.run(place, finished.params, lambda done, total, what: seen.append((done, total)))
    assert finished.bytes_of(*files) == before
    assert seen[-1][0] == seen[-1][1] == len(seen)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("methods", ["none", "smoote"]),
        ("classifiers", ["forest"]),
        ("primary_metric", "accuracyy"),
        ("methods", [{"sampler": "os.system"}]),
    ],
)
def test_unknown_names_are_errors_and_write_nothing(
    finished: Project, tmp_path: object, key: str, value: object
) -> None:
    place = finished.workspace
    before = finished.bytes_of(place.scores, place.decision)
    params = finished.params
    changed = params.model_copy(
        update={"evaluate": params.evaluate.model_copy(update={key: value})}
    )
    evaluate.check_names(params)
    for use in (evaluate.check_names, lambda wrong: evaluate.run(place, wrong)):
        with pytest.raises(SmrtError):
            use(changed)
    assert finished.bytes_of(place.scores, place.decision) == before


def test_plain_values_are_json() -> None:
    value = {
        1: np.float64("nan"),
        "a": np.arange(2),
        "b": (math.inf, np.int64(3), None, "x", True),
        "c": pd.DataFrame({"n": [1.5, math.nan]}),
    }
    expected = {"1": None, "a": [0, 1], "b": [None, 3, None, "x", True]}
    found = evaluate.plain(value)
    assert {key: found[key] for key in expected} == expected
    assert found["c"] == [{"n": 1.5}, {"n": None}]
    json.dumps(found, allow_nan=False)


def gated(project: Project, gate: str, **limits: float) -> Any:
    params = project.params
    changes = {"gate": gate, "limits": limits}
    return params.model_copy(update={"evaluate": params.evaluate.model_copy(update=changes)})


def test_a_strict_gate_ends_the_run_and_leaves_what_was(finished: Project) -> None:
    place = finished.workspace
    files = (place.scores, place.metrics, place.decision, place.comparison)
    before = finished.bytes_of(*files)
    with pytest.raises(
        FidelityGateError, match=r"fail the gate \(class .*columns_differ"
    ) as caught:
        evaluate.run(place, gated(finished, "strict", max_column_distance=-1.0))
    assert "\n" not in str(caught.value)
    assert finished.bytes_of(*files) == before
    failed = json.loads(place.gate.read_text())
    assert failed
    assert all("columns_differ" in report["failed"] for report in failed.values())


def test_a_gate_that_nothing_fails_is_no_hindrance(finished: Project) -> None:
    wide: dict[str, float] = {
        "max_copies": 1.0,
        "min_closeness": 0.0,
        "max_column_distance": 1.0,
        "max_detectability": 1.0,
        "max_foreign": 1.0,
        "min_variance": 0.0,
        "max_variance": 1e9,
        "min_coverage": 0.0,
    }
    place = finished.workspace
    kept = finished.bytes_of(place.scores, place.metrics, place.decision, place.comparison)
    try:
        evaluate.run(place, gated(finished, "strict", **wide))
        assert not place.gate.exists()
    finally:
        for name, content in kept.items():
            (finished.root / name).write_bytes(content)


def test_a_gate_that_warns_lets_the_run_go_on(finished: Project) -> None:
    reports = {"a": {"passed": False, "failed": ["columns_differ"]}}
    evaluate.apply_gate(finished.workspace, reports, "warn")
    assert not finished.workspace.gate.exists()
    with pytest.raises(FidelityGateError, match="1 of 1 classes"):
        evaluate.apply_gate(finished.workspace, reports, "strict")
    evaluate.apply_gate(finished.workspace, {}, "strict")
    assert not finished.workspace.gate.exists()
