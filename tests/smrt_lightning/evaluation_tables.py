"""Small tables of every kind."""

import numpy as np
import pandas as pd


def make_table(kind: str, seed: int = 0, counts: tuple[int, ...] = (60, 20, 9)):
    """Return X, y with classes of the given sizes, told apart by their means."""
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(len(counts)), counts)
    n = len(codes)
    numbers = rng.normal(size=(n, 3)) + codes[:, None]
    labels = np.array([f"c{code}" for code in codes])
    if kind == "numpy":
        return numbers, labels
    frame = pd.DataFrame({"height": numbers[:, 0], "count": (numbers[:, 1] * 10).astype(np.int16)})
    if kind in ("mixed", "hostile"):
        frame["flag"] = numbers[:, 2] > 0.5
        frame["colour"] = rng.choice(["red", "green", "blue"], n)
        frame["grade"] = pd.Categorical(
            rng.choice([1, 2, 3], n), categories=[3, 2, 1], ordered=True
        )
        frame["day"] = pd.Timestamp("2024-02-28") + pd.to_timedelta(
            rng.integers(0, 90, n), unit="D"
        )
    if kind == "hostile":
        frame["height"] = frame["height"].mask(rng.random(n) < 0.2)
        frame["count"] = frame["count"].astype("Int16").mask(rng.random(n) < 0.2)
        frame["flag"] = frame["flag"].astype("boolean").mask(rng.random(n) < 0.2)
        frame["colour"] = frame["colour"].mask(rng.random(n) < 0.2)
        frame["day"] = frame["day"].dt.tz_localize("Europe/Athens").mask(rng.random(n) < 0.2)
        frame["empty"] = np.nan
        frame["same"] = 7
        frame["wait"] = pd.to_timedelta(rng.integers(0, 9, n), unit="h")
        frame["any"] = pd.Series(
            [[1, "1", None, True][i] for i in rng.integers(0, 4, n)], dtype=object
        )
    if kind == "levels":
        frame = pd.DataFrame(
            {"a": np.where(rng.random(n) < 0.5, labels, "c0"), "b": rng.random(n) > 0.5}
        )
    order = rng.permutation(n)
    return frame.iloc[order].reset_index(drop=True), labels[order]


KINDS = ("numpy", "plain", "mixed", "hostile", "levels")
