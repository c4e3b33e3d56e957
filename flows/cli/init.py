"""The command `smrt init`: show what was understood of a table, ask, start a project."""

import sys
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from components.intake import project
from components.intake.understanding import Understanding, open_table, understand
from components.project.console import one_line
from components.project.errors import ColumnsError, listing
from components.versions.lock import exclusive
from flows.cli.common import print_json


def start_project(
    root: Path,
    table: Path,
    target: str | None,
    *,
    keep: list[str],
    ignore: list[str],
    delimiter: str | None,
    encoding: str | None,
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
    frame, layout = open_table(table, delimiter, encoding)
    names = [str(name) for name in frame.columns]
    target = target or _ask_for_target(names, yes=yes or as_json)
    found = understand(table, frame, layout, target, keep=keep, ignore=ignore)
    planned = project.plan(root, found)
    print_understanding(console, found)
    if not found.as_it_is:
        console.print("The table is rewritten into data/ as the stages read it; your file stays.")
    if planned.lighter:
        console.print(
            "A large table: the first run compares fewer methods and classifiers on fewer splits. "
            "For all of them edit params.yaml: split.repeats, evaluate.",
            highlight=False,
        )
    if not yes and not _agreed(console, planned, root):
        return False
    with exclusive(root):
        written = project.start(root, found, planned)
    console.print(f"Wrote {', '.join(written)}.", soft_wrap=True, highlight=False, markup=False)
    console.print(
        "Review schema.yaml and params.yaml, then: [bold]smrt run[/bold]", highlight=False
    )
    if as_json:
        print_json({**found.to_dict(), "data_path": planned.table, "written": written})
    return True


def unnamed_target(names: list[str]) -> ColumnsError:
    """Return the error of a command that was told no target and can ask nobody."""
    return ColumnsError(
        "which column holds the class? Name it: --target COLUMN; the table has "
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


def print_understanding(console: Console, found: Understanding) -> None:
    """Print a table of the columns, the classes, and what is left out."""
    console.print()
    console.print(
        Text(f"{found.source.name}: {found.n_rows:,} rows, {len(found.columns)} columns", "bold")
        + Text(f" ({found.written})", "dim")
    )
    grid = Table(box=None, padding=(0, 2), header_style="bold")
    for heading, justify in (("column", "left"), ("read as", "left"), ("missing", "right")):
        grid.add_column(heading, justify=justify)  # type: ignore[arg-type]
    grid.add_column("remark", overflow="fold")
    for name, cells in found.columns.items():
        missing = str(cells.n_missing) if cells.n_missing else ""
        remark, style = _remark(found, name)
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


def _remark(found: Understanding, name: str) -> tuple[str, str]:
    """Return what there is to say of a column, and its colour."""
    cells = found.columns[name]
    parts = [f"written with {cells.written}"] if cells.written in _SIGNS else []
    parts += [f"written {cells.written}"] if cells.written and not parts else []
    if cells.n_misfits:
        parts.append(f"{cells.n_misfits} cells are no {cells.kind}: to quarantine")
    if name in found.ignored:
        return "; ".join([f"left out: {found.ignored[name]}", *parts]), "red"
    if name in found.warnings:
        return "; ".join([f"look at this: {found.warnings[name]}", *parts]), "yellow"
    return "; ".join(parts), ""


_SIGNS = {"decimal comma", "comma between thousands"}
