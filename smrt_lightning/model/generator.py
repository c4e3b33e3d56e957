"""The generators of rows that SMRT draws from: autoencoders, and any object that can do as much."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any, Protocol, runtime_checkable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone

from smrt_lightning.errors import TableError
from smrt_lightning.model.base import BaseAutoEncoder
from smrt_lightning.model.codec import TableCodec
from smrt_lightning.model.interpolation import interpolate
from smrt_lightning.model.variational import VariationalAutoEncoder
from smrt_lightning.seeds import class_seed, numpy_generator, resolve_seed
from smrt_lightning.table.rules import TableRules


@runtime_checkable
class RowGenerator(Protocol):
    """A generator of rows that can serve as SMRT's ``estimator``.

    :class:`~smrt_lightning.VariationalAutoEncoder` does more; see :class:`Drawer`.
    """

    def fit(self, X: pd.DataFrame) -> Any:
        """Learn the rows of one class, shape (n_rows, n_columns)."""

    def draw(self, anchors: NDArray[np.int64], seed: int) -> Any:
        """Return one row for each anchor, a position among the fitted rows.

        A frame or an array of shape (n_anchors, n_columns); the same for the same seed.
        """


@dataclass(frozen=True)
class ClassRows:
    """The rows of one class, to fit a model to.

    Attributes
    ----------
    label : Any
        The class; its random stream derives from it.
    table : DataFrame of shape (n_rows, n_columns)
        The class's rows.
    rules : TableRules or None
        What holds in the whole table.
    """

    label: Any
    table: pd.DataFrame
    rules: TableRules | None = None


def fit_class_models(
    classes: Sequence[ClassRows], estimator: Any, random_state: int
) -> Iterator[dict[int, Any]]:
    """Fit the models of many classes exactly as :class:`smrt_lightning.SMRT` does.

    Autoencoders of one shape are trained as a stack; which others are fitted in the same call
    changes no byte of a model.

    Parameters
    ----------
    classes : sequence of ClassRows
        Of one table or of several.
    estimator : VariationalAutoEncoder, RowGenerator or None
        Cloned, never fitted itself; None for the default autoencoder.
    random_state : int
        The common seed.

    Yields
    ------
    dict of int to VariationalAutoEncoder or RowGenerator
        Positions of classes whose models are fitted now, those of a stack together.
    """
    from smrt_lightning.model.training.together import fit_together

    models = [_unfitted(estimator, class_seed(random_state, one.label)) for one in classes]
    if isinstance(estimator, BaseAutoEncoder | None):
        tables, rules = [one.table for one in classes], [one.rules for one in classes]
        for fitted in fit_together(models, tables, rules):
            yield {position: models[position] for position in fitted}
        return
    for position, (model, one) in enumerate(zip(models, classes, strict=True)):
        model.fit(one.table)
        yield {position: model}


def _unfitted(estimator: Any, seed: int) -> Any:
    if estimator is None:
        return VariationalAutoEncoder(random_state=seed)
    if not hasattr(estimator, "get_params"):
        return copy.deepcopy(estimator)
    model = clone(estimator)
    if "random_state" in model.get_params(deep=False):
        model.set_params(random_state=seed)
    return model


class Drawer:
    """A generator that is not an autoencoder, with what SMRT asks of a model.

    Parameters
    ----------
    generator : RowGenerator
        Fitted on the table.
    table : DataFrame of shape (n_rows, n_columns)
        The rows of its class.
    codec : TableCodec
        Fitted on the table.
    """

    def __init__(self, generator: RowGenerator, table: pd.DataFrame, codec: TableCodec) -> None:
        self.generator = generator
        self.table = table
        self.codec_ = codec
        self.rows_ = codec.encode(table)
        self.epoch_costs_ = [float(c) for c in getattr(generator, "epoch_costs_", [])]

    def draw_frame(self, anchors: NDArray[np.int64], seed: int, how: str) -> pd.DataFrame:
        """Draw one row for each anchor, with the columns and dtypes of the table.

        Raises
        ------
        TableError
            If the generator returns another number of rows or columns, or values that are not of
            a column's dtype.
        """
        if how == "interpolation":
            return interpolate(self.codec_, self.rows_, anchors, seed)
        drawn = self.generator.draw(anchors, seed)
        name, wanted = type(self.generator).__name__, (len(anchors), self.table.shape[1])
        if np.shape(drawn) != wanted:
            raise TableError(
                f"{name}.draw returned rows of shape {np.shape(drawn)} for {len(anchors)} anchors; "
                f"it must return one row for each, of shape {wanted}"
            )
        frame = pd.DataFrame(np.asarray(drawn, dtype=object), columns=self.table.columns)
        for column, dtype in self.table.dtypes.items():
            values = frame[column]
            try:
                if isinstance(self.table[column].iloc[0], Integral):
                    values = pd.to_numeric(values).round()
                frame[column] = values.astype(dtype)
            except (TypeError, ValueError) as error:
                raise TableError(
                    f"{name}.draw returned {values.iloc[0]!r} for column {column!r}, which holds "
                    f"{dtype}"
                ) from error
        return frame

    def generate(
        self, n: int, random_state: int | np.random.RandomState | None = None
    ) -> pd.DataFrame:
        """Draw n rows of the class, every fitted row serving equally often as the anchor."""
        from smrt_lightning.model.draws import choose_anchors

        seed = resolve_seed(random_state)
        anchors = choose_anchors(n, len(self.rows_), numpy_generator(seed, "anchors"))
        return self.draw_frame(anchors, seed, "generator")
