"""The columns of a table, each with the type inferred for it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from components.intake.cells import Cells, understand_texts, understand_typed
from components.intake.suspects import MIN_ROWS
from components.intake.wishes import Wishes
from components.project.errors import ColumnsError, shorten

if TYPE_CHECKING:
    from components.table.delimited import Layout


def understand_columns(
    frame: pd.DataFrame, target: str, labels: Cells, layout: Layout | None, wishes: Wishes
) -> dict[str, Cells]:
    """Understand all columns of a table; the labels are understood already.

    Parameters
    ----------
    frame : DataFrame
        The table as it was read.
    target : str
        The column of the labels.
    labels : Cells
        What it holds.
    layout : Layout or None
        How a text file is written; None for Parquet.
    wishes : Wishes
        What somebody said of it.
    """
    features = frame.drop(columns=target)
    if layout is None:
        typed = {
            str(name): understand_texts(
                features[[name]].astype("str"), kinds=wishes.kinds, date_format=wishes.date_format
            )[str(name)]
            if name in wishes.kinds
            else understand_typed(features[name])
            for name in features
        }
        typed |= _texts_of_parquet(typed, wishes)
    else:
        typed = understand_texts(
            features,
            kinds=wishes.kinds,
            known=wishes.known.columns if wishes.known else None,
            date_format=wishes.date_format,
            decimal=wishes.decimal,
            semicolons=layout.delimiter == ";",
        )
    return {str(name): typed.get(str(name), labels) for name in frame.columns}


def _texts_of_parquet(typed: dict[str, Cells], wishes: Wishes) -> dict[str, Cells]:
    """Return the texts of a typed file that are something else: dates; numbers are pointed out."""
    texts = {
        name: cells.values.astype("str")
        for name, cells in typed.items()
        if cells.kind == "text" and not cells.written and name not in wishes.kinds
    }
    if not texts:
        return {}
    read = understand_texts(
        pd.DataFrame(texts),
        known=wishes.known.columns if wishes.known else None,
        date_format=wishes.date_format,
        decimal=wishes.decimal,
    )
    found = {}
    for name, cells in read.items():
        if cells.kind == "date":
            written = cells.written or "as text"
            found[name] = replace(cells, written=written)
        elif cells.kind in ("number", "whole number") and cells.values.nunique() > MIN_ROWS:
            found[name] = replace(typed[name], doubt="its cells are numbers, stored as text")
    return found


def check_kinds(columns: dict[str, Cells], wishes: Wishes) -> None:
    """Raise ColumnsError where a column does not hold what somebody said."""
    for name, kind in wishes.kinds.items():
        misfits = columns[name].misfits
        if misfits.mean() > 0.5:
            cell = shorten(columns[name].values[misfits].iloc[0], 30)
            raise ColumnsError(
                f"--types says that {shorten(name)} holds a {kind}, but {int(misfits.sum())} of "
                f"{len(misfits)} cells are none, such as {cell}: leave it away, or --ignore it"
            )
