"""The command `smrt`. Heavy imports wait until a command needs them: `smrt --help` is immediate."""

import os
from pathlib import Path
from typing import Annotated

import typer

from flows.cli import table_commands, version_commands
from flows.cli.common import Debug, Json, for_people

Open = Annotated[bool, typer.Option("--open", help="Open the report in the browser.")]

app = typer.Typer(
    name="smrt",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Balance rare classes with variational autoencoders, and see whether that helped.",
    epilog="Example: `smrt init customers.csv --target churned`, then `smrt run --open`.",
)


def _show_version(asked: bool) -> None:
    if asked:
        from smrt_lightning._version import __version__

        typer.echo(f"smrt-lightning {__version__}")
        raise typer.Exit


@app.callback()
def smrt(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Option("--project", help="Folder that holds params.yaml and dvc.yaml.")
    ] = Path(),
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """Balance rare classes with variational autoencoders, and see whether that helped."""
    if not folder.is_dir():
        raise typer.BadParameter(f"{str(folder)!r} is no folder", param_hint="--project")
    context.obj = Path.cwd()
    os.chdir(folder)


@app.command()
def run(
    wait: Annotated[
        bool, typer.Option("--wait", help="Queue behind another run in this project.")
    ] = False,
    show: Open = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Bring the project up to date and show the result.

    Runs the stages whose data, parameters or code changed, keeps every artifact in DVC, and prints
    what the comparison found. Nothing changed: nothing is trained.

    Example: edit params.yaml, then `smrt run`; `smrt run --open` ends with the report.
    """
    with for_people(debug):
        from flows.cli.run import run_project

        run_project(Path.cwd(), wait=wait, debug=debug, in_browser=show, as_json=as_json)


@app.command()
def report(
    show: Open = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Show where the last report is, and its result.

    Example: `smrt report --open`.
    """
    with for_people(debug):
        from flows.cli.run import show_report

        show_report(Path.cwd(), in_browser=show, as_json=as_json)


app.command()(version_commands.drift)
app.command()(version_commands.publish)
app.command()(version_commands.rollback)
app.command()(version_commands.up)
app.command()(version_commands.status)


app.add_typer(table_commands.commands)


def main() -> None:
    """Run the command line."""
    app(prog_name="smrt")


if __name__ == "__main__":
    main()
