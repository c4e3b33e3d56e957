"""The commands around a table of one's own: `smrt init`, and the stages one by one."""

from pathlib import Path
from typing import Annotated

import typer

from flows.people import Debug, Json, for_people, place_of

commands = typer.Typer()

InputTable = Annotated[Path, typer.Argument(help="A CSV or Parquet file, compressed or not.")]
Delimiter = Annotated[
    str | None, typer.Option("--delimiter", help="Between cells; found out by itself.")
]
Encoding = Annotated[
    str | None, typer.Option("--encoding", help="Of the text; found out by itself.")
]


@commands.command()
def init(
    context: typer.Context,
    table: InputTable,
    target: Annotated[
        str | None, typer.Option("--target", help="The column that holds the class.")
    ] = None,
    keep: Annotated[
        list[str] | None, typer.Option("--keep", help="Keep a column that would be left out.")
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option("--ignore", help="Leave a column out.")
    ] = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing; replace files.")] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Start with a table of your own: understand it, write params.yaml and schema.yaml.

    Works in this repository or in an empty folder. Shows what it took each column for, leaves out
    identifiers, constants and copies of the target, puts the table under DVC, and asks before it
    replaces a file.

    Example: `smrt init customers.csv --target churned`, then `smrt run`.
    """
    with for_people(debug):
        from flows.start import start_project

        started = start_project(
            Path.cwd(),
            place_of(context, table),
            target,
            keep=keep or [],
            ignore=ignore or [],
            delimiter=delimiter,
            encoding=encoding,
            yes=yes,
            as_json=as_json,
        )
        if not started:
            raise typer.Exit(1)


@commands.command()
def stage(
    name: Annotated[str, typer.Argument(help="validate, split, train, generate, evaluate, report")],
) -> None:
    """Run one stage, as `dvc repro` does in a project that `smrt init` started.

    Example: `smrt stage validate`.
    """
    from components.console import run_stage
    from components.pipeline import STAGES, stage_function

    if name not in STAGES:
        raise typer.BadParameter(f"{name!r} is no stage; the stages are {', '.join(STAGES)}")
    raise typer.Exit(run_stage(name, stage_function(name)))
