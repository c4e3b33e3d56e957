"""The commands' common ground: one line and an exit code for whoever made a mistake."""

import contextlib
import json
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

Debug = Annotated[bool, typer.Option("--debug", help="Show tracebacks and Prefect's own log.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@contextlib.contextmanager
def for_people(debug: bool) -> Iterator[None]:
    """Turn what went wrong into one line and an exit code; `debug` adds the traceback."""
    from smrt_lightning.errors import SmrtError

    try:
        yield
    except (typer.Exit, typer.Abort):
        raise
    except KeyboardInterrupt:
        complain("stopped. Finished models are kept; `smrt run` continues from there.")
        raise typer.Exit(130) from None
    except Exception as error:
        if debug:
            traceback.print_exc()
        if isinstance(error, SmrtError):
            complain(str(error))
            raise typer.Exit(2) from None
        from components.project.machine import fault_of

        if (fault := fault_of(error)) is not None:
            complain(fault)
            raise typer.Exit(2) from None
        if (answer := getattr(error, "response", None)) is not None and answer.status_code >= 500:
            complain(
                f"Prefect's server failed ({answer.status_code}). It may lack file handles (raise "
                "`ulimit -n`), room on the disk or memory; then run again"
            )
            raise typer.Exit(2) from None
        complain(
            f"this is a bug in smrt-lightning, not your mistake: {type(error).__name__}: {error}"
        )
        complain("The same command with --debug shows where it happened; please report it.")
        raise typer.Exit(1) from None


def check_project(root: Path) -> None:
    """Check that a folder is a project.

    Raises
    ------
    MissingFileError
        If it has no params.yaml or no dvc.yaml.
    """
    from smrt_lightning.errors import MissingFileError

    for name in ("params.yaml", "dvc.yaml"):
        if not (root / name).is_file():
            raise MissingFileError(
                f"{str(root)!r} is not a smrt-lightning project: it has no {name}. Change to the "
                "folder that holds params.yaml and dvc.yaml, or name it: smrt --project FOLDER …; "
                "to start a project: smrt init TABLE --target COLUMN"
            )


def pin_kernels(root: Path) -> None:
    """Pin the kernels of this process and its children before numpy is loaded, unless it is fast.

    Without a project, or with one whose params.yaml is wrong, nothing speaks against the pin.
    """
    from components.project.params import MACHINE_INDEPENDENT, load_params
    from smrt_lightning.errors import SmrtError
    from smrt_lightning.kernels import pin, spare_threads

    try:
        wanted = load_params(root).reproducible == MACHINE_INDEPENDENT
    except SmrtError:
        wanted = True
    if wanted:
        pin()
        spare_threads(os.environ)


def complain(message: str) -> None:
    """Write one line to standard error."""
    from components.project.console import one_line

    sys.stderr.write(f"smrt: {one_line(message)}\n")


def place_of(context: typer.Context, path: Path) -> Path:
    """Return a path of the command line as it was meant: from where the command was typed."""
    return Path(context.obj or Path.cwd()) / path


def print_json(value: object) -> None:
    """Write a value to standard output for a machine to read."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")
