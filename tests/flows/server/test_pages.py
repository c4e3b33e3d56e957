"""What `smrt up` says once it is up."""

import io
from pathlib import Path

from rich.console import Console

from flows.server.up import _say_where


def said(root: Path) -> str:
    console = Console(file=io.StringIO(), width=40)
    _say_where(console, root, "http://127.0.0.1:4200", root / ".smrt" / "up")
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def test_the_pages_worth_opening_are_named_on_lines_of_their_own(tmp_path: Path) -> None:
    lines = [line.split()[-1] for line in said(tmp_path).splitlines() if "http" in line]
    assert lines == [
        f"http://127.0.0.1:4200/{page}" for page in ("runs", "deployments", "artifacts")
    ]
    assert "Ctrl-C stops everything" in " ".join(said(tmp_path).split())


def test_the_last_report_is_among_them(tmp_path: Path) -> None:
    report = tmp_path / "artifacts" / "report.html"
    report.parent.mkdir()
    report.write_text("")
    assert report.resolve().as_uri() in said(tmp_path)
