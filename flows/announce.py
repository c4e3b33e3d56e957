"""The result as Prefect artifacts: what a person on call finds on the run's page."""

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from components.project.workspace import Workspace, digest
from flows.summary import Summary, read_summary

_ESCAPES = {ord(character): f"\\{character}" for character in "\\`*_{}[]<>#|~!"}


def announce(workspace: Workspace, ran: list[str]) -> None:
    """Attach the table of methods and the decision to the run."""
    summary = read_summary(workspace)
    create_table_artifact(
        table=summary.records(), key="methods", description=escaped(summary.caption)
    )
    create_markdown_artifact(
        markdown=markdown(summary, ran, digest(workspace.root / "data.dvc")),
        key="decision",
        description=escaped(summary.decision),
    )


def markdown(summary: Summary, ran: list[str], data_version: str) -> str:
    """Return the summary as a Markdown page; cells are escaped, since labels can be anything."""
    lines = [
        f"**{escaped(summary.decision)}**",
        "",
        " | ".join(["", *map(escaped, summary.header), ""]).strip(),
        "|" + " --- |" * len(summary.header),
        *(" | ".join(["", *map(escaped, row), ""]).strip() for row in summary.rows),
        "",
        escaped(summary.caption),
        "",
        f"Stages that ran: {', '.join(ran) or 'none, nothing was out of date'}.",
        f"Report: `{summary.report}`. Data: version `{data_version[:12]}` of data.dvc.",
    ]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Return text that Prefect's pages show as it is, on one line.

    Backslashes are Markdown's own escapes. An HTML entity would be shown as its letters there.
    """
    return " ".join(text.translate(_ESCAPES).split())
