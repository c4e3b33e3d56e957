"""The rows of one class: candidates, then those that acceptance and coverage keep.

Both by 10,000 rows at a time, each chunk with random streams of its own: memory does not grow with
the rows asked for, and chunks may be drawn anywhere and in any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.sampling.acceptance import Clearance, keep
from smrt_lightning.sampling.coverage import Coverage, SubGroups
from smrt_lightning.sampling.pool import PARTS, Pool, Recipe
from smrt_lightning.seeds import derive_seed

if TYPE_CHECKING:
    from smrt_lightning.model.codec import TableCodec
    from smrt_lightning.model.generator import Drawer
    from smrt_lightning.model.variational import VariationalAutoEncoder

CHUNK = 10_000
"""Rows kept at a time; a part of the method, for it is of each chunk's candidates that the clearest
are kept."""
N_CLUSTERINGS = 10
"""A share must hold whichever way the class is cut in clusters, not in one way only."""


@dataclass(frozen=True)
class Drawn:
    """The synthetic rows of one class, or a chunk of them.

    Attributes
    ----------
    rows : DataFrame of shape (n, n_columns)
        The rows kept.
    anchors : ndarray of int, shape (n,)
        As :meth:`Pool.draw` gives them.
    n_candidates : int
        Rows drawn.
    counts : ndarray of int, shape (n_groups,)
        The rows kept of each sub-group of the class.
    """

    rows: pd.DataFrame
    anchors: NDArray[np.int64]
    n_candidates: int
    counts: NDArray[np.int64]


class Drawing:
    """The way to n rows of one class.

    Parameters
    ----------
    table : DataFrame
        The real rows of the class.
    model : VariationalAutoEncoder, Drawer or None
        Its model, if it has one.
    clearance : Clearance
        Measures where candidates stand.
    n : int
        Rows to keep, one at least.
    recipe : Recipe
        How to draw and what to keep.
    seed : int
        The class's seed.
    codec : TableCodec, optional
        Of a class without a model.
    cuts : sequence of SubGroups, optional
        The class's sub-groups, found anew by default.
    """

    def __init__(
        self,
        table: pd.DataFrame,
        model: VariationalAutoEncoder | Drawer | None,
        clearance: Clearance,
        n: int,
        *,
        recipe: Recipe,
        seed: int,
        codec: TableCodec | None = None,
        cuts: Sequence[SubGroups] | None = None,
    ) -> None:
        self.clearance, self.n, self.recipe = clearance, n, recipe
        self.cuts = cuts or sub_groups(table, clearance, n, seed, recipe)
        self.pools = [
            (Pool(table, model, how, derive_seed(seed, how), codec), share)
            for how, share in PARTS[recipe.draw]
        ]

    @property
    def n_chunks(self) -> int:
        """Chunks of 10,000 rows, the last one of fewer."""
        return -(-self.n // CHUNK)

    def chunk(self, at: int) -> Drawn:
        """Draw one chunk."""
        wanted = min(CHUNK, self.n - at * CHUNK)
        rows, anchors, n_candidates = self._candidates(wanted, at)
        if self.recipe.acceptance > 1:
            stand = self.clearance.measure(rows)
            places = keep(rows, stand, wanted, self.cuts, asked_share(self.recipe.coverage))
            rows, anchors = rows.iloc[places].reset_index(drop=True), anchors[places]
            points = stand.points[places]
        else:
            points = self.clearance.points(rows)
        counts = self.cuts[0].count(self.cuts[0].places(rows, points))
        return Drawn(rows, anchors, n_candidates, counts)

    def all(self) -> Drawn:
        """Draw all rows."""
        chunks = [self.chunk(at) for at in range(self.n_chunks)]
        return Drawn(
            _concatenated([chunk.rows for chunk in chunks]),
            np.concatenate([chunk.anchors for chunk in chunks]),
            sum(chunk.n_candidates for chunk in chunks),
            np.sum([chunk.counts for chunk in chunks], axis=0),
        )

    def coverage(self, counts: NDArray[np.int64]) -> Coverage:
        """Return what all rows keep of each sub-group, of which they have so many."""
        return self.cuts[0].coverage(counts, self.n)

    def _candidates(self, n: int, chunk: int) -> tuple[pd.DataFrame, NDArray[np.int64], int]:
        """Draw the candidates for n rows, of each pool its share; see :meth:`Pool.candidates`."""
        shares = np.cumsum([0.0, *(share for _, share in self.pools)])
        sizes = np.diff(np.round(shares * n)).astype(int)
        acceptance = self.recipe.acceptance
        found, n_drawn = [], 0
        for (pool, _), size in zip(self.pools, sizes, strict=True):
            rows, anchors, drawn = pool.candidates(int(size), acceptance, chunk)
            if acceptance <= 1:
                rows, anchors = rows.iloc[:size], anchors[:size]
            found.append((rows, anchors))
            n_drawn += drawn
        rows = _concatenated([rows for rows, _ in found])
        return rows, np.concatenate([anchors for _, anchors in found]), n_drawn


def sub_groups(
    table: pd.DataFrame, clearance: Clearance, n: int, seed: int, recipe: Recipe | None = None
) -> list[SubGroups]:
    """Cut a class in sub-groups, as often as a recipe needs; without one as often as any does.

    Parameters
    ----------
    table, clearance, n, seed
        As :class:`Drawing` takes them.
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


def _concatenated(frames: list[pd.DataFrame]) -> pd.DataFrame:
    return frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
