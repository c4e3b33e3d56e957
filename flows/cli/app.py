"""The command `smrt`. Heavy imports wait until a command needs them: `smrt --help` is immediate."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from flows.cli import table_commands
from flows.cli.common import (
    Debug,
    Json,
    check_project,
    complain,
    for_people,
    pin_kernels,
    place_of,
    print_json,
)

DRIFT_EXIT_CODE = 3

Open = Annotated[bool, typer.Option("--open", help="Open the report in the browser.")]

_ORDER = (
    *("init", "run", "report", "explain", "compare", "balance"),
    *("drift", "publish", "rollback", "up", "status", "stage"),
)


class _InOrder(typer.core.TyperGroup):
    """The commands in the order in which a person meets them."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        """Return their names, as the help lists them."""
        return sorted(super().list_commands(ctx), key=_ORDER.index)


app = typer.Typer(
    name="smrt",
    cls=_InOrder,
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
    from components.project.machine import short_address_space

    if (shortage := short_address_space()) is not None:
        complain(shortage)
        raise typer.Exit(2)
    if not folder.is_dir():
        raise typer.BadParameter(f"{str(folder)!r} is no folder", param_hint="--project")
    context.obj = Path.cwd()
    os.chdir(folder)
    pin_kernels(Path.cwd())


@app.command()
def run(
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait for another run in this project to finish.")
    ] = False,
    show: Open = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Bring the project up to date and show the result.

    Runs the stages whose data, parameters or code changed, keeps every artifact in DVC, and prints
    what the comparison found. If nothing changed, nothing is trained.

    Example: edit params.yaml, then `smrt run`; `smrt run --open` opens the report at the end.
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


@app.command()
def drift(
    context: typer.Context,
    current: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="A file with new rows, of the formats that `smrt init` reads."
        ),
    ],
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Compare new rows with the table that the published model learned from.

    If nothing is published, they are compared with the table of the last run. Exit code 0: no
    drift; 3: drift; 2: the comparison could not be made. The findings are also kept as a page under
    .smrt/drift/.

    Example: `smrt drift incoming/may.csv`.
    """
    with for_people(debug):
        from flows.cli.drift import compare_batch

        found = compare_batch(Path.cwd(), place_of(context, current), as_json=as_json)
    if found:
        raise typer.Exit(DRIFT_EXIT_CODE)


@app.command()
def publish(
    run: Annotated[
        str, typer.Argument(metavar="RUN", help="The name of a run, as `dvc exp list` shows it.")
    ],
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Publish a run: its models and its balanced table become the ones in use.

    Writes published.json, which belongs in git. From now on, new rows are compared with this
    version, and a retrained one replaces it only if it is not expected to be worse.

    Example: `smrt publish quiet-owl`.
    """
    with for_people(debug):
        from components.versions import publication

        published = publication.publish(Path.cwd(), run)
        if as_json:
            print_json(asdict(published))
            return
        typer.echo(f"Published: {published.run}. {published.sentence}")
        typer.echo(
            f"Get its models: dvc get . artifacts/models --rev {published.commit[:12]}; "
            "commit published.json to git."
        )


@app.command()
def compare(
    one: Annotated[
        str,
        typer.Argument(
            metavar="RUN",
            help="A run as `dvc exp list` shows it, published, before (the version published "
            "before that), or a git revision.",
        ),
    ],
    other: Annotated[
        str, typer.Argument(metavar="RUN", help="The same; here: the artifacts in this folder.")
    ] = "here",
    show: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Compare two versions: verdicts, scores, parameters and classes side by side.

    Also writes a page under .smrt/compare/.

    Example: `smrt compare quiet-owl bold-elk --open`; `smrt compare published`.
    """
    with for_people(debug):
        from flows.cli.compare import compare_versions

        check_project(Path.cwd())
        compare_versions(Path.cwd(), one, other, in_browser=show, as_json=as_json)


@app.command()
def rollback(as_json: Json = False, debug: Debug = False) -> None:
    """Go back to the version that was published before the current one.

    Example: `smrt rollback`.
    """
    with for_people(debug):
        from components.versions import publication

        published = publication.rollback(Path.cwd())
        if as_json:
            print_json(asdict(published))
            return
        typer.echo(f"Published again: {published.run}. {published.sentence}")


@app.command()
def up(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 picks a free one.")] = 4200,
    debug: Debug = False,
) -> None:
    """Start the server, the schedules and a worker on this machine; Ctrl-C stops everything.

    The deployments of prefect.yaml then run: the pipeline every night, a drift check every 15
    minutes, and retraining when there is drift.

    Example: `smrt up`.
    """
    with for_people(debug):
        from flows.server.up import bring_up

        check_project(Path.cwd())
        bring_up(Path.cwd(), host, port)


@app.command()
def status(as_json: Json = False, debug: Debug = False) -> None:
    """Show what is published, what is out of date, what ran and what is scheduled.

    Example: `smrt status`.
    """
    with for_people(debug):
        from components.project.console import one_line
        from flows.cli.status import lines, read_status

        check_project(Path.cwd())
        state = read_status(Path.cwd())
        if as_json:
            print_json(state)
            return
        typer.echo("\n".join(map(one_line, lines(state))))


app.add_typer(table_commands.commands)


def main() -> None:
    """Run the command line."""
    app(prog_name="smrt")


if __name__ == "__main__":
    main()
