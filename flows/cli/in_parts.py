"""The command `smrt balance` into a folder: a table in parts, on threads or on a Dask cluster."""

from pathlib import Path

from rich.console import Console
from rich.text import Text

from components.intake.wishes import Wishes
from components.project.errors import ColumnsError, OutputExistsError, shorten
from components.streaming.balance import MANIFEST, balance
from components.streaming.engine import engine
from components.streaming.look import look
from flows.cli.common import print_json
from flows.cli.init import print_understanding
from flows.cli.one_file import described, print_classes, print_left_out


def balance_parts(
    table: str,
    output: Path,
    target: str | None,
    wishes: Wishes,
    *,
    ratio: float,
    seed: int,
    keep_left_out: bool,
    copy: bool,
    dask: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Balance a table in parts, and write a folder of Parquet files.

    Raises
    ------
    SmrtError
        The table, the target, the output or the cluster will not do.
    """
    console = Console(stderr=as_json)
    if output.exists() and not yes:
        raise OutputExistsError(
            f"{str(output)!r} is there already: name another folder, or replace it with --yes"
        )
    if output.exists() and not (output / MANIFEST).is_file():
        raise OutputExistsError(
            f"{str(output)!r} is there and is no folder that this command wrote (it has no "
            f"{MANIFEST}): name another one"
        )
    if target is None:
        raise ColumnsError("which column holds the class? Name it: --target COLUMN")
    output.absolute().parent.mkdir(parents=True, exist_ok=True)
    places = [output.absolute().parent]
    if "://" not in table:
        places.insert(0, Path(table))
    with engine(dask, places) as runner:
        with console.status(f"Reading the table once, on {runner.words} …"):
            seen = look(table, target, wishes, seed, runner)
        print_understanding(console, seen.table, "left empty")
        console.print(
            f"Rows: {seen.found.n_rows:,}. Everything above but the classes was read from "
            f"{len(seen.table.frame):,} of them, at most 50,000 of each class.",
            highlight=False,
        )
        with console.status(f"Training and drawing, on {runner.words} …"):
            result = balance(
                seen, output, ratio, seed, runner, keep_left_out=keep_left_out, copy=copy
            )
    if result.n_infinite and not copy:  # else among the cells that do not fit
        console.print(f"Infinite numbers were taken for missing: {result.n_infinite}.")
    if result.misfits:
        where = "in the output" if copy else "among the rows learned from"
        counted = ", ".join(f"{shorten(name)} ({n})" for name, n in result.misfits.items())
        console.print(
            Text(f"Cells that do not fit their column are left empty {where}: {counted}.", "yellow")
        )
    print_classes(console, result.report)
    rows = "real and synthetic rows" if copy else "synthetic rows"
    console.print(Text(f"Wrote {output}: {rows} as Parquet files, listed in {MANIFEST}."))
    print_left_out(console, result.dropped, result.telling)
    if as_json:
        print_json(
            {**result.table.to_dict(), "rows": result.n_rows, "learned_from": result.n_learned}
            | {"output": str(output)}
            | described(result.report, result.dropped, result.telling)
        )
