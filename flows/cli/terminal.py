"""A run as a person sees it: one line a stage, a bar where it takes long."""

import time
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table
from rich.text import Text

from components.project.console import one_line
from flows.summary import Summary
from flows.watch import Watcher

_LINES_EVERY_SECONDS = 10.0


class Terminal(Watcher):
    """Progress on a terminal as a live bar; in a file or a pipe as a line now and then.

    Parameters
    ----------
    console : rich.console.Console
        Where to write. Colours and the bar appear only if it is a terminal.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Progress(
            TextColumn("  "),
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TextColumn("[dim]{task.fields[what]}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._row = self._bar.add_task("", visible=False, what="")
        self._started = self._spoken = time.monotonic()
        self._last = ""

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def started(self, stage: str) -> None:
        """Show the stage's row."""
        self._started = self._spoken = time.monotonic()
        self._last = ""
        self._bar.reset(self._row, description=f"{stage:<9}", total=None, visible=True, what="")

    def step(self, done: int, total: int, what: str) -> None:
        """Move the bar, or write a line if the last one is some seconds old."""
        self._last = what = one_line(what)
        self._bar.update(self._row, completed=done, total=total, what=escape(what))
        now = time.monotonic()
        if not self._console.is_terminal and now - self._spoken >= _LINES_EVERY_SECONDS:
            self._spoken = now
            self._console.print(f"    {done}/{total}  {escape(what)}", highlight=False)

    def finished(self, stage: str) -> None:
        """Replace the stage's row by one line that stays."""
        seconds = time.monotonic() - self._started
        self._bar.update(self._row, visible=False)
        self._console.print(
            f"  [green]✓[/green] {stage:<9} [dim]{seconds:6.1f} s[/dim]  {escape(self._last)}",
            highlight=False,
        )

    def say(self, message: str) -> None:
        """Write a sentence."""
        self._console.print(escape(one_line(message)), highlight=False)


def print_summary(console: Console, summary: Summary) -> None:
    """Print the table of methods and metrics, the decision and the report's path."""
    table = Table(box=None, padding=(0, 0, 0, 2), header_style="bold")  # seven fit 80 columns
    table.add_column(Text(summary.header[0]))
    for name in summary.header[1:]:
        table.add_column(Text(name), justify="right")
    for row in summary.rows:
        table.add_row(*(Text(one_line(cell)) for cell in row))
    console.print()
    console.print(table)
    console.print(Text(f"  {one_line(summary.caption)}", style="dim"))
    console.print()
    console.print(Text(one_line(summary.decision), style="bold"))
    console.print(Text(f"Report: {summary.report}"), soft_wrap=True)
