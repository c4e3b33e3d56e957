"""The command `smrt status`: published, out of date, run and scheduled."""

from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from components.drift import take_up
from components.pipeline import STAGES
from components.project.params import load_params
from components.project.workspace import Workspace
from components.versions import dvc, experiments, publication
from flows.errors import ServerError
from flows.server.stack import standing

_SHOWN = 6


def read_status(root: Path) -> dict[str, Any]:
    """Collect the state of a project.

    Returns
    -------
    dict
        ``published`` (name of the run, or None), ``sentence`` (its decision), ``kept`` (the run
        that holds the present artifacts, or None), ``stale`` (stages), ``changed`` (what DVC found
        besides), ``waiting`` (batches in the incoming folder), ``unknown`` (other files there),
        ``versions`` (names of runs, the newest first), ``ui`` (address, None when no stack is up),
        ``ran`` and ``scheduled`` (lists of dicts: ``run``, ``deployment``, ``state``, ``time``;
        None when no stack is up).
    """
    published = publication.current(root)
    found = dvc.status(root=root)
    stale = [stage for stage in STAGES if stage in found]
    up = standing(root)
    state: dict[str, Any] = {
        "published": published.run if published else None,
        "sentence": published.sentence if published else None,
        "kept": publication.kept(root),
        "stale": stale,
        "changed": sorted(set(found) - set(stale)),
        "waiting": [p.name for p in take_up.waiting(Workspace(root), load_params(root))],
        "unknown": take_up.unknown(Workspace(root), load_params(root)),
        "versions": list(reversed(experiments.kept(root=root)))[:_SHOWN],
        "ui": up.ui if up else None,
        "ran": None,
        "scheduled": None,
    }
    if up is not None:
        names = {entry["id"]: entry["name"] for entry in _ask(up.api_url, "deployments", {})}
        begun = {"flow_runs": {"state": {"type": {"not_any_": ["SCHEDULED"]}}}}
        due = {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}
        latest = {"sort": "EXPECTED_START_TIME_DESC", "limit": _SHOWN, **begun}
        next_ones = {"sort": "EXPECTED_START_TIME_ASC", "limit": 60, **due}
        state["ran"] = [_entry(run, names) for run in _ask(up.api_url, "flow_runs", latest)]
        soonest = [_entry(run, names) for run in _ask(up.api_url, "flow_runs", next_ones)]
        state["scheduled"] = _first_of_each(soonest)
    return state


def lines(state: dict[str, Any]) -> list[str]:
    """Return the state as lines for a person."""
    told = [
        f"Published: {state['published']}. {state['sentence']}"
        if state["published"]
        else "Published: nothing yet. To publish a run: smrt publish RUN",
        f"Out of date: {', '.join(state['stale'])}. To update: smrt run"
        if state["stale"]
        else "Out of date: nothing.",
    ]
    if state["changed"]:
        told.append(f"Changed: {', '.join(state['changed'])}.")
    if state["waiting"]:
        told.append(f"Waiting for the drift check: {', '.join(state['waiting'])}.")
    if state["unknown"]:
        told.append(f"Ignored, not a file type for batches: {', '.join(state['unknown'])}.")
    told.append(f"Versions: {', '.join(state['versions']) or 'none'}.")
    if state["ui"] is None:
        return [*told, "Schedules: no server is running here. To start one: smrt up"]
    told.append(f"Server: {state['ui']}")
    for title, key in (("Ran", "ran"), ("Scheduled", "scheduled")):
        told.append(f"{title}:" if state[key] else f"{title}: nothing.")
        told += [
            f"  {entry['time']}  {entry['deployment']:<18} {entry['state']:<12} {entry['run']}"
            for entry in state[key]
        ]
    return told


def _entry(run: dict[str, Any], names: dict[str, str]) -> dict[str, str]:
    moment = run["start_time"] or run["expected_start_time"]
    local = datetime.fromisoformat(moment.replace("Z", "+00:00")).astimezone()
    return {
        "run": run["name"],
        "deployment": names.get(run["deployment_id"] or "", "by hand"),
        "state": run["state_name"],
        "time": local.strftime("%Y-%m-%d %H:%M"),
    }


def _first_of_each(entries: list[dict[str, str]]) -> list[dict[str, str]]:
    first: dict[str, dict[str, str]] = {}
    for entry in entries:
        first.setdefault(entry["deployment"], entry)
    return list(first.values())


def _ask(api_url: str, kind: str, what: dict[str, Any]) -> list[dict[str, Any]]:
    try:
        answer = httpx.post(f"{api_url}/{kind}/filter", json=what, timeout=30, trust_env=False)
        found: list[dict[str, Any]] = answer.raise_for_status().json()
    except httpx.HTTPError as error:
        raise ServerError(
            f"the server did not answer ({error}); what it said is in .smrt/up/server.log"
        ) from error
    return found
