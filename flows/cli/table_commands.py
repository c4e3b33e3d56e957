"""The commands around a table of one's own, and for a look into what was learned from it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli.common import Debug, Json, for_people, place_of

if TYPE_CHECKING:
    from components.intake.wishes import Wishes

commands = typer.Typer()

InputTable = Annotated[
    Path,
    typer.Argument(
        metavar="TABLE",
        help="CSV, Parquet or .xlsx file, compressed or not; or a folder of Parquet files.",
    ),
]
Target = Annotated[str | None, typer.Option("--target", help="The column that holds the class.")]
Keep = Annotated[
    list[str] | None, typer.Option("--keep", help="Keep a column that would be left out.")
]
Ignore = Annotated[list[str] | None, typer.Option("--ignore", help="Leave a column out.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Ask no questions, and replace files.")]
Delimiter = Annotated[
    str | None, typer.Option("--delimiter", help="Column separator (auto-detected).")
]
Encoding = Annotated[str | None, typer.Option("--encoding", help="Text encoding (auto-detected).")]
Header = Annotated[
    bool | None,
    typer.Option(
        "--header/--no-header",
        help="Whether the first line holds the column names (auto-detected).",
    ),
]
Types = Annotated[
    list[str] | None,
    typer.Option(
        "--types",
        metavar="COLUMN=KIND",
        help="Set a column's type: number, 'whole number', date, 'truth value' or text.",
    ),
]
DateFormat = Annotated[
    str | None,
    typer.Option("--date-format", help="Date format, such as '%m/%d/%Y' (auto-detected)."),
]
Decimal = Annotated[
    str | None, typer.Option("--decimal", help="Decimal sign, '.' or ',' (auto-detected).")
]
MergeLabels = Annotated[
    bool, typer.Option("--merge-labels", help="Treat labels that differ only in case as one class.")
]


def _wishes(
    keep: list[str] | None,
    ignore: list[str] | None,
    types: list[str] | None,
    decimal: str | None,
    **written: Any,
) -> "Wishes":
    """Return what the options say of a table."""
    from components.intake.cells import KINDS
    from components.intake.wishes import Wishes

    kinds = {}
    for entry in types or []:
        name, sign, kind = entry.rpartition("=")
        if not sign or kind not in KINDS:
            raise typer.BadParameter(
                f"{entry!r} is no COLUMN=KIND; the kinds are {', '.join(KINDS)}",
                param_hint="--types",
            )
        kinds[name] = kind
    if decimal not in (None, ".", ","):
        raise typer.BadParameter(f"{decimal!r} is neither '.' nor ','", param_hint="--decimal")
    return Wishes(keep=keep or [], ignore=ignore or [], kinds=kinds, decimal=decimal, **written)


@commands.command()
def init(
    context: typer.Context,
    table: InputTable,
    target: Target = None,
    keep: Keep = None,
    ignore: Ignore = None,
    types: Types = None,
    header: Header = None,
    date_format: DateFormat = None,
    decimal: Decimal = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    merge_labels: MergeLabels = False,
    group: Annotated[
        str | None,
        typer.Option(
            "--group",
            help="A column, such as a customer number: rows with the same value stay in one part "
            "of a split.",
        ),
    ] = None,
    time: Annotated[
        str | None,
        typer.Option(
            "--time", help="A date or time column: train on earlier rows, test on later ones."
        ),
    ] = None,
    accept_loss: Annotated[
        bool,
        typer.Option(
            "--accept-loss",
            help="Go on even if quarantine takes more than a tenth of a class.",
        ),
    ] = False,
    remark_values: Annotated[
        bool,
        typer.Option(
            "--remark-values",
            help="Write ranges and levels, values of your table, into the comments of schema.yaml, "
            "which git keeps.",
        ),
    ] = False,
    yes: Yes = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Start a project with your own table: read it, write params.yaml and schema.yaml.

    Works in an empty folder, in any folder of a git repository, and in a clone of smrt-lightning.
    Shows the type inferred for each column, leaves out identifiers, constants and copies of the
    target, puts the table under DVC, and asks before it replaces a file.

    Example: `smrt init customers.csv --target churned`, then `smrt run`.
    """
    with for_people(debug):
        from flows.cli.init import start_project

        wishes = _wishes(
            keep,
            ignore,
            types,
            decimal,
            delimiter=delimiter,
            encoding=encoding,
            header=header,
            date_format=date_format,
            merge_labels=merge_labels,
        )
        started = start_project(
            Path.cwd(),
            place_of(context, table),
            target,
            wishes,
            group=group,
            time=time,
            accept_loss=accept_loss,
            remark_values=remark_values,
            yes=yes,
            as_json=as_json,
        )
        if not started:
            raise typer.Exit(1)


@commands.command()
def balance(
    context: typer.Context,
    table: Annotated[
        str,
        typer.Argument(
            metavar="TABLE",
            help="CSV, Parquet or .xlsx file, compressed or not; or a folder of Parquet files. "
            "With a folder as OUTPUT also an address such as s3://….",
        ),
    ],
    output: Annotated[
        Path,
        typer.Argument(
            metavar="OUTPUT",
            help="The file to write: CSV or Parquet, by its extension. A name without an extension "
            "is a folder: the table is then read in parts and never held in memory.",
        ),
    ],
    target: Target = None,
    ratio: Annotated[
        float,
        typer.Option("--ratio", help="Rows wanted of each class, as a share of the largest class."),
    ] = 1.0,
    seed: Annotated[
        int, typer.Option("--seed", help="The same seed gives the same rows.", min=0)
    ] = 0,
    keep: Keep = None,
    ignore: Ignore = None,
    types: Types = None,
    header: Header = None,
    date_format: DateFormat = None,
    decimal: Decimal = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    merge_labels: MergeLabels = False,
    keep_left_out: Annotated[
        bool,
        typer.Option(
            "--keep-left-out",
            help="Keep identifiers, leaks and free text in the output, empty in synthetic rows.",
        ),
    ] = False,
    copy: Annotated[
        bool, typer.Option("--copy", help="Into a folder: write the real rows, too.")
    ] = False,
    dask: Annotated[
        str | None,
        typer.Option("--dask", metavar="ADDRESS", help="Into a folder: work on a Dask cluster."),
    ] = None,
    yes: Yes = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Balance one file, without a pipeline and without checking whether it helps.

    The real rows come first, unchanged in value; the column smrt_synthetic marks the
    synthetic ones. Identifiers, leaks and free text are not in the output, since only real rows
    have them. If OUTPUT is a folder, the table may be larger than memory: synthetic rows are
    written as Parquet files beside a manifest.

    Example: `smrt balance customers.csv balanced.csv --target churned`.
    """
    with for_people(debug):
        from smrt_lightning.errors import ParameterError

        wishes = _wishes(
            keep,
            ignore,
            types,
            decimal,
            delimiter=delimiter,
            encoding=encoding,
            header=header,
            date_format=date_format,
            merge_labels=merge_labels,
        )
        if not output.suffix:
            from flows.cli.in_parts import balance_parts

            balance_parts(
                table if "://" in table else str(place_of(context, Path(table))),
                place_of(context, output),
                target,
                wishes,
                ratio=ratio,
                seed=seed,
                keep_left_out=keep_left_out,
                copy=copy,
                dask=dask,
                yes=yes,
                as_json=as_json,
            )
            return
        for given, option in ((copy, "--copy"), (dask, "--dask"), ("://" in table, table)):
            if given:
                raise ParameterError(
                    f"{option} goes with a folder to write to, and {str(output)!r} is a file by "
                    "its ending: name a folder, such as balanced"
                )
        from flows.cli.one_file import balance_file

        balance_file(
            place_of(context, Path(table)),
            place_of(context, output),
            target,
            wishes,
            ratio=ratio,
            seed=seed,
            keep_left_out=keep_left_out,
            yes=yes,
            as_json=as_json,
        )


@commands.command()
def explain(
    label: Annotated[
        str, typer.Argument(metavar="CLASS", help="The label of a class that has synthetic rows.")
    ],
    n: Annotated[
        int, typer.Option("--rows", help="How many rows to show of each kind.", min=1)
    ] = 5,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Show what the model of a class learned after `smrt run`.

    Counts, how the latent space is used, and the rows that the model reconstructs best and worst:
    the class's archetypes, and rows that may be mistakes or a sub-group of their own.

    Example: `smrt explain yes`.
    """
    with for_people(debug):
        from flows.cli.one_file import explain_class

        explain_class(Path.cwd(), label, n=n, as_json=as_json)


@commands.command()
def stage(
    name: Annotated[
        str,
        typer.Argument(metavar="STAGE", help="validate, split, train, generate, evaluate, report"),
    ],
) -> None:
    """Run one stage, as `dvc repro` does in a project that `smrt init` started.

    Example: `smrt stage validate`.
    """
    from components.pipeline import STAGES, stage_function
    from components.project.console import run_stage

    if name not in STAGES:
        raise typer.BadParameter(f"{name!r} is no stage; the stages are {', '.join(STAGES)}")
    raise typer.Exit(run_stage(name, stage_function(name)))
