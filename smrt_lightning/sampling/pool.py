"""The candidates of one class: from its model, its neighbours, or itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.model.codec import TableCodec
from smrt_lightning.model.interpolation import interpolate
from smrt_lightning.sampling.acceptance import Clearance, keep
from smrt_lightning.sampling.coverage import Coverage, SubGroups
from smrt_lightning.seeds import derive_seed, numpy_generator

if TYPE_CHECKING:
    from smrt_lightning.model.generator import Drawer
    from smrt_lightning.model.variational import VariationalAutoEncoder

PARTS: dict[str, tuple[tuple[str, float], ...]] = {
    "mixed": (("free", 0.7), ("interpolation", 0.3)),
    "anchored": (("anchored", 1.0),),
    "free": (("free", 1.0),),
    "prior": (("prior", 1.0),),
    "prior_correlated": (("prior_correlated", 1.0),),
    "prior_mean": (("prior_mean", 1.0),),
    "interpolation": (("interpolation", 1.0),),
    "repetition": (("repetition", 1.0),),
    "generator": (("generator", 1.0),),
}
"""The draws behind each name, and the share of the candidates that each gives."""
N_CLUSTERINGS = 10
"""A share must hold whichever way the class is cut in clusters, not in one way only."""
_FROM_ONE_ROW = ("anchored", "free", "generator")
_MAX_ROUNDS = 10
_MAX_REPEATS = 0.05


@dataclass(frozen=True)
class Recipe:
    """How the rows of a class are drawn and which of them are kept.

    Attributes
    ----------
    draw : str
        One of ``PARTS``.
    acceptance : float
        Candidates per row kept.
    coverage : float
        What the worst-served sub-group is to keep of its share, see
        :func:`~smrt_lightning.sampling.acceptance.keep`.
    """

    draw: str
    acceptance: float
    coverage: float

    @property
    def name(self) -> str:
        """In words."""
        if self.acceptance <= 1:
            return f"{self.draw}, all kept"
        return f"{self.draw}, coverage {self.coverage:g}"


class Pool:
    """The source of one class's candidates.

    Parameters
    ----------
    table : DataFrame
        The real rows of the class.
    model : VariationalAutoEncoder, Drawer or None
        Its model, if it has one.
    how : str
        A draw of :mod:`smrt_lightning.model.draws`, "interpolation", "repetition", or "generator"
        for what a :class:`~smrt_lightning.model.generator.Drawer` draws.
    seed : int
        The class's seed.
    codec : TableCodec, optional
        The codec of a class without a model; fitted on the table by default.
    """

    def __init__(
        self,
        table: pd.DataFrame,
        model: VariationalAutoEncoder | Drawer | None,
        how: str,
        seed: int,
        codec: TableCodec | None = None,
    ) -> None:
        self.table, self.model, self.how, self.seed = table, model, how, seed
        self.codec = model.codec_ if model is not None else codec or TableCodec().fit(table)
        self.rows = self.codec.encode(table) if model is None else model.rows_
        self.repeats = bool(table.duplicated().mean() > _MAX_REPEATS)

    def draw(
        self, n: int, round_: int
    ) -> tuple[pd.DataFrame, NDArray[np.int64], NDArray[np.bool_]]:
        """Draw n candidates.

        Returns
        -------
        rows : DataFrame of shape (n, n_columns)
            The candidates.
        anchors : ndarray of int, shape (n,)
            The row of the table each was drawn from; -1 when not from one row alone.
        fresh : ndarray of bool, shape (n,)
            False for a copy of a real row, where real rows hardly repeat each other, and for a
            row that breaks a constraint or whose sum the class cannot have.
        """
        from smrt_lightning.model.draws import choose_anchors

        seed = derive_seed(self.seed, "round", str(round_))
        anchors = choose_anchors(n, len(self.rows), numpy_generator(seed, "anchors"))
        if self.how == "repetition":
            return self.table.iloc[anchors].reset_index(drop=True), anchors, np.ones(n, bool)
        if self.model is None:
            rows = interpolate(self.codec, self.rows, anchors, seed)
        else:
            rows = self.model.draw_frame(anchors, seed, self.how)
        fresh = np.ones(n, bool) if self.repeats else ~equal_rows(rows, self.table)
        fresh &= ~self.codec.impossible(rows)
        from_one_row = self.how in _FROM_ONE_ROW and len(self.table) == len(self.rows)
        return rows, anchors if from_one_row else np.full(n, -1), fresh

    def candidates(self, n: int, acceptance: float) -> tuple[pd.DataFrame, NDArray[np.int64], int]:
        """Draw candidates until n of them differ from the real rows, in ten rounds at most.

        Returns
        -------
        rows, anchors
            As :meth:`draw`; without copies, unless too few candidates are none.
        n_drawn : int
            Rows drawn.
        """
        wanted = int(np.ceil(n * acceptance))
        rows, anchors, fresh = self.draw(wanted, 0)
        drawn = wanted
        for extra in range(1, _MAX_ROUNDS):
            if fresh.sum() >= n:
                break
            more, more_anchors, more_fresh = self.draw(wanted, extra)
            drawn += wanted
            rows = pd.concat([rows, more], ignore_index=True)
            anchors = np.concatenate([anchors, more_anchors])
            fresh = np.concatenate([fresh, more_fresh])
        if fresh.sum() >= n:
            rows, anchors = rows[fresh].reset_index(drop=True), anchors[fresh]
        return rows, anchors, drawn


@dataclass(frozen=True)
class Drawn:
    """The synthetic rows of one class.

    Attributes
    ----------
    rows : DataFrame of shape (n, n_columns)
        The rows kept.
    anchors : ndarray of int, shape (n,)
        As :meth:`Pool.draw` gives them.
    n_candidates : int
        Rows drawn.
    coverage : Coverage
        What each sub-group of the class keeps.
    """

    rows: pd.DataFrame
    anchors: NDArray[np.int64]
    n_candidates: int
    coverage: Coverage


def draw_class(
    table: pd.DataFrame,
    model: VariationalAutoEncoder | Drawer | None,
    clearance: Clearance,
    n: int,
    *,
    recipe: Recipe,
    seed: int,
    codec: TableCodec | None = None,
) -> Drawn:
    """Draw n rows of one class: candidates, then those that acceptance and coverage keep.

    Parameters
    ----------
    table : DataFrame
        The real rows of the class.
    model : VariationalAutoEncoder, Drawer or None
        Its model, if it has one.
    clearance : Clearance
        Measures where candidates stand.
    n : int
        Rows to keep.
    recipe : Recipe
        How to draw and what to keep.
    seed : int
        The class's seed.
    codec : TableCodec, optional
        Of a class without a model.
    """
    shares = np.cumsum([0.0, *(share for _, share in PARTS[recipe.draw])])
    sizes = np.diff(np.round(shares * n)).astype(int)
    found, n_candidates = [], 0
    for (how, _), size in zip(PARTS[recipe.draw], sizes, strict=True):
        pool = Pool(table, model, how, derive_seed(seed, how), codec)
        rows, anchors, drawn = pool.candidates(int(size), recipe.acceptance)
        if recipe.acceptance <= 1:
            rows, anchors = rows.iloc[:size], anchors[:size]
        found.append((rows, anchors))
        n_candidates += drawn
    candidates = pd.concat([rows for rows, _ in found], ignore_index=True)
    anchors = np.concatenate([anchors for _, anchors in found])
    groups = SubGroups(table, clearance.own, n, derive_seed(seed, "coverage"))
    if recipe.acceptance > 1:
        others = [
            SubGroups(table, clearance.own, n, derive_seed(seed, "coverage", str(at)))
            for at in range(1, N_CLUSTERINGS if recipe.coverage else 1)
        ]
        stand = clearance.measure(candidates)
        places = keep(candidates, stand, n, [groups, *others], asked_share(recipe.coverage))
        candidates, anchors = candidates.iloc[places].reset_index(drop=True), anchors[places]
    return Drawn(
        candidates, anchors, n_candidates, groups.coverage(candidates, clearance.points(candidates))
    )


def asked_share(coverage: float) -> float:
    """Return what every known sub-group is asked to keep: 1 − (1 − coverage)³, .875 for .5.

    It is more than the coverage, since a sub-group that no clustering finds keeps less: the rows
    kept of each cluster are its clearest.
    """
    return 1.0 - (1.0 - coverage) ** 3


def equal_rows(rows: pd.DataFrame, table: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell which rows equal a row of the table in every column."""
    hashes = pd.util.hash_pandas_object(table, index=False)
    return pd.util.hash_pandas_object(rows, index=False).isin(set(hashes)).to_numpy()
