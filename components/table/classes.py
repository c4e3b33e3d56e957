"""The classes of a training part that get synthetic rows, and the rows these come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from components.project.params import Params
from smrt_lightning.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

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


def estimator(params: Params) -> VariationalAutoEncoder:
    """Return the unfitted model of a class that params.yaml describes."""
    from smrt_lightning.model.variational import VariationalAutoEncoder

    return VariationalAutoEncoder(**params.vae.model_dump())
