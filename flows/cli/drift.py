"""The command `smrt drift`: read, compare, say it."""

import json
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.text import Text

from components.drift import check
from components.project.console import one_line
from components.project.params import load_params
from components.project.workspace import Workspace
from components.versions import publication


def compare_batch(root: Path, batch: Path, *, as_json: bool) -> bool:
    """Compare a batch with the reference, print what was found, return whether it drifted."""
    params = load_params(root)
    reference, version = publication.reference(root)
    findings = check.check(Workspace(root), params, batch, reference, version)
    if as_json:
        typer.echo(json.dumps(findings, indent=2, sort_keys=True))
    else:
        _print(Console(), root, findings)
    return bool(findings["drift"])


def _print(console: Console, root: Path, findings: dict[str, Any]) -> None:
    place = check.findings_path(Workspace(root), findings["batch"]["sha256"])
    against = findings["reference"]
    named = (
        "the last run"
        if against["version"] == publication.LAST_RUN
        else f"version {against['version']}"
    )
    console.print(
        Text("Drift." if findings["drift"] else "No drift.", style="bold"),
        Text(f"{findings['batch']['rows']} rows against the {against['rows']} of {named}."),
    )
    for text in (*findings["alarms"], *findings["notes"]):
        console.print(Text(f"  {one_line(text)}"))
    page = place.with_suffix(".html").relative_to(root)
    console.print(Text(f"Findings: {page}"), soft_wrap=True)
