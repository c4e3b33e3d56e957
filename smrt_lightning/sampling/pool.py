"""The candidates of one class: from its model, its neighbours, or itself."""

from __future__ import annotations

from collections.abc import Sequence
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
CHUNK = 10_000
"""Rows kept at a time; a part of the method, for it is of each chunk's candidates that the clearest
are kept."""
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
        self.hashes = np.unique(_hashes(table))
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
        fresh = np.ones(n, bool) if self.repeats else ~np.isin(_hashes(rows), self.hashes)
        fresh &= ~self.codec.impossible(rows)
        from_one_row = self.how in _FROM_ONE_ROW and len(self.table) == len(self.rows)
        return rows, anchors if from_one_row else np.full(n, -1), fresh

    def candidates(
        self, n: int, acceptance: float, chunk: int = 0
    ) -> tuple[pd.DataFrame, NDArray[np.int64], int]:
        """Draw candidates until n of them differ from the real rows, in ten rounds at most.

        Each chunk has candidates of its own.

        Returns
        -------
        rows, anchors
            As :meth:`draw`; without copies, unless too few candidates are none.
        n_drawn : int
            Rows drawn.
        """
        wanted = int(np.ceil(n * acceptance))
        first = chunk * _MAX_ROUNDS
        rows, anchors, fresh = self.draw(wanted, first)
        drawn = wanted
        for extra in range(first + 1, first + _MAX_ROUNDS):
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
    cuts: Sequence[SubGroups] | None = None,
) -> Drawn:
    """Draw n rows of one class: candidates, then those that acceptance and coverage keep.

    Both by 10,000 rows at a time, so that memory beyond the result does not grow with n.

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
    cuts : sequence of SubGroups, optional
        The class's sub-groups, found anew by default.
    """
    cuts = cuts or sub_groups(table, clearance, n, seed, recipe)
    pools = [
        (Pool(table, model, how, derive_seed(seed, how), codec), share)
        for how, share in PARTS[recipe.draw]
    ]
    counts = np.zeros(cuts[0].n_groups, dtype=np.int64)
    found, n_candidates = [], 0
    for chunk in range(max(-(-n // CHUNK), 1)):
        wanted = min(CHUNK, n - chunk * CHUNK)
        rows, anchors, drawn = _candidates(pools, wanted, recipe.acceptance, chunk)
        if recipe.acceptance > 1:
            stand = clearance.measure(rows)
            places = keep(rows, stand, wanted, cuts, asked_share(recipe.coverage))
            rows, anchors = rows.iloc[places].reset_index(drop=True), anchors[places]
            points = stand.points[places]
        else:
            points = clearance.points(rows)
        counts += cuts[0].count(cuts[0].places(rows, points))
        found.append((rows, anchors))
        n_candidates += drawn
    return Drawn(
        _concatenated([rows for rows, _ in found]),
        np.concatenate([anchors for _, anchors in found]),
        n_candidates,
        cuts[0].coverage(counts, n),
    )


def _candidates(
    pools: Sequence[tuple[Pool, float]], n: int, acceptance: float, chunk: int
) -> tuple[pd.DataFrame, NDArray[np.int64], int]:
    """Draw the candidates for n rows, of each pool its share; see :meth:`Pool.candidates`."""
    shares = np.cumsum([0.0, *(share for _, share in pools)])
    sizes = np.diff(np.round(shares * n)).astype(int)
    found, n_drawn = [], 0
    for (pool, _), size in zip(pools, sizes, strict=True):
        rows, anchors, drawn = pool.candidates(int(size), acceptance, chunk)
        if acceptance <= 1:
            rows, anchors = rows.iloc[:size], anchors[:size]
        found.append((rows, anchors))
        n_drawn += drawn
    rows = _concatenated([rows for rows, _ in found])
    return rows, np.concatenate([anchors for _, anchors in found]), n_drawn


def _concatenated(frames: list[pd.DataFrame]) -> pd.DataFrame:
    return frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)


def sub_groups(
    table: pd.DataFrame, clearance: Clearance, n: int, seed: int, recipe: Recipe | None = None
) -> list[SubGroups]:
    """Cut a class in sub-groups, as often as a recipe needs; without one as often as any does.

    Parameters
    ----------
    table, clearance, n, seed
        As :func:`draw_class` takes them.
    recipe : Recipe, optional
        What they are for.
    """
    points = clearance.points(table)
    first = SubGroups(table, points, n, derive_seed(seed, "coverage"))
    several = recipe is None or (recipe.acceptance > 1 and recipe.coverage)
    return [
        first,
        *(
            SubGroups(table, points, n, derive_seed(seed, "coverage", str(at)), first)
            for at in range(1, N_CLUSTERINGS if several else 1)
        ),
    ]


def asked_share(coverage: float) -> float:
    """Return what every known sub-group is asked to keep: 1 − (1 − coverage)³, .875 for .5.

    It is more than the coverage, since a sub-group that no clustering finds keeps less: the rows
    kept of each cluster are its clearest.
    """
    return 1.0 - (1.0 - coverage) ** 3


def equal_rows(rows: pd.DataFrame, table: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell which rows equal a row of the table in every column."""
    return np.isin(_hashes(rows), _hashes(table))


def _hashes(rows: pd.DataFrame) -> NDArray[np.uint64]:
    return np.asarray(pd.util.hash_pandas_object(rows, index=False), dtype=np.uint64)
