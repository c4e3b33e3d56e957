"""The models of the classes of one table, fitted or given."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from smrt_lightning.errors import ParameterError
from smrt_lightning.model.codec import TableCodec
from smrt_lightning.model.generator import ClassRows, Drawer, fit_class_models
from smrt_lightning.model.variational import VariationalAutoEncoder
from smrt_lightning.table.rules import TableRules

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ClassModel:
    """The model of one class, None where it is too small, its codec, and the seconds of its fit."""

    drawer: VariationalAutoEncoder | Drawer | None
    codec: TableCodec
    seconds: float


@dataclass(frozen=True)
class FittedModels:
    """The models of the classes of one table.

    Attributes
    ----------
    models : dict
        Label to model; None where a class is too small.
    drawers : dict
        The same, a model that is not an autoencoder in its :class:`Drawer`.
    codecs : dict
        Label to the codec of its columns, with a model or without.
    seconds : dict
        Label to the time of its fit, an equal share of its stack's; 0 where it was given.
    """

    models: dict[Any, Any]
    drawers: dict[Any, VariationalAutoEncoder | Drawer | None]
    codecs: dict[Any, TableCodec]
    seconds: dict[Any, float]

    def of(self, label: Any) -> ClassModel:
        """Return what there is of one class."""
        return ClassModel(self.drawers[label], self.codecs[label], self.seconds[label])

    @property
    def foreign(self) -> dict[Any, Drawer]:
        """The drawers of models that are not autoencoders."""
        return {k: d for k, d in self.drawers.items() if isinstance(d, Drawer)}


def fit_models(
    tables: Mapping[Any, pd.DataFrame],
    rules: TableRules,
    estimator: Any,
    given: Mapping[Any, Any] | None,
    seed: int,
    min_rows: int,
) -> FittedModels:
    """Fit the models of all classes together, but those that are given.

    Parameters
    ----------
    tables : mapping of label to DataFrame
        The rows of each class.
    rules : TableRules
        What holds in the whole table.
    estimator, given, seed, min_rows
        As :class:`~smrt_lightning.SMRT` takes them; ``given`` are its ``prefit_estimators``.
    """
    tables = {label: table.reset_index(drop=True) for label, table in tables.items()}
    models = {label: (given or {}).get(label) for label in tables}
    missing = [
        ClassRows(label, table, rules)
        for label, table in tables.items()
        if models[label] is None and len(table) >= min_rows
    ]
    spent = dict.fromkeys(tables, 0.0)
    start = time.perf_counter()
    for fitted in fit_class_models(missing, estimator, seed):
        seconds, start = (time.perf_counter() - start) / len(fitted), time.perf_counter()
        for position, model in fitted.items():
            label = missing[position].label
            models[label], spent[label] = model, seconds
            _log.info("class %r: model fitted in %.1f s", label, seconds)
    drawers: dict[Any, VariationalAutoEncoder | Drawer | None] = {}
    codecs: dict[Any, TableCodec] = {}
    for label, model in models.items():
        if isinstance(model, VariationalAutoEncoder):
            drawers[label], codecs[label] = model, model.codec_
        else:
            codecs[label] = _codec(estimator).fit(tables[label], rules)
            drawers[label] = None if model is None else Drawer(model, tables[label], codecs[label])
    return FittedModels(models, drawers, codecs, spent)


def foreign_draw(drawer: Drawer, draw: str) -> str:
    """Return the draw of ``PARTS`` for a model that is not an autoencoder.

    Raises
    ------
    ParameterError
        If the user asks for a draw that takes an autoencoder.
    """
    if draw not in ("auto", "interpolation"):
        raise ParameterError(
            f"draw={draw!r} is a way to draw from a VariationalAutoEncoder; a "
            f"{type(drawer.generator).__name__} draws in its own: give draw='auto', or "
            "'interpolation' to do without it."
        )
    return "generator" if draw == "auto" else draw


def _codec(estimator: Any) -> TableCodec:
    """Return the codec of a class without an autoencoder, of the kinds that one would have."""
    if not isinstance(estimator, VariationalAutoEncoder):
        return TableCodec()
    return TableCodec(estimator.column_kinds, estimator.max_levels)
