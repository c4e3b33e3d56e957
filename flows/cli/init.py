"""The command `smrt init`: show what was understood of a table, ask, start a project."""

import shlex
import sys
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from components.intake import project, repository
from components.intake.understanding import Understanding, open_table, understand
from components.intake.wishes import Wishes
from components.project.console import one_line
from components.project.errors import ColumnsError, listing
from components.project.params import FormatParams, load_params
from components.versions.lock import exclusive
from flows.cli.common import print_json
from smrt_lightning.errors import ParameterError, TableError


def start_project(
    root: Path,
    table: Path,
    target: str | None,
    wishes: Wishes,
    *,
    group: str | None = None,
    time: str | None = None,
    accept_loss: bool = False,
    remark_values: bool = False,
    yes: bool,
    as_json: bool,
) -> bool:
    """Start a project with a table; return whether it was started.

    Raises
    ------
    SmrtError
        The table, the target or the folder will not do.
    """
    console = Console(stderr=as_json)
    wishes = replace(wishes, known=_known_format(root))
    frame, layout = open_table(table, target, wishes)
    names = [str(name) for name in frame.columns]
    target = target or _ask_for_target(names, yes=yes or as_json)
    found = understand(table, frame, layout, target, wishes)
    print_understanding(console, found)
    planned = project.plan(root, found, group=group, time=time)
    if planned.losses:
        asked = not (yes or as_json) and sys.stdin.isatty()
        if not _loss_accepted(console, planned, accepted=accept_loss, asked=asked):
            return False
        planned = planned.accepting_losses()
    if not found.as_it_is:
        console.print("The table is rewritten into data/ as the stages read it; your file stays.")
    if found.format is not None:
        console.print(
            "The file format is recorded in params.yaml under data.format. Review it: new rows are "
            "read the same way.",
            highlight=False,
        )
    if planned.lighter:
        console.print(
            "This is a large table: the first run compares fewer methods and classifiers on fewer "
            "splits. To compare all of them, edit split.repeats and evaluate in params.yaml.",
            highlight=False,
        )
    if not yes and not _agreed(console, planned, root):
        return False
    with exclusive(root):
        written = project.start(root, found, planned, remark_values=remark_values)
    console.print(f"Wrote {', '.join(written)}.", soft_wrap=True, highlight=False, markup=False)
    console.print(
        "schema.yaml, which git keeps, has ranges and levels of the table in its comments."
        if remark_values
        else "schema.yaml, which git keeps, has the labels and no other value of the table; "
        "--remark-values adds ranges and levels.",
        soft_wrap=True,
        highlight=False,
    )
    for sentence in repository.advice(root, written, table):
        console.print(sentence, soft_wrap=True, highlight=False, markup=False)
    console.print(
        "Review schema.yaml and params.yaml, then: [bold]smrt run[/bold]", highlight=False
    )
    if as_json:
        print_json({**found.to_dict(), "data_path": planned.table, "written": written})
    return True


def _known_format(root: Path) -> FormatParams | None:
    """Return how the project's files are written, if it is one and its parameters can be read."""
    try:
        return load_params(root).data.format if (root / "params.yaml").is_file() else None
    except ParameterError:
        return None


def _loss_accepted(console: Console, planned: project.Plan, *, accepted: bool, asked: bool) -> bool:
    """Say loudly that quarantine takes much of a class, and ask; unasked it needs the option."""
    told = ", ".join(map(str, planned.losses[:5]))
    console.print(
        Text(
            f"Quarantine would take {told}, whose cells do not fit their column's type.", "bold red"
        )
    )
    if accepted:
        return True
    if not asked:
        raise TableError(
            f"quarantine would take {told}: correct these rows, say what their columns hold "
            "(--types COLUMN=text), leave the columns out (--ignore), or agree: --accept-loss"
        )
    import typer

    agreed: bool = typer.confirm("Start without these rows?", default=False)
    if not agreed:
        console.print("Nothing was written.")
    return agreed


def unnamed_target(names: list[str]) -> ColumnsError:
    """Return the error of a command that was told no target and can ask nobody."""
    return ColumnsError(
        "which column holds the class? Name it with --target COLUMN; the table has "
        f"{listing(names, 30)}"
    )


def _ask_for_target(names: list[str], *, yes: bool) -> str:
    if yes or not sys.stdin.isatty():
        raise unnamed_target(names)
    import typer

    answer: str = typer.prompt(f"Which column holds the class? {listing(names, 30)}", names[-1])
    return answer


def _agreed(console: Console, planned: project.Plan, root: Path) -> bool:
    """Ask before anything is written; on no terminal, only where nothing is replaced."""
    if planned.replaced:
        question = f"Replace {', '.join(planned.replaced)}?"
    else:
        question = f"Start a project with it in {root}?"
    if not sys.stdin.isatty():
        if planned.replaced:
            console.print(f"{escape(question)} Nothing was written; --yes agrees.", highlight=False)
        return not planned.replaced
    import typer

    agreed: bool = typer.confirm(question, default=not planned.replaced)
    if not agreed:
        console.print("Nothing was written.")
    return agreed


def print_understanding(
    console: Console, found: Understanding, misfits: str = "to quarantine"
) -> None:
    """Print a table of the columns, the classes, and what is left out.

    ``misfits`` says what becomes of cells that do not fit their column.
    """
    console.print()
    console.print(
        Text(f"{found.source.name}: {found.n_rows:,} rows, {len(found.columns)} columns", "bold")
        + Text(f" ({found.written})", "dim")
    )
    for remark in found.remarks:
        console.print(Text(f"  {one_line(remark)}", "yellow"))
    grid = Table(box=None, padding=(0, 2), header_style="bold")
    for heading, justify in (("column", "left"), ("read as", "left"), ("missing", "right")):
        grid.add_column(heading, justify=justify)  # type: ignore[arg-type]
    grid.add_column("note", overflow="fold")
    for name, cells in found.columns.items():
        missing = str(cells.n_missing) if cells.n_missing else ""
        remark, style = _remark(found, name, misfits)
        grid.add_row(
            Text(one_line(name), style="bold" if name == found.target else ""),
            Text("the class" if name == found.target else cells.kind),
            Text(missing),
            Text(one_line(remark), style=style),
        )
    console.print(grid)
    largest = max(found.classes.values())
    console.print(Text("\nclasses", "bold"))
    for label, rows in list(found.classes.items())[:20]:
        share = "" if rows == largest else f"1 in {largest / rows:.1f} of the largest"
        console.print(Text(f"  {rows:>9,}  {one_line(label)}  ") + Text(share, "dim"))
    if len(found.classes) > 20:
        console.print(f"  … and {len(found.classes) - 20} more")
    console.print()


def _remark(found: Understanding, name: str, misfits: str) -> tuple[str, str]:
    """Return what there is to say of a column, and its colour."""
    cells = found.columns[name]
    parts = [f"written {cells.written}"] if cells.written else []
    if cells.n_misfits:
        are = "cell is" if cells.n_misfits == 1 else "cells are"
        parts.append(f"{cells.n_misfits} {are} not a {cells.kind}: {misfits}")
    if name in found.ignored:
        return "; ".join([f"left out: {found.ignored[name]}", *parts]), "red"
    if name in found.warnings:
        look = f"look at this: {found.warnings[name]} (--ignore {shlex.quote(name)} leaves it out)"
        return "; ".join([look, *parts]), "yellow"
    return "; ".join(parts), ""
