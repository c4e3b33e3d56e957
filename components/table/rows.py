"""The validated table and its splits, as every later stage reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from components.project.errors import nearest, shorten
from components.project.params import Params
from components.project.workspace import Workspace, read_json, read_parquet
from components.table.schema import constraints_of, load_schema
from smrt_lightning.errors import DamagedFileError, ParameterError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from smrt_lightning.table.constraints import Constraint

RELEASE = "release"
"""Name of the split that learns from all rows and is tested on none."""


@dataclass(frozen=True)
class Table:
    """The validated table, taken apart.

    Attributes
    ----------
    frame : DataFrame
        All columns, in the order of the table.
    X : DataFrame
        The features: every column but the target, the group and the time.
    y : Series of str
        The class labels.
    groups, time : Series or None
        The columns that params.yaml names for splitting. They are no features: a row's customer
        or date would tell a classifier what it cannot know of new rows.
    """

    frame: pd.DataFrame
    X: pd.DataFrame
    y: pd.Series[Any]
    groups: pd.Series[Any] | None
    time: pd.Series[Any] | None


@dataclass(frozen=True, eq=False)
class Part:
    """One entry of splits.json.

    Attributes
    ----------
    name : str
        ``split-00`` … or ``release``.
    train, test : ndarray of int64
        Positions in validated.parquet, increasing; ``test`` of the release is empty.
    """

    name: str
    train: NDArray[np.int64]
    test: NDArray[np.int64]


def load_table(workspace: Workspace, params: Params) -> Table:
    """Read validated.parquet and tell the features from the rest.

    Raises
    ------
    MissingFileError, DamagedFileError
        If the file is not there or not readable.
    ParameterError
        If ``split.group`` or ``split.time`` names no column besides the target.
    """
    frame = read_parquet(workspace.validated)
    target = params.data.target
    if target not in frame.columns:
        raise DamagedFileError(
            f"validated.parquet has no column {shorten(target)}: run the validate stage again"
        )
    others = [str(name) for name in frame.columns if name != target]
    for key, name in (("group", params.split.group), ("time", params.split.time)):
        if name is not None and name not in others:
            raise ParameterError(
                f"params.yaml: split.{key} is {shorten(name)}, which is no column of the table "
                f"besides the target{nearest(name, others)}"
            )
    context = {name for name in (params.split.group, params.split.time) if name is not None}
    return Table(
        frame=frame,
        X=frame[[name for name in others if name not in context]],
        y=frame[target].astype("str"),
        groups=None if params.split.group is None else frame[params.split.group],
        time=None if params.split.time is None else frame[params.split.time],
    )


def constraints(workspace: Workspace, table: Table) -> list[Constraint] | str:
    """Return what schema.yaml says to hold between the columns, "auto" where it says nothing."""
    found = constraints_of(load_schema(workspace.schema), list(table.X.columns))
    return "auto" if found is None else found


def load_parts(workspace: Workspace, n_rows: int) -> list[Part]:
    """Read splits.json, and check that its positions lie within ``n_rows`` rows."""
    parts = []
    for entry in read_json(workspace.splits)["splits"]:
        train, test = (np.asarray(entry[key], dtype=np.int64) for key in ("train", "test"))
        if max(train.max(initial=-1), test.max(initial=-1)) >= n_rows:
            raise DamagedFileError(
                f"splits.json names rows beyond the {n_rows} of validated.parquet: "
                "run the split stage again"
            )
        parts.append(Part(str(entry["name"]), train, test))
    return parts
