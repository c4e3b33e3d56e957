"""The first stage's check, made on a table before anything is written for it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from components.intake.schema_file import schema_text
from components.project.params import DataParams, load_params
from components.table.files import read_rows
from components.table.schema import check_table, load_schema
from components.validate import ClassLoss, class_losses, refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from components.intake.understanding import Understanding


def try_first_stage(
    root: Path, table: Understanding, place: str, write: Callable[[Path, Understanding], None]
) -> list[ClassLoss]:
    """Let the first stage read and check the table as it will lie in the project.

    Parameters
    ----------
    root : Path
        The project; its parameters count where it has any.
    table : Understanding
        The table.
    place : str
        Where it is to lie, relative to the project.
    write : callable
        Writes the table to a path.

    Returns
    -------
    list of ClassLoss
        Classes of which quarantine takes more than the parameters allow.

    Raises
    ------
    SmrtError
        What the stage would raise.
    """
    share, class_share = _limits(root)
    data = DataParams(
        path=place,
        target=table.target,
        ignore=list(table.ignored),
        format=table.format,
        max_invalid_fraction=share,
        max_invalid_class_fraction=1.0,
    )
    with tempfile.TemporaryDirectory() as folder:
        path = table.source
        if (root / place).resolve() != table.source.resolve():
            path = Path(folder) / Path(place).name
            write(path, table)
        schema_path = Path(folder) / "schema.yaml"
        schema_path.write_text(schema_text(table), encoding="utf-8")
        raw = read_rows(path, data).drop(columns=data.ignore)
        schema = load_schema(schema_path)
        checked = check_table(raw, schema)
    if (error := refusal(checked, raw, data)) is not None:
        raise error
    return class_losses(checked, raw, data.target, class_share)


def _limits(root: Path) -> tuple[float, float]:
    """Return which shares of all rows and of a class may go to quarantine."""
    from components.project import code

    place = root if (root / "params.yaml").is_file() else code.TEMPLATES
    data = load_params(place).data
    return data.max_invalid_fraction, data.max_invalid_class_fraction
