"""An account of a class's model: which rows are typical, and how it uses its latent space."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from smrt_lightning.model.variational import VariationalAutoEncoder
from smrt_lightning.threads import one_thread

ACTIVE_VARIANCE = 0.01
"""A latent factor is active if its mean varies more over the rows (Burda et al. 2016, sec. 5.2)."""


def latent_spread(model: VariationalAutoEncoder) -> pd.DataFrame:
    """Measure how a fitted model uses each of its latent factors.

    Parameters
    ----------
    model : VariationalAutoEncoder
        Fitted; measured on the rows of its fit.

    Returns
    -------
    DataFrame of shape (n_latent_factors, 4)
        Per factor: ``spread``, the standard deviation over the rows of the posterior mean;
        ``noise``, the mean standard deviation of the posterior; ``information``, the mean
        Kullback–Leibler divergence from N(0, 1) in nats; ``active``, whether the spread's square
        exceeds `ACTIVE_VARIANCE`.
    """
    import torch

    check_is_fitted(model)
    with one_thread(), torch.no_grad():
        mean, log_variance = model.network_.encode(torch.from_numpy(model.rows_))
    mu, variance = mean.double().numpy(), log_variance.double().exp().numpy()
    spread = mu.std(axis=0)
    return pd.DataFrame(
        {
            "spread": spread,
            "noise": np.sqrt(variance).mean(axis=0),
            "information": 0.5 * (mu**2 + variance - 1 - np.log(variance)).mean(axis=0),
            "active": spread**2 > ACTIVE_VARIANCE,
        }
    )


def archetypal(model: VariationalAutoEncoder, X: Any, n: int = 5) -> tuple[pd.Series, pd.Series]:
    """Find the rows that a model reconstructs best and worst.

    The original package called the best reconstructed rows of a class its archetypal ones.

    Parameters
    ----------
    model : VariationalAutoEncoder
        Fitted on the class.
    X : DataFrame or array-like of shape (n_rows, n_columns)
        Rows of the class.
    n : int
        How many of each.

    Returns
    -------
    most, least : Series of float
        Position in X to reconstruction error in nats; the most extreme row first.
    """
    errors = pd.Series(model.reconstruction_error(X))
    ordered = errors.sort_values(kind="stable")
    return ordered.head(n), ordered.iloc[::-1].head(n)
