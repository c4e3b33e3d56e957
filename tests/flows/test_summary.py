"""What a person reads first: on a terminal, and on the run's page in Prefect."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from components.project.workspace import Workspace, write_json
from flows.announce import markdown
from flows.cli.terminal import Terminal, print_summary
from flows.summary import Summary, read_summary
from smrt_lightning.errors import DamagedFileError, MissingFileError

HOSTILE = "</td><script>alert(1)</script>|\n[link](x) [bold]\x1b[31m"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    place = Workspace(tmp_path)
    metrics: dict[str, dict[str, float | None]] = {
        "none": {"f1": 0.5, "average_precision": 0.6, "brier": 0.2},
        "SMOTE+ENN": {"f1": 0.61, "average_precision": 0.7, "brier": 0.3},
        "smrt": {"f1": 0.62, "average_precision": 0.8, "brier": 0.1},
        "odd": {"f1": None, "average_precision": None, "brier": None},
    }
    write_json(place.metrics, metrics)
    comparison = {
        "headline": "macro",
        "settings": {"splits": 5, "primary_metric": "average_precision"},
        "metrics": {"none": {"mean": {}, "random_forest": {}}},
    }
    write_json(place.comparison, comparison)
    write_json(place.decision, {"sentence": f"Adopt {HOSTILE}."})
    return place


def summary_of(decision: str = "Adopt smrt.") -> Summary:
    rows = [[HOSTILE, "0.800", "0.620"], ["none", "0.600", "–"]]
    header = ["method", "average precision", "F1"]
    return Summary(header, rows, f"Means of {HOSTILE}.", decision, Path("artifacts/report.html"))


def test_best_method_first_and_undefined_last(workspace: Workspace) -> None:
    summary = read_summary(workspace)
    assert summary.header == ["method", "average precision", "F1"]
    assert summary.rows == [
        ["smrt", "0.800", "0.620"],
        ["SMOTE+ENN", "0.700", "0.610"],
        ["none", "0.600", "0.500"],
        ["odd", "–", "–"],
    ]
    assert summary.records()[1] == {
        "method": "SMOTE+ENN",
        "average precision": "0.700",
        "F1": "0.610",
    }
    over = "Means over 5 splits and 1 classifier"
    assert summary.caption == f"{over}; every class counts the same."
    assert summary.report == Path("artifacts/report.html")


def test_the_metric_that_decides_stands_first_and_orders_the_methods(workspace: Workspace) -> None:
    write_json(
        workspace.metrics,
        {"none": {"f1": 0.7, "cost": 90.0, "f1_tuned": 0.7}, "smrt": {"f1": 0.5, "cost": 12.5}},
    )
    comparison = {
        "headline": "macro",
        "settings": {"splits": 5, "primary_metric": "cost"},
        "metrics": {"none": {"mean": {}}},
    }
    write_json(workspace.comparison, comparison)
    summary = read_summary(workspace)
    assert summary.header == ["method", "cost per 1,000 rows", "F1", "F1, threshold tuned"]
    assert summary.rows == [["smrt", "12.500", "0.500", "–"], ["none", "90.000", "0.700", "0.700"]]


def test_missing_and_damaged_artifacts_are_named(workspace: Workspace) -> None:
    workspace.decision.write_text("{")
    with pytest.raises(DamagedFileError, match=r"decision\.json"):
        read_summary(workspace)
    workspace.metrics.unlink()
    with pytest.raises(MissingFileError, match=r"metrics\.json"):
        read_summary(workspace)


def test_markdown_shows_hostile_names_as_text() -> None:
    page = markdown(summary_of(HOSTILE), ["evaluate", "report"], "0123456789abcdef")
    table = [line for line in page.splitlines() if line.startswith("|")]
    assert len(table) == 4
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in table} == {4}
    assert not re.search(r"(?<!\\)<script", page)
    assert not re.search(r"(?<!\\)\[link", page)
    assert "evaluate, report" in page
    assert "0123456789ab`" in page


def test_markdown_says_when_nothing_ran() -> None:
    assert "nothing was out of date" in markdown(summary_of(), [], "0")


def printed(summary: Summary, **options: Any) -> str:
    stream = io.StringIO()
    print_summary(Console(file=stream, **options), summary)
    return stream.getvalue()


def test_terminal_shows_hostile_names_as_text() -> None:
    text = printed(summary_of(HOSTILE), width=200)
    assert "\x1b" not in text
    assert "[bold]" in text
    assert "\\x1b[31m" in text
    assert "Report: artifacts/report.html" in text


def test_a_narrow_terminal_loses_no_number() -> None:
    text = printed(summary_of(), width=40)
    assert "0.800" in text
    assert "0.620" in text


def test_progress_in_a_pipe_is_one_line_a_stage() -> None:
    stream = io.StringIO()
    with Terminal(Console(file=stream, width=80)) as terminal:
        terminal.started("train")
        for done in range(1, 4):
            terminal.step(done, 3, f"split-00 class {HOSTILE}")
        terminal.finished("train")
        terminal.say("no DVC remote is configured")
    lines = stream.getvalue().splitlines()
    assert "train" in lines[0]
    assert "\x1b" not in stream.getvalue()
    assert lines[-1] == "no DVC remote is configured"


def test_progress_on_a_terminal_shows_the_step() -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=120, color_system=None)
    with Terminal(console) as terminal:
        terminal.started("train")
        terminal.step(7, 54, "split-00 class [bold]3")
        terminal._bar.refresh()
        terminal.finished("train")
    assert "7/54" in stream.getvalue()
    assert "split-00 class [bold]3" in stream.getvalue()
