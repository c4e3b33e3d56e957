"""`smrt up` in a project, as a person starts and stops it, and questions to its server."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from projects import Project

from flows.server.prefect_server import prefect_settings

UP_SECONDS = 240


class Stack:
    """A project with its server and worker up."""

    def __init__(self, project: Project, process: "subprocess.Popen[bytes]") -> None:
        self.project, self.process = project, process
        where = json.loads((project.root / ".smrt" / "up.lock").read_text())
        self.api_url = where["api_url"]

    def ask(self, path: str, what: dict[str, Any] | None = None) -> Any:
        """Post a question to the server and return its answer."""
        request = urllib.request.Request(
            f"{self.api_url}/{path}",
            json.dumps(what or {}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def start(self, deployment: str, **parameters: Any) -> str:
        """Start a run of a deployment and return its identifier."""
        (found,) = [d for d in self.ask("deployments/filter") if d["name"] == deployment]
        what = {"parameters": parameters, "state": {"type": "SCHEDULED"}}
        return str(self.ask(f"deployments/{found['id']}/create_flow_run", what)["id"])

    def runs(self, deployment: str, *states: str) -> list[dict[str, Any]]:
        """Return the runs of a deployment in some states, the earliest first."""
        ids = [d["id"] for d in self.ask("deployments/filter") if d["name"] == deployment]
        found = self.ask("flow_runs/filter", {"sort": "START_TIME_ASC"})
        wanted = [run for run in found if run["deployment_id"] in ids]
        return [run for run in wanted if not states or run["state_type"] in states]

    def run(self, identifier: str) -> dict[str, Any]:
        """Return what the server knows of a run."""
        return next(r for r in self.ask("flow_runs/filter") if r["id"] == identifier)

    def log(self) -> str:
        """Return what the worker and its runs have said."""
        return (self.project.root / ".smrt" / "up" / "worker.log").read_text(errors="replace")

    def until(self, true: Callable[[], Any], seconds: float) -> Any:
        """Wait for something to become true and return it."""
        deadline = time.monotonic() + seconds
        while not (found := true()):
            assert self.process.poll() is None, "smrt up has ended"
            assert time.monotonic() < deadline, self.log()[-4000:]
            time.sleep(0.5)
        return found


def deliver(project: Project, table: pd.DataFrame, name: str) -> Path:
    """Bring a batch as a supplier would: written beside, then moved in."""
    folder = project.root / "incoming"
    folder.mkdir(exist_ok=True)
    table.to_csv(folder / f".{name}", index=False)
    return (folder / f".{name}").rename(folder / name)


def belonging(project: Project) -> list[int]:
    """Return the processes that work for a project's server or worker."""
    home = f"PREFECT_HOME={prefect_settings(project.root)['PREFECT_HOME']}"
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if home.encode() in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


@contextmanager
def up(project: Project, schedules: dict[str, str] | None = None) -> Iterator[Stack]:
    """Run `smrt up`, with other schedules than the project's own (none by default)."""
    path = project.root / "prefect.yaml"
    content = yaml.safe_load(path.read_text())
    for deployment in content["deployments"]:
        cron = (schedules or {}).get(deployment["name"])
        deployment["schedules"] = [{"cron": cron, "timezone": "UTC"}] if cron else []
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    said = project.root / ".smrt" / "said"
    said.parent.mkdir(exist_ok=True)
    with said.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", project.command, "up", "--port", "0"],
            cwd=project.root,
            env=project.environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + UP_SECONDS
        while "Up." not in said.read_text():
            assert process.poll() is None, said.read_text()
            assert time.monotonic() < deadline, said.read_text()
            time.sleep(0.2)
        yield Stack(project, process)
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGINT)
        process.wait(120)
