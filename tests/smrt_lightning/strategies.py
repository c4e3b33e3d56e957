"""Hypothesis strategies: tables as people have them."""

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from smrt_lightning import VariationalAutoEncoder

QUICK = VariationalAutoEncoder(
    n_hidden=4, n_latent_factors=2, min_steps=2, max_steps=4, accelerator="cpu"
)

_KINDS = (
    "continuous",
    "heavy",
    "integer",
    "few",
    "decimals",
    "boolean",
    "strings",
    "category",
    "ordered",
    "dates",
    "nullable",
    "float32",
    "constant",
    "missing",
)


def _column(kind: str, n: int, rng: np.random.Generator) -> pd.Series:
    levels = ["a", "B c", "<b>", "é", "../x"]
    if kind == "continuous":
        return pd.Series(rng.normal(size=n))
    if kind == "heavy":
        return pd.Series(np.exp(3 * rng.normal(size=n)))
    if kind == "integer":
        return pd.Series(rng.integers(-1000, 1000, n))
    if kind == "few":
        return pd.Series(rng.integers(0, 4, n).astype(np.int8))
    if kind == "decimals":
        return pd.Series(np.round(rng.normal(size=n), 2))
    if kind == "boolean":
        return pd.Series(rng.random(n) < 0.5)
    if kind == "strings":
        return pd.Series(rng.choice(levels, n))
    if kind in ("category", "ordered"):
        dtype = pd.CategoricalDtype([*levels, "never seen"], ordered=kind == "ordered")
        return pd.Series(rng.choice(levels, n)).astype(dtype)
    if kind == "dates":
        return pd.Series(pd.Timestamp("2024-02-28") + pd.to_timedelta(rng.integers(0, 90, n), "D"))
    if kind == "nullable":
        return pd.Series(rng.integers(0, 50, n)).astype("Int64")
    if kind == "float32":
        return pd.Series(rng.normal(size=n).astype(np.float32))
    if kind == "constant":
        return pd.Series(np.full(n, 7))
    return pd.Series(np.full(n, np.nan))


_CAN_MISS = {"continuous", "heavy", "decimals", "strings", "category", "dates", "nullable"}


@st.composite
def tables(
    draw: st.DrawFn, min_columns: int = 1, max_columns: int = 5
) -> tuple[pd.DataFrame, np.ndarray]:
    """Draw a table with 2–3 classes and columns of any kind, some with missing values."""
    kinds = draw(st.lists(st.sampled_from(_KINDS), min_size=min_columns, max_size=max_columns))
    counts = draw(st.lists(st.integers(1, 14), min_size=1, max_size=2))
    missing = draw(st.sampled_from([0.0, 0.2]))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    y = np.repeat(np.array(["big", "rare", "rarer"])[: len(counts) + 1], [25, *counts])
    y = rng.permutation(y)
    columns = {}
    for number, kind in enumerate(kinds):
        column = _column(kind, len(y), rng)
        if missing and kind in _CAN_MISS:
            column = column.mask(rng.random(len(y)) < missing)
        columns[f"{kind} {number}"] = column
    return pd.DataFrame(columns), y
