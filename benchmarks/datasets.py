"""The tables of the benchmark, each cut down and made imbalanced in one fixed, written way.

Every table is binary: 1 is the minority class. What was done to a table is in its ``about`` text,
which the benchmark prints. The order of `DATASETS` is the order of work: cheapest first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


class DataAbsentError(FileNotFoundError):
    """A table needs a file that is not in the data folder."""


@dataclass(frozen=True)
class Table:
    """A binary table: features ``X`` and labels ``y`` (1 is the minority class).

    ``brightest`` is the largest value a pixel can take, where the columns are the pixels of an
    image; None for a table. ``subgroup`` tells the rows of a part of the minority class that is
    easily neglected, where there is a natural one.
    """

    X: pd.DataFrame
    y: NDArray[np.int64]
    categorical: list[str] = field(default_factory=list)
    brightest: float | None = None
    subgroup: NDArray[np.bool_] | None = None

    def scaler(self) -> Any:
        """Return an unfitted scaler of the numeric columns.

        Standard scores; but pixels are divided by the brightest, since a standard score would
        make a stray bright pixel at the edge of an image outweigh the digit.
        """
        from sklearn.preprocessing import FunctionTransformer, StandardScaler

        if self.brightest is None:
            return StandardScaler()
        by = {"by": self.brightest}
        return FunctionTransformer(_divide, _multiply, kw_args=by, inv_kw_args=by)


def _divide(values: NDArray[np.float64], by: float) -> NDArray[np.float64]:
    return values / by


def _multiply(values: NDArray[np.float64], by: float) -> NDArray[np.float64]:
    return values * by


@dataclass(frozen=True)
class Dataset:
    """How to build one table, and how it is split and balanced.

    Attributes
    ----------
    build : callable
        Takes the data folder, returns the table.
    about : str
        What was done to the source, for the reader of the results.
    test_size : float
        Share of the rows in the test part.
    ratios : tuple of float
        Minority rows over majority rows after balancing; 1.0 is the main comparison.
    mixed : bool
        Whether it has categorical columns.
    """

    build: Callable[[Path], Table]
    about: str
    test_size: float = 0.3
    ratios: tuple[float, ...] = (1.0,)
    mixed: bool = False


def _keep(y: NDArray[np.int64], n_majority: int | None, n_minority: int | None) -> NDArray[np.intp]:
    """Positions of a fixed random choice of rows per class, in their original order."""
    rng = np.random.default_rng(0)
    kept = []
    for label, n in ((0, n_majority), (1, n_minority)):
        rows = rng.permutation(np.flatnonzero(y == label))
        kept.append(rows if n is None else rows[:n])
    return np.sort(np.concatenate(kept))


def take(table: Table, rows: NDArray[np.intp]) -> Table:
    """Return the table of these rows."""
    subgroup = None if table.subgroup is None else table.subgroup[rows]
    X = table.X.iloc[rows].reset_index(drop=True)
    return replace(table, X=X, y=table.y[rows], subgroup=subgroup)


def at_most(table: Table, rows: int) -> Table:
    """Return the table, cut to so many rows at its class ratio."""
    if len(table.y) <= rows:
        return table
    n_minority = round(rows * table.y.mean())
    return take(table, _keep(table.y, rows - n_minority, n_minority))


def _from_csv(name: str, minority: str, max_rows: int | None = None) -> Callable[[Path], Table]:
    def build(folder: Path) -> Table:
        path = folder / f"{name}.csv.gz"
        if not path.exists():
            raise DataAbsentError(f"{path} is absent")
        X = pd.read_csv(path)
        y = (X.pop("target") == minority).to_numpy().astype(np.int64)
        categorical = [str(c) for c in X if not pd.api.types.is_numeric_dtype(X[c])]
        X[categorical] = X[categorical].fillna("?")  # how the source of adult wrote it
        # A row whose copy is in the test part rewards memory; mammography is 30 % copies.
        table = take(Table(X, y, categorical), np.flatnonzero(~X.duplicated().to_numpy()))
        return table if max_rows is None else at_most(table, max_rows)

    return build


def _bundled(
    loader: str,
    minority: int,
    majority: int | None = None,
    n_minority: int | None = None,
    brightest: float | None = None,
) -> Callable[[Path], Table]:
    """One class of a scikit-learn set, thinned to `n_minority` rows, against others."""

    def build(_: Path) -> Table:
        from sklearn import datasets

        X, target = getattr(datasets, f"load_{loader}")(return_X_y=True, as_frame=True)
        label = target.to_numpy()
        used = (
            np.full(len(label), True) if majority is None else np.isin(label, (minority, majority))
        )
        y = (label == minority).astype(np.int64)
        table = take(Table(X, y, brightest=brightest), np.flatnonzero(used))
        return take(table, _keep(table.y, None, n_minority))

    return build


def _diabetes(_: Path) -> Table:
    from sklearn.datasets import load_diabetes

    X, target = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
    return Table(X, (target > np.quantile(target, 0.9)).to_numpy().astype(np.int64))


def many_small_clusters(
    *,
    n_clusters: int = 40,
    rows_per_cluster: int = 6,
    n_majority: int = 2400,
    n_columns: int = 8,
    spread: float = 0.3,
    seed: int = 0,
) -> Table:
    """Make a table whose minority class is dozens of sub-groups of a few rows each.

    The majority is one wide Gaussian cloud; the centres of the sub-groups come from the same
    cloud, so only the fine structure tells the classes apart.

    Parameters
    ----------
    n_clusters, rows_per_cluster : int
        Sub-groups of the minority class and rows in each.
    n_majority, n_columns : int
        Shape of the majority class.
    spread : float
        Standard deviation within a sub-group; the cloud's is 1.
    seed : int
        Seed of the generator.

    Returns
    -------
    Table
        Continuous columns ``x0`` …, rows in random order.
    """
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(n_clusters, n_columns)).repeat(rows_per_cluster, axis=0)
    minority = centres + spread * rng.normal(size=centres.shape)
    X = np.vstack([rng.normal(size=(n_majority, n_columns)), minority])
    y = np.repeat(np.array([0, 1], dtype=np.int64), [n_majority, len(minority)])
    order = rng.permutation(len(y))
    return Table(pd.DataFrame(X[order], columns=[f"x{i}" for i in range(n_columns)]), y[order])


def _mnist(n_minority: int) -> Callable[[Path], Table]:
    def build(folder: Path) -> Table:
        path = folder / "mnist.npz"
        if not path.exists():
            raise DataAbsentError(f"{path} is absent")
        with np.load(path, allow_pickle=False) as archive:
            digit = archive["y"]
            used = np.flatnonzero((digit == 3) | (digit == 8))
            pixels = archive["X"][used]
        y = (digit[used] == 8).astype(np.int64)
        X = pd.DataFrame(pixels, columns=[f"pixel{i}" for i in range(pixels.shape[1])])
        return take(Table(X, y, brightest=255.0), _keep(y, None, n_minority))

    return build


def _with_subgroup(
    build: Callable[[Path], Table], column: str, level: str
) -> Callable[[Path], Table]:
    """Take the rows of the minority class that have this level for its sub-group."""

    def wrapped(folder: Path) -> Table:
        table = build(folder)
        own = (table.X[column] == level).to_numpy() & (table.y == 1)
        return replace(table, subgroup=own)

    return wrapped


def neglected_subgroup(*, n_majority: int = 1200, n_minority: int = 120, seed: int = 0) -> Table:
    """Make a table whose minority class has a hard fifth, which a category marks.

    Four fifths of the minority have sex "m" and stand clear of the majority; a fifth has sex "f"
    and lies half among it. The majority has both.

    Parameters
    ----------
    n_majority, n_minority : int
        Rows of each class.
    seed : int
        Seed of the generator.
    """
    rng = np.random.default_rng(seed)
    y = np.repeat(np.array([0, 1], dtype=np.int64), [n_majority, n_minority])
    hard = (y == 1) & (np.arange(len(y)) % 5 == 0)
    shift = np.where(y == 0, 0.0, np.where(hard, 0.5, 1.25))
    X = pd.DataFrame(rng.normal(size=(len(y), 4)) + shift[:, None], columns=list("abcd"))
    X["sex"] = np.where(y == 0, rng.choice(["f", "m"], len(y)), np.where(hard, "f", "m"))
    return Table(X, y, ["sex"], subgroup=hard)


_WHOLE = "all distinct rows"
DATASETS: dict[str, Dataset] = {
    "iris": Dataset(
        _bundled("iris", 2, majority=1, n_minority=15),
        "bundled: virginica (15 rows) against versicolor",
    ),
    "wine": Dataset(
        _bundled("wine", 2, n_minority=15), "bundled: class 2 (15 rows) against the rest"
    ),
    "diabetes": Dataset(_diabetes, "bundled: target above its 90th percentile against the rest"),
    "breast_cancer": Dataset(
        _bundled("breast_cancer", 0, n_minority=40), "bundled: malignant (40 rows) against benign"
    ),
    "yeast_me2": Dataset(_from_csv("yeast_me2", "minority"), _WHOLE),
    "oil_spill": Dataset(_from_csv("oil_spill", "minority"), _WHOLE),
    "many_small_clusters": Dataset(
        lambda _: many_small_clusters(),
        "generated: minority of 40 sub-groups of 6 rows inside a cloud of 2,400 majority rows",
    ),
    "neglected_subgroup": Dataset(
        lambda _: neglected_subgroup(),
        "generated: 120 rows of the minority, a fifth of them hard and marked by a category",
        mixed=True,
    ),
    "digits_8": Dataset(
        _bundled("digits", 8, brightest=16.0), "bundled: digit 8 (all rows) against the rest"
    ),
    "digits_3v8": Dataset(
        _bundled("digits", 8, majority=3, n_minority=40, brightest=16.0),
        "bundled: digit 8 (40 rows) against digit 3",
    ),
    "wine_quality": Dataset(_from_csv("wine_quality", "minority"), _WHOLE),
    "phoneme": Dataset(_from_csv("phoneme", "minority"), _WHOLE),
    "page_blocks": Dataset(_from_csv("page_blocks", "minority"), _WHOLE),
    "annthyroid": Dataset(_from_csv("annthyroid", "minority"), _WHOLE),
    "mammography": Dataset(_from_csv("mammography", "minority"), _WHOLE),
    "us_crime": Dataset(_from_csv("us_crime", "minority"), _WHOLE),
    "ozone_level": Dataset(_from_csv("ozone_level", "minority"), _WHOLE),
    "bank_marketing": Dataset(
        _from_csv("bank_marketing", "yes", 8000),
        "8,000 distinct rows at the class ratio",
        mixed=True,
    ),
    "adult": Dataset(
        _with_subgroup(_from_csv("adult", ">50K", 8000), "sex", "Female"),
        "8,000 distinct rows at the class ratio",
        mixed=True,
    ),
    "mnist_3v8_100": Dataset(
        _mnist(200),
        "digit 8 (100 training rows) against every digit 3 (3,570), the test part alike",
        test_size=0.5,
        ratios=(1.0, 0.5),
    ),
    "mnist_3v8_1000": Dataset(
        _mnist(1500),
        "digit 8 (1,000 training rows) against every digit 3 (4,760), the test part half as many",
        test_size=1 / 3,
        ratios=(1.0, 0.5),
    ),
}


def splits(
    table: Table, n_splits: int, test_size: float
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Yield stratified train and test positions.

    Split ``i`` depends on ``i`` alone, so asking for more splits keeps the earlier ones.
    """
    from sklearn.model_selection import train_test_split

    for seed in range(n_splits):
        train, test = train_test_split(
            np.arange(len(table.y)), test_size=test_size, stratify=table.y, random_state=seed
        )
        yield train, test
