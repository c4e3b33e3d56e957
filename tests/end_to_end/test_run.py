"""`smrt run` and `dvc repro`, for real: the same bytes, and nothing done twice."""

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from projects import Project, stages_in

from flows.server.prefect_server import PrefectServer, prefect_settings

STAGES = ["validate", "split", "train", "generate", "evaluate", "report"]


def test_first_run_shows_the_result(by_flow: tuple[Project, str]) -> None:
    project, output = by_flow
    assert stages_in(output) == STAGES
    table = [line.split() for line in output.splitlines()]
    methods = {line[0] for line in table if line and line[0] in {"none", "smote", "smrt"}}
    assert methods == {"none", "smote", "smrt"}
    metrics = json.loads((project.root / "artifacts" / "metrics.json").read_text())
    for method in ("smote", "smrt"):
        row = next(line for line in table if line and line[0] == method)
        assert f"{metrics[method]['average_precision']:.3f}" in row
        assert f"{metrics[method]['f1']:.3f}" in row
    decision = json.loads((project.root / "artifacts" / "decision.json").read_text())
    assert " ".join(decision["sentence"].split()) in " ".join(output.split())
    assert "artifacts/report.html" in output
    assert (project.root / "artifacts" / "report.html").is_file()
    assert "\x1b" not in output


def test_dvc_finds_nothing_to_do_afterwards(done: Project) -> None:
    before = done.lock()
    assert json.loads(done.dvc("status", "--json")) == {}
    assert "Running stage" not in done.dvc("repro")
    assert done.lock() == before


def test_what_the_cache_holds_is_not_made_again(done: Project) -> None:
    artifacts = done.digests()
    shutil.rmtree(done.root / "artifacts")
    assert "Nothing changed" in done.smrt("run").stdout
    assert done.digests() == artifacts


@pytest.mark.slow
def test_repro_alone_leaves_the_same_bytes(
    by_flow: tuple[Project, str], fresh: Callable[[str], Project]
) -> None:
    other = fresh("by-repro")
    other.dvc("repro")
    assert other.lock() == by_flow[0].lock()
    assert other.digests() == by_flow[0].digests()
    assert "Nothing changed" in other.smrt("run").stdout


def test_metrics_plots_and_experiment_are_known_to_dvc(done: Project) -> None:
    shown = json.loads(done.dvc("metrics", "show", "--json"))
    assert "smrt" in json.dumps(shown)
    saved = done.dvc("exp", "list", "--name-only").split()
    assert len(saved) == 1


def history(server: PrefectServer, kind: str) -> list[dict[str, Any]]:
    """Return what a Prefect server knows of "flow_runs", "task_runs" or "artifacts"."""
    request = urllib.request.Request(
        f"{server.api_url}/{kind}/filter", b"{}", {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        found: list[dict[str, Any]] = json.load(answer)
    return found


def test_prefect_keeps_a_readable_history(done: Project) -> None:
    with PrefectServer({**os.environ, **prefect_settings(done.root)}) as server:
        server.wait_until_ready()
        (run,) = history(server, "flow_runs")
        tasks = {task["name"] for task in history(server, "task_runs")}
        artifacts = {artifact["key"]: artifact for artifact in history(server, "artifacts")}
    assert run["state_type"] == "COMPLETED"
    assert done.dvc("exp", "list", "--name-only").split() == [run["name"]]
    assert {*STAGES} - {"train"} <= tasks
    assert "version train" in tasks
    assert any(name.startswith("train ") for name in tasks)
    assert "smrt" in json.dumps(artifacts["methods"]["data"])
    decision = json.loads((done.root / "artifacts" / "decision.json").read_text())
    assert decision["sentence"].split()[0] in artifacts["decision"]["data"]


@pytest.mark.slow
def test_vae_parameters_retrain_all_after_split(done: Project) -> None:
    before = done.digests()
    done.set_params({"vae": {"learning_rate": 0.01}})
    assert stages_in(done.smrt("run").stdout) == ["train", "generate", "evaluate", "report"]
    after = done.digests()
    changed = {name.split("/")[0] for name in after if after[name] != before.get(name)}
    assert {"models", "synthetic", "balanced.parquet", "report.html"} <= changed
    assert not {"validated.parquet", "splits.json"} & changed


@pytest.mark.slow
def test_going_back_gives_the_old_bytes(done: Project) -> None:
    before, params = done.lock(), (done.root / "params.yaml").read_text()
    done.set_params({"evaluate": {"primary_metric": "f1"}})
    done.smrt("run")
    (done.root / "params.yaml").write_text(params)
    done.smrt("run")
    assert done.lock() == before


@pytest.mark.slow
def test_a_standing_server_is_used_if_named(
    fresh: Callable[[str], Project], tmp_path: Path
) -> None:
    project = fresh("standing")
    settings = {**os.environ, **prefect_settings(tmp_path)}
    with PrefectServer(settings) as server:
        server.wait_until_ready()
        project.extra = {"PREFECT_API_URL": server.api_url}
        assert stages_in(project.smrt("run").stdout) == STAGES
        (run,) = history(server, "flow_runs")
    assert run["state_type"] == "COMPLETED"


@pytest.mark.slow
def test_a_run_of_the_same_name_replaces_no_version(done: Project) -> None:
    script = "from flows.balance import balance; balance.with_options(flow_run_name='quiet-owl')()"
    done.extra = prefect_settings(done.root)
    for metric in ("f1", "mcc"):
        done.set_params({"evaluate": {"primary_metric": metric}})
        subprocess.run(
            [sys.executable, "-c", script], cwd=done.root, env=done.environment(), check=True
        )
    names = done.dvc("exp", "list", "--name-only").split()
    assert len(names) == len(set(names)) == 3
    assert sum(name.startswith("quiet-owl") for name in names) == 2
