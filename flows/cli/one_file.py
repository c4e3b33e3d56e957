"""The commands `smrt balance` and `smrt explain`."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from components.explain import Explanation, explain
from components.generate import SYNTHETIC
from components.intake import one_file
from components.intake.understanding import open_table, understand
from components.intake.wishes import Wishes
from components.page.words import cell
from components.project.console import one_line
from components.project.errors import OutputExistsError, listing
from components.project.params import load_params
from components.project.workspace import Workspace
from flows.cli.common import check_project, print_json
from flows.cli.init import print_understanding, unnamed_target
from smrt_lightning.sampling.report import ClassReport

_WIDEST = 24
_FACTORS = 6


def balance_file(
    table: Path,
    output: Path,
    target: str | None,
    wishes: Wishes,
    *,
    ratio: float,
    seed: int,
    keep_left_out: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Balance one file and write another.

    Raises
    ------
    SmrtError
        The table, the target or the output will not do.
    """
    console = Console(stderr=as_json)
    one_file.check_name(output)
    if output.exists() and not yes:
        raise OutputExistsError(
            f"{str(output)!r} is there already: name another file, or replace it with --yes"
        )
    frame, layout = open_table(table, target, wishes)
    if target is None:
        raise unnamed_target([str(name) for name in frame.columns])
    found = understand(table, frame, layout, target, wishes)
    print_understanding(console, found, "left empty")
    if unfit := sum(cells.n_misfits for cells in found.columns.values()):
        console.print(f"Cells that do not fit their column are left empty in the output: {unfit}.")
    with console.status("Training one autoencoder for each rare class …"):
        result = one_file.balanced(found, ratio, seed, keep_left_out=keep_left_out)
    one_file.write(output, result.frame)
    print_classes(console, result.report)
    console.print(Text(f"Wrote {output}: column {SYNTHETIC} marks the synthetic rows."))
    print_left_out(console, result.dropped, result.telling)
    if as_json:
        print_json(
            {**found.to_dict(), "output": str(output)}
            | described(result.report, result.dropped, result.telling)
        )


def print_classes(console: Console, report: Mapping[str, ClassReport]) -> None:
    """Print what was drawn for each class."""
    for entry in report.values():
        text = (
            f"  {one_line(str(entry.label))}: {entry.n_rows} rows + {entry.n_synthetic} synthetic"
        )
        console.print(
            Text(f"{text} (draw: {entry.draw}{f'; {entry.reason}' if entry.reason else ''})")
        )
    if not report:
        console.print("Every class is large enough already: nothing was added.")


def print_left_out(console: Console, dropped: list[str], telling: list[str]) -> None:
    """Print which columns are not in the output, or only in its real rows."""
    if dropped:
        console.print(
            f"Left out, since synthetic rows have no value there and the gap would give them away: "
            f"{listing(dropped, 20)}; --keep-left-out keeps them.",
            highlight=False,
            markup=False,
        )
    if telling:
        console.print(
            f"Leak: {listing(telling, 20)} are empty in every synthetic row. Drop them, and "
            f"{SYNTHETIC}, before anything learns from the file.",
            style="yellow",
            highlight=False,
            markup=False,
        )
    console.print(
        "To find out whether this helps: `smrt init TABLE --target COLUMN`, then `smrt run`."
    )


def described(
    report: Mapping[str, ClassReport], dropped: list[str], telling: list[str]
) -> dict[str, Any]:
    """Return what was drawn and left out, for a machine to read."""
    return {
        "synthetic": {label: entry.to_dict() for label, entry in report.items()},
        "not_in_output": dropped,
        "empty_in_synthetic_rows": telling,
    }


def explain_class(root: Path, label: str, *, n: int, as_json: bool) -> None:
    """Print what the model of a class learned.

    Raises
    ------
    SmrtError
        There is no project, no model, or no such class.
    """
    check_project(root)
    found = explain(Workspace(root), load_params(root), label, n)
    if as_json:
        print_json(found.to_dict())
    else:
        print_explanation(Console(file=sys.stdout), found)


def print_explanation(console: Console, found: Explanation) -> None:
    """Print what the model of a class learned, in lines that the console can hold."""
    counts = found.counts
    console.print()
    console.print(Text(f"class {one_line(found.label)}", "bold"))
    console.print(
        Text(
            f"  {counts['n_rows']} real rows, {counts['n_synthetic']} synthetic of "
            f"{counts['n_candidates']} drawn ({counts['draw']}), {counts['n_copies']} of them "
            "copies of a real row"
        )
    )
    if counts["reason"]:
        console.print(Text(f"  {one_line(counts['reason'])}"))
    if found.latent.empty:
        console.print("  The class has no autoencoder.")
        return
    if found.cost is not None:
        console.print(f"  final loss per row: {found.cost:.3f} nats", highlight=False)
    active = int(found.latent["active"].sum())
    console.print(
        Text(
            f"\nlatent space: {active} of {len(found.latent)} factors in use, "
            f"{found.latent['information'].sum():.2f} nats per row",
            "bold",
        )
    )
    grid = Table(box=None, padding=(0, 2), header_style="bold")
    for name in ("factor", "spread", "noise", "information"):
        grid.add_column(name, justify="right")
    ordered = found.latent.sort_values("information", ascending=False)
    for factor, row in ordered.head(_FACTORS).iterrows():
        cells = (f"{row[name]:.3f}" for name in ("spread", "noise", "information"))
        grid.add_row(str(factor), *cells, style="" if row["active"] else "dim")
    console.print(grid)
    _say_more(console, len(ordered) - _FACTORS, "factor")
    for title, rows in (
        ("most archetypal rows (reconstructed best)", found.most),
        (
            "least archetypal rows (reconstructed worst): mistakes, or a sub-group of their own?",
            found.least,
        ),
    ):
        console.print(Text(f"\n{title}", "bold"))
        columns = _as_text(rows)
        shown = _that_fit(columns, console.width)
        grid = Table(box=None, padding=(0, 2), header_style="bold")
        for column in shown:
            grid.add_column(Text(column[0]), no_wrap=True, overflow="ellipsis")
        for texts in zip(*(column[1:] for column in shown), strict=True):
            grid.add_row(*map(Text, texts))
        console.print(grid)
        _say_more(console, len(columns) - len(shown), "column")


def _say_more(console: Console, n: int, noun: str) -> None:
    """Say how much is not shown, and where it is."""
    if n > 0:
        console.print(f"  … and {n} more {noun}{'s' if n > 1 else ''}: --json", style="dim")


def _as_text(rows: pd.DataFrame) -> list[list[str]]:
    """Return the columns of a table of rows as texts, headings first."""
    headings = ["row", "nats", *(one_line(str(name)) for name in rows.columns[2:])]
    return [
        [heading[:_WIDEST], *(one_line(cell(value))[:_WIDEST] for value in rows.iloc[:, at])]
        for at, heading in enumerate(headings)
    ]


def _that_fit(columns: list[list[str]], width: int) -> list[list[str]]:
    """Return the first columns that stand side by side on a line, at least one of the table's."""
    shown: list[list[str]] = []
    for column in columns:
        width -= max(map(cell_len, column)) + 4
        if len(shown) > 2 and width < 0:
            break
        shown.append(column)
    return shown
