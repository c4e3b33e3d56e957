"""The candidates of one class: from its model, its neighbours, or itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smrt_lightning.model.codec import TableCodec
from smrt_lightning.model.interpolation import interpolate
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
_FROM_ONE_ROW = ("anchored", "free", "generator")
_MAX_ROUNDS = 10
_MAX_REPEATS = 0.05


@dataclass(frozen=True)
class Recipe:
    """The recipe of a class's rows: how they are drawn, and which of them are kept.

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


def equal_rows(rows: pd.DataFrame, table: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell which rows equal a row of the table in every column."""
    return np.isin(_hashes(rows), _hashes(table))


def _hashes(rows: pd.DataFrame) -> NDArray[np.uint64]:
    return np.asarray(pd.util.hash_pandas_object(rows, index=False), dtype=np.uint64)
