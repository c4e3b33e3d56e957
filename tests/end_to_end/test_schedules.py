"""The whole of it, for real: server, worker, schedules, drift, retraining, kills."""

import contextlib
import json
import os
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml
from projects import ROOT, Project
from stacks import Stack, belonging, deliver, up

from components.versions.publication import POINTER

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

BANK = ROOT.parent / "shared" / "data" / "bank_marketing.csv.gz"


def drifted(project: Project, seed: int) -> pd.DataFrame:
    """Return the project's rows in another order, with two of four columns moved."""
    table = project.table().sample(frac=1.0, random_state=seed)
    table["proline"] = (table["proline"].astype(int) + 700).astype(str)
    table["alcohol"] = (table["alcohol"].astype(float) + 2).round(2).astype(str)
    return table


def completed(stack: Stack, deployment: str, number: int, seconds: float = 240) -> list[dict]:
    def true() -> list[dict]:
        assert not stack.runs(deployment, "FAILED", "CRASHED"), stack.log()[-4000:]
        found = stack.runs(deployment, "COMPLETED")
        return found if len(found) >= number else []

    return stack.until(true, seconds)


def test_a_cron_run_appears_and_completes(fresh: Callable[[str], Project]) -> None:
    project = fresh("cron")
    with up(project, {"balance-nightly": "* * * * *"}) as stack:
        second = project.smrt("up", check=False)
        assert second.returncode == 2
        assert f"process {stack.process.pid}" in second.stderr
        (run, *_) = completed(stack, "balance-nightly", 1)
        assert run["auto_scheduled"] is True
        assert run["name"] in project.dvc("exp", "list", "--name-only").split()
        state = json.loads(project.smrt("status", "--json").stdout)
        assert state["stale"] == []
        assert {entry["deployment"] for entry in state["ran"]} == {"balance-nightly"}
        assert "balance-nightly" in {entry["deployment"] for entry in state["scheduled"]}
        project.set_params({"evaluate": {"primary_metric": "f1"}})
        assert state["ui"] in project.smrt("status").stdout
    assert stack.process.returncode == 0
    assert belonging(project) == []
    assert "no server is running here" in project.smrt("status").stdout


def test_two_events_at_once_are_served_one_after_the_other(done: Project) -> None:
    rows = len(done.table())
    (first,) = done.dvc("exp", "list", "--name-only").split()
    done.smrt("publish", first)
    with up(done) as stack:
        one, other = drifted(done, 1), drifted(done, 2)
        deliver(done, one, "a.csv")
        deliver(done, other, "b.csv")
        check = stack.start("check-drift")
        runs = completed(stack, "retrain-on-drift", 2)
        assert stack.run(check)["state_type"] == "COMPLETED"
        assert runs[0]["end_time"] <= runs[1]["start_time"]
        assert len(done.table()) == 3 * rows
        deliver(done, one, "again.csv")
        again = stack.start("retrain-on-drift")
        completed(stack, "retrain-on-drift", 3)
        assert stack.run(again)["state_type"] == "COMPLETED"
        assert len(done.table()) == 3 * rows
        assert "again.csv is in the table already" in stack.log()
        published = json.loads((done.root / POINTER).read_text())["published"]
        assert published[0]["run"] == first
        assert runs[0]["name"] in done.dvc("exp", "list", "--name-only").split()
        assert "the published version" in stack.log()
    assert json.loads(done.dvc("status", "--json")) == {}


def test_a_bad_batch_stops_nothing(done: Project) -> None:
    table = drifted(done, 1)
    bad = table.assign(proline="much")
    pointer = (done.root / "data.dvc").read_bytes()
    with up(done) as stack:
        path = deliver(done, bad, "bad.csv")
        run = stack.start("retrain-on-drift", batch=str(path))
        stack.until(lambda: stack.run(run)["state_type"] == "FAILED", 240)
        assert "bad.csv" in stack.run(run)["state"]["message"]
        assert (done.root / "data.dvc").read_bytes() == pointer
        assert (done.root / "incoming" / "refused").is_dir()


def test_kill_the_worker_and_its_run(
    by_flow: tuple[Project, str], fresh: Callable[[str], Project]
) -> None:
    project = fresh("lost")
    store = project.root / ".smrt" / "models"
    with up(project) as stack:
        first = stack.start("balance-nightly")
        stack.until(lambda: list(store.glob("*/model/model.json")), 240)
        for pid in belonging(project):
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            if b"prefect" in words and b"worker" in words:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)  # and its runs, which are of its process group
        stack.until(lambda: stack.run(first)["state_type"] == "CRASHED", 120)
        second = stack.start("balance-nightly")
        stack.until(lambda: stack.run(second)["state_type"] == "COMPLETED", 240)
        # How far the first had come is chance; what it finished is not done again.
        fitted = re.findall(r"- (\S+ class .*): fitted in", stack.log())
        assert len(fitted) == len(set(fitted)) > 0
    assert project.lock() == by_flow[0].lock()
    assert project.digests() == by_flow[0].digests()


def test_kill_smrt_up_itself(done: Project) -> None:
    with up(done) as stack:
        stack.process.send_signal(signal.SIGKILL)
        stack.process.wait()
        deadline = 60
        while belonging(done) and (deadline := deadline - 1):
            subprocess.run(["sleep", "1"], check=True)
        assert belonging(done) == []
    with up(done) as stack:
        completed_run = stack.start("balance-nightly")
        stack.until(lambda: stack.run(completed_run)["state_type"] == "COMPLETED", 240)


@pytest.fixture
def bank(fresh: Callable[[str], Project]) -> tuple[Project, pd.DataFrame]:
    """Return a project that knows the first weeks of the bank's calls, and all calls."""
    if not BANK.is_file():
        pytest.skip(f"{BANK.name} is not in {BANK.parent}")
    calls = pd.read_csv(BANK, dtype=str, keep_default_na=False)
    project = fresh("bank")
    numbers = pd.read_csv(BANK, keep_default_na=False).dtypes
    columns = {
        name: {"dtype": "float64" if kind.kind in "if" else "str", "nullable": False}
        for name, kind in numbers.items()
    }
    schema = {"schema_type": "dataframe", "columns": columns, "strict": True}
    (project.root / "schema.yaml").write_text(yaml.safe_dump(schema))
    project.put_table(calls.iloc[:6000:3])
    return project, calls


def test_the_bank_drifts_with_the_crisis_and_not_before(
    bank: tuple[Project, pd.DataFrame],
) -> None:
    project, calls = bank
    project.smrt("run")
    (first,) = project.dvc("exp", "list", "--name-only").split()
    project.smrt("publish", first)
    early = [calls.iloc[start : start + 2000].iloc[1::3] for start in (0, 2000, 4000)]
    late = [calls.iloc[start : start + 700] for start in (24100, 28000, 36300)]
    for number, batch in enumerate([*early, *late]):
        batch.to_csv(project.root / "batch.csv", index=False)
        found = project.smrt("drift", "batch.csv", "--json", check=False)
        assert found.returncode == (0 if number < len(early) else 3), found.stdout[-3000:]

    with up(project) as stack:
        deliver(project, early[0], "may-2008.csv")
        deliver(project, late[0], "november-2008.csv")
        check = stack.start("check-drift")
        (run,) = completed(stack, "retrain-on-drift", 1, seconds=600)
        ended = stack.run(check)["end_time"]
        waited = pd.Timestamp(run["start_time"]) - pd.Timestamp(ended)
        assert waited < pd.Timedelta(seconds=60)
        assert "november-2008.csv" in run["parameters"]["batch"]
        assert len(project.table()) == 2000 + len(early[0]) + len(late[0])
        assert "the published version" in stack.log()
