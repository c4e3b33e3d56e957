"""Real, SMRT's and SMOTE's rows of a class beside each other, for the report.

Pictures when the rows are pictures; otherwise points in two dimensions, the columns that differ
most, and some rows as they are. Beside each synthetic row stands the real row nearest to it, so
that a reader sees what was copied.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from components.generate import SYNTHETIC
from components.page import figures
from components.page.associations import association_gaps
from components.page.drawing import Chart
from components.page.marginals import columns_that_differ
from components.page.words import cell
from smrt_lightning.errors import ParameterError
from smrt_lightning.table.columns import Column
from smrt_lightning.table.neighbors import nearest
from smrt_lightning.table.space import Space

SHOWN_CLASSES = 12
SHOWN_ROWS = 6
SHOWN_CELLS = 10
SMOTE_ROWS = 400
POINTS = 250
FITTED_ROWS = 5000

Show = Callable[[pd.DataFrame], list[Any]]


@dataclass(frozen=True, eq=False)
class Kind:
    """Rows of one class and one origin.

    Attributes
    ----------
    name : str
        "real", "SMRT" or "SMOTE".
    number : int
        Of its colour.
    rows : DataFrame
        Features.
    """

    name: str
    number: int
    rows: pd.DataFrame


def side_by_side(
    table: pd.DataFrame, target: str, names: list[str], shape: list[int] | None, seed: int
) -> dict[str, Any]:
    """Gather what the page shows of each class.

    Parameters
    ----------
    table : DataFrame
        balanced.parquet.
    target : str
        The column of the class.
    names : list of str
        The features.
    shape : [height, width] or None
        Of the pictures that the rows are.
    seed : int
        SMOTE draws its rows here, as the method "smote" does.

    Returns
    -------
    dict
        ``pictures``, ``columns`` (shown as cells), ``more_columns``, ``more_classes``, and
        ``classes``: a list of dict with ``label``, ``kinds`` (name, number and shown rows with
        their nearest real rows), and of tables ``projections``, ``marginals`` and
        ``associations``.

    Raises
    ------
    ParameterError
        If the features are not as many numbers as the shape has pixels.
    """
    is_real = ~table[SYNTHETIC].to_numpy(dtype=bool)
    real, made = table.loc[is_real, names], table.loc[~is_real, names].reset_index(drop=True)
    y = table.loc[is_real, target].astype("str").to_numpy()
    y_made = table.loc[~is_real, target].astype("str").to_numpy()
    counts = pd.Series(y_made).value_counts()
    labels = sorted(counts.index, key=lambda label: (-counts[label], label))
    show = _as_pictures(real, shape) if shape else _as_cells(names[:SHOWN_CELLS])
    smote = _smote(real, y, {label: int(counts[label]) for label in labels[:SHOWN_CLASSES]}, seed)
    near = Nearest(real, y, plain=shape is not None)
    plane = None if shape else _Plane(real)
    classes = []
    for number, label in enumerate(labels[:SHOWN_CLASSES]):
        kinds = [
            Kind("real", 0, real[y == label]),
            Kind("SMRT", 2, made[y_made == label]),
            Kind("SMOTE", 1, smote[label]),
        ]
        entry: dict[str, Any] = {"label": label, "kinds": [_shown(k, near, show) for k in kinds]}
        if plane is not None:
            entry["projections"] = plane.draw(f"plane-{number}", kinds, real[y != label])
            entry["marginals"] = columns_that_differ(
                f"column-{number}", {kind.number: kind.rows for kind in kinds}
            )
            entry["associations"] = association_gaps(kinds[0].rows, kinds[1].rows)
        classes.append(entry)
    return {
        "pictures": shape is not None,
        "columns": names[:SHOWN_CELLS],
        "more_columns": max(len(names) - SHOWN_CELLS, 0),
        "more_classes": max(len(labels) - SHOWN_CLASSES, 0),
        "classes": classes,
    }


class Nearest:
    """The real row nearest to any row.

    Parameters
    ----------
    real : DataFrame
    y : array of str
    plain : bool
        Measure in the columns' own units, as of pixels; else standardised, levels one apart.
    """

    def __init__(self, real: pd.DataFrame, y: NDArray[Any], *, plain: bool) -> None:
        self._real, self._y = real, y
        self._space = None if plain else Space(real)
        self._real_points = self._points(real)

    def _points(self, rows: pd.DataFrame) -> NDArray[np.float64]:
        if self._space is not None:
            return self._space.transform(rows)
        pixels: NDArray[np.float64] = rows.to_numpy(dtype=np.float64, na_value=np.nan)
        return np.nan_to_num(pixels)

    def __call__(self, rows: pd.DataFrame) -> tuple[pd.DataFrame, list[str], list[float]]:
        """Return the nearest real rows, their classes, and the distances."""
        if not len(rows):
            return self._real.iloc[:0], [], []
        distance, place = nearest(self._real_points, self._points(rows))
        found = place[:, 0]
        return self._real.iloc[found], [str(v) for v in self._y[found]], distance[:, 0].tolist()


class _Plane:
    """The first two principal components of the real rows, standardised."""

    def __init__(self, real: pd.DataFrame) -> None:
        from sklearn.decomposition import PCA

        self._space = Space(real)
        points = self._space.transform(spread(real, FITTED_ROWS))
        self._pca = PCA(n_components=min(2, *points.shape), svd_solver="full").fit(points)
        self.explained = np.nan_to_num(self._pca.explained_variance_ratio_).tolist()

    def _project(self, rows: pd.DataFrame) -> NDArray[np.float64]:
        if not len(rows):
            return np.empty((0, 2))
        flat = self._pca.transform(self._space.transform(rows))
        return np.hstack([flat, np.zeros((len(flat), 2 - flat.shape[1]))])

    def draw(self, name: str, kinds: list[Kind], others: pd.DataFrame) -> list[Chart]:
        ground = self._project(spread(others, POINTS))
        clouds = [self._project(spread(kind.rows, POINTS)) for kind in kinds]
        # A few far rows of other classes would press all that matters into a corner.
        middle = np.percentile(ground, (2, 98), axis=0) if len(ground) else np.empty((0, 2))
        framed = np.vstack([middle, *clouds])
        low, high = framed.min(axis=0), framed.max(axis=0)
        margin = 0.04 * np.maximum(high - low, 1e-9)
        low, high = low - margin, high + margin
        limits = (float(low[0]), float(high[0]), float(low[1]), float(high[1]))
        return [
            figures.projection(
                f"{name}-{kind.name.lower()}",
                f"{len(cloud)} {kind.name} rows of the class over real rows of the others",
                ground,
                cloud,
                limits,
                kind.number,
                self.explained,
            )
            for kind, cloud in zip(kinds, clouds, strict=True)
        ]


def spread(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    """Choose at most so many rows, evenly, so that no order decides what is seen."""
    if len(rows) <= most:
        return rows
    return rows.iloc[np.linspace(0, len(rows) - 1, most).round().astype(int)]


def _shown(kind: Kind, near: Nearest, show: Show) -> dict[str, Any]:
    rows = spread(kind.rows, SHOWN_ROWS)
    entry: dict[str, Any] = {"name": kind.name, "number": kind.number, "rows": show(rows)}
    if kind.name != "real":
        nearest, classes, distances = near(rows)
        shown = show(nearest)
        entry["nearest"] = [
            {"row": row, "label": label, "distance": distance}
            for row, label, distance in zip(shown, classes, distances, strict=True)
        ]
    return entry


def _smote(
    real: pd.DataFrame, y: NDArray[Any], wanted: dict[str, int], seed: int
) -> dict[str, pd.DataFrame]:
    """Draw as many SMOTE rows a class as SMRT drew, though no more than can be shown."""
    from smrt_lightning.evaluation.oversamplers import smote_rows

    names, codes = np.unique(y, return_inverse=True)
    counts = np.bincount(codes)
    position = {str(name): code for code, name in enumerate(names)}
    targets = {
        position[label]: int(counts[position[label]]) + min(number, SMOTE_ROWS)
        for label, number in wanted.items()
    }
    drawn = smote_rows(real.reset_index(drop=True), codes, targets, seed)
    rows, of_rows = drawn.X.iloc[drawn.n_real :], drawn.codes[drawn.n_real :]
    return {label: rows[of_rows == position[label]] for label in wanted}


def _as_pictures(real: pd.DataFrame, shape: list[int]) -> Show:
    height, width = shape
    columns = [Column.of(real[name]) for name in real.columns]
    numeric = real[[one.name for one in columns if one.kind == "numeric" or one.boolean]]
    if real.shape[1] != height * width or numeric.shape[1] != real.shape[1]:
        raise ParameterError(
            f"params.yaml: report.image_shape is {shape}, {height * width} pixels, but the table "
            f"has {real.shape[1]} features, {numeric.shape[1]} of them numeric; correct it, or "
            "write null if the rows are no pictures"
        )
    pixels = numeric.to_numpy(dtype=np.float64, na_value=np.nan)
    low, high = float(np.nanmin(pixels)), float(np.nanmax(pixels))

    def show(rows: pd.DataFrame) -> list[str]:
        values = rows.to_numpy(dtype=np.float64, na_value=np.nan)
        return [figures.picture(row.reshape(height, width), low, high) for row in values]

    return show


def _as_cells(columns: list[str]) -> Show:
    def show(rows: pd.DataFrame) -> list[list[str]]:
        cells: list[list[str]] = rows[columns].astype(object).map(cell).to_numpy().tolist()
        return cells

    return show
