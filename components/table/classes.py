"""The classes of a training part that get synthetic rows, and the rows these come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from components.project.errors import listing
from components.project.params import Params
from smrt_lightning.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from smrt_lightning.model.generator import RowGenerator
    from smrt_lightning.model.variational import VariationalAutoEncoder


def wanted_rows(y: pd.Series[Any], params: Params) -> dict[str, int]:
    """Return how many synthetic rows each class of a training part is to get.

    Parameters
    ----------
    y : Series of str
        The labels of the training part.
    params : Params
        ``smrt.sampling_strategy`` is read as imbalanced-learn reads it.

    Returns
    -------
    dict of str to int
        Only classes that get any, in imbalanced-learn's order.

    Raises
    ------
    ParameterError
        If the strategy does not fit the labels.
    """
    from imblearn.utils import check_sampling_strategy

    strategy = params.smrt.sampling_strategy
    try:
        wanted = check_sampling_strategy(strategy, y.to_numpy(dtype=object), "over-sampling")
    except (ValueError, KeyError) as error:
        reason = " ".join(str(error).split())
        raise ParameterError(
            f"params.yaml: smrt.sampling_strategy does not fit the table: {reason}"
        ) from error
    return {str(label): int(number) for label, number in wanted.items() if number > 0}


def class_positions(
    y: pd.Series[Any], positions: NDArray[np.int64], label: str
) -> NDArray[np.int64]:
    """Return those of ``positions`` whose row has the label."""
    return positions[(y.iloc[positions] == label).to_numpy()]


def foreign_name(params: Params) -> str | None:
    """Return the dotted name of the generator in an autoencoder's place, if there is one."""
    spec = params.smrt.estimator
    return spec if isinstance(spec, str) or spec is None else str(spec.get("estimator"))


def estimator(params: Params) -> VariationalAutoEncoder | RowGenerator:
    """Return the unfitted model of a class that params.yaml describes.

    Raises
    ------
    ParameterError
        If ``smrt.estimator`` names no class that may be imported, with the methods of a
        :class:`~smrt_lightning.model.generator.RowGenerator`, or arguments that it does not take.
    """
    name, spec = foreign_name(params), params.smrt.estimator
    if name is None:
        from smrt_lightning.model.variational import VariationalAutoEncoder

        return VariationalAutoEncoder(**params.vae.model_dump())
    from smrt_lightning.dotted import build

    given = {} if isinstance(spec, str | None) else dict(spec)
    if set(given) - {"estimator", "params"}:
        raise ParameterError(
            "params.yaml: smrt.estimator is a dotted name, or estimator: with the name and params: "
            f"with arguments; it has {listing(sorted(given))}"
        )
    try:
        made: RowGenerator = build(name, given.get("params") or {}, needs=["fit", "draw"])
    except ParameterError as error:
        raise ParameterError(f"params.yaml: smrt.estimator: {error}") from error
    return made
