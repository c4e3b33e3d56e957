"""Seconds to fit and draw one class of 1,000 rows × 50 columns, on one core."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

N_ROWS, N_COLUMNS = 1000, 50


def make_rows(n_rows: int, n_columns: int, seed: int) -> NDArray[np.float64]:
    """Return correlated, partly heavy-tailed and partly integer columns."""
    rng = np.random.default_rng(seed)
    n_factors = min(8, n_columns)
    X = rng.normal(size=(n_rows, n_factors)) @ rng.normal(size=(n_factors, n_columns))
    X += 0.5 * rng.normal(size=X.shape)
    X[:, ::5] = np.exp(X[:, ::5] / 3)
    X[:, 1::5] = np.round(X[:, 1::5])
    return X


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def measure(n_rows: int = N_ROWS, n_columns: int = N_COLUMNS) -> str:
    """Return a Markdown table of seconds; imports and a first small fit are not counted."""
    import torch
    from imblearn.over_sampling import SMOTE
    from threadpoolctl import threadpool_limits

    from smrt_lightning import SMRT, VariationalAutoEncoder

    rare = make_rows(n_rows, n_columns, 0)
    X = np.vstack([make_rows(2 * n_rows, n_columns, 1), rare])
    y = np.repeat([0, 1], [2 * n_rows, n_rows])
    frame = pd.DataFrame(rare, columns=[f"x{i}" for i in range(n_columns)])
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            VariationalAutoEncoder(random_state=0).fit(make_rows(50, 3, 2)).generate(5)
            timed = {
                "VariationalAutoEncoder: fit + generate": _timed(
                    lambda: VariationalAutoEncoder(random_state=0).fit(frame).generate(n_rows)
                ),
                f"SMRT: fit_resample, {2 * n_rows:,} majority rows": _timed(
                    lambda: SMRT(random_state=0).fit_resample(X, y)
                ),
                "SMOTE: fit_resample, the same": _timed(
                    lambda: SMOTE(random_state=0).fit_resample(X, y)
                ),
            }
    finally:
        torch.set_num_threads(threads)
    lines = [
        f"One class of {n_rows:,} rows × {n_columns} columns, {n_rows:,} rows drawn, one thread",
        "",
        "| what | wall seconds | processor seconds |",
        "|---|---|---|",
    ]
    lines += [f"| {what} | {wall:.2f} | {cpu:.2f} |" for what, (wall, cpu) in timed.items()]
    return "\n".join(lines)
