"""`smrt drift`, `smrt publish` and `smrt rollback` as typed, on a project that has run."""

import json

import pandas as pd
from projects import Project, stages_in

from components.versions.publication import POINTER


def batch(project: Project, table: pd.DataFrame, name: str = "batch.csv") -> str:
    table.to_csv(project.root / name, index=False)
    return name


def test_drift_tells_by_its_exit_code(done: Project) -> None:
    table = done.table()
    calm = done.smrt("drift", batch(done, table), check=False)
    assert (calm.returncode, calm.stderr) == (0, "")
    assert "No drift." in calm.stdout
    assert "of the last run." in calm.stdout

    table["proline"] = (table["proline"].astype(int) + 900).astype(str)
    table["alcohol"] = (table["alcohol"].astype(float) + 3).round(2).astype(str)
    loud = done.smrt("drift", batch(done, table), "--json", check=False)
    assert loud.returncode == 3, loud.stderr
    findings = json.loads(loud.stdout)
    assert any("'proline'" in alarm for alarm in findings["alarms"])

    absent = done.smrt("drift", "nowhere.csv", check=False)
    assert absent.returncode == 2
    assert "nowhere.csv" in absent.stderr
    assert "Traceback" not in absent.stderr


def test_another_metric_retrains_nothing_and_runs_are_published(
    done: Project,
) -> None:
    (first,) = done.dvc("exp", "list", "--name-only").split()
    assert f"Published: {first}." in done.smrt("publish", first).stdout
    pointer = (done.root / POINTER).read_bytes()
    assert f"version {first}" in done.smrt("drift", batch(done, done.table())).stdout

    before = done.digests()
    done.set_params({"evaluate": {"primary_metric": "f1"}})
    assert stages_in(done.smrt("run").stdout) == ["evaluate", "report"]
    after = done.digests()
    assert {name for name in before if name.startswith("models/")} <= {
        name for name in after if after[name] == before.get(name)
    }
    assert after["decision.json"] != before["decision.json"]
    (second,) = {*done.dvc("exp", "list", "--name-only").split()} - {first}
    told = json.loads(done.smrt("publish", second, "--json").stdout)
    published = json.loads((done.root / POINTER).read_text())["published"]
    assert [entry["run"] for entry in published] == [first, second]
    assert told == published[1]
    compared = done.smrt("compare", "before", second).stdout
    assert "evaluate.primary_metric" in compared
    assert "Same table, same splits" in compared
    page = done.root / ".smrt" / "compare" / f"{first}--{second}.html"
    assert "<h1>Two versions side by side</h1>" in page.read_text(encoding="utf-8")
    by_machine = json.loads(done.smrt("compare", first, "--json").stdout)
    assert by_machine["names"] == [first, f"here ({second})"]
    models = [entry["outputs"]["artifacts/models"] for entry in published]
    assert models[0] == models[1]
    assert f"Published again: {first}." in done.smrt("rollback").stdout
    assert (done.root / POINTER).read_bytes() == pointer

    wrong = done.smrt("rollback", check=False)
    assert wrong.returncode == 2
    assert "is the first that was published" in wrong.stderr
