"""The command `smrt compare`: two versions side by side, in the terminal and on a page."""

import webbrowser
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from components.page.rendering import render
from components.page.two_runs import compare_runs, page_path
from components.project.console import one_line
from components.project.workspace import replacing
from components.versions import names
from flows.cli.common import print_json

Row = tuple[str, ...]


def compare_versions(
    root: Path, one: str, other: str, *, in_browser: bool = False, as_json: bool = False
) -> None:
    """Find two versions, write the page, and print what differs."""
    versions = [names.find(root, asked) for asked in (one, other)]
    shown = (versions[0].name, versions[1].name)
    found = compare_runs(versions[0].workspace, versions[1].workspace, shown)
    page = page_path(root, shown)
    page.parent.mkdir(parents=True, exist_ok=True)
    with replacing(page) as temporary:
        text = render("compare.html.j2", found | {"panels": 1})
        temporary.write_text(text, encoding="utf-8", errors="replace", newline="\n")
    if as_json:
        print_json(found | {"page": str(page.relative_to(root))})
        return
    _print(Console(), found)
    Console().print(Text(f"Page: {page.relative_to(root)}"), soft_wrap=True)
    if in_browser:
        webbrowser.open(page.as_uri())


def _print(console: Console, found: dict[str, Any]) -> None:
    heads = found["names"]
    for name, sentence in zip(heads, found["sentences"], strict=True):
        console.print(Text(f"{one_line(name)}:", style="bold"), Text(one_line(sentence)))
    _table(console, ["", *heads], [row for row in found["facts"] if row[1] != row[2]])
    if found["params"]:
        _table(console, ["parameter", *heads], found["params"])
    primary = found["metrics"][0]
    known = any(row["low"] is not None for row in primary["rows"])
    rows = [
        (row["method"], *map(_number, row["values"]), _signed(row["difference"]))
        + ((_interval(row),) if known else ())
        for row in primary["rows"]
    ]
    header = [primary["title"], *heads, "difference", *(["95 % interval"] if known else [])]
    _table(console, header, rows)
    console.print(Text(f"  {_how(found)}", style="dim"))


def _how(found: dict[str, Any]) -> str:
    if found["paired"]:
        return "Same table, same splits: differences are paired."
    if found["same_table"]:
        return "The splits differ: a difference includes the chance of another split."
    return "The tables differ: a difference includes that of the rows."


def _table(console: Console, header: list[str], rows: list[Row]) -> None:
    if not rows:
        return
    table = Table(box=None, padding=(0, 0, 0, 2), header_style="bold")
    for place, name in enumerate(header):
        table.add_column(Text(one_line(name)), justify="right" if place else "left")
    for row in rows:
        table.add_row(*(Text(one_line(cell)) for cell in row))
    console.print()
    console.print(table)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _signed(value: float | None) -> str:
    from smrt_lightning.evaluation.decision.wording import signed

    return "–" if value is None else signed(value)


def _interval(row: dict[str, Any]) -> str:
    return "" if row["low"] is None else f"{_signed(row['low'])} to {_signed(row['high'])}"
