"""Generated frames through SMRT.fit_resample, and forged model directories through load."""

import hashlib
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from campaign import Campaign
from safetensors.numpy import load, save
from strategies import _KINDS, QUICK, _column

from smrt_lightning import SMRT, VariationalAutoEncoder

pytestmark = [pytest.mark.faults, pytest.mark.timeout(0)]


def odd(draw: random.Random, n: int) -> pd.Series:
    """Return a column of numbers that are hard to calculate with."""
    rng = np.random.default_rng(draw.randrange(2**32))
    return pd.Series(
        draw.choice(
            [
                lambda: rng.choice([-1.7e308, 1.7e308], n),
                lambda: rng.normal(size=n) * 1e-320,
                lambda: 1e16 + rng.integers(0, 3, n),
                lambda: np.where(np.arange(n) == 0, 1e300, 0.0),
                lambda: rng.integers(-(2**63), 2**63 - 1, n),
                lambda: np.full(n, -0.0),
                lambda: np.exp(rng.normal(size=n) * 100),
                lambda: rng.standard_cauchy(n) * 1e200,
            ]
        )()
    )


def balanced(sampler: SMRT, X: pd.DataFrame, y: np.ndarray) -> None:
    """Check that real rows come first, unchanged, and drawn ones are finite and within range."""
    X_out, y_out = sampler.fit_resample(X, y)
    assert set(Counter(y_out).values()) == {max(Counter(y).values())}
    assert y_out[: len(y)].tolist() == y.tolist()
    pd.testing.assert_frame_equal(X_out.iloc[: len(X)], X, check_exact=True)
    assert (X_out.dtypes == X.dtypes).all()
    for name in X:
        real, drawn = X[name], X_out[name].iloc[len(X) :]
        assert real.isna().any() or not drawn.isna().any(), name
        if real.dtype.kind in "if":
            seen, made = real.dropna().astype(float), drawn.dropna().astype(float)
            assert np.isfinite(made).all(), name
            if len(seen) and len(made):
                assert seen.min() <= made.min(), name
                assert made.max() <= seen.max(), name


def test_fit_resample(campaign: Campaign) -> None:
    def case(draw: random.Random, _place: Path) -> None:
        counts = [25, *(draw.randint(1, 14) for _ in range(draw.randint(1, 2)))]
        y = np.repeat(np.array(["big", "rare", "rarer"])[: len(counts)], counts)
        rng = np.random.default_rng(draw.randrange(2**32))
        y = rng.permutation(y)
        columns = {}
        for i in range(draw.randint(1, 5)):
            kind = draw.choice([*_KINDS, *["odd"] * 6])
            values = odd(draw, len(y)) if kind == "odd" else _column(kind, len(y), rng)
            if values.dtype.kind == "f" and draw.random() < 0.3:
                values = values.mask(rng.random(len(y)) < 0.2)
            columns[f"{kind} {i}"] = values
        X = pd.DataFrame(columns)
        if draw.random() < 0.1:
            X = pd.concat([X] * draw.choice([1, 30]), axis=1)
            X.columns = [f"c{i}" for i in range(X.shape[1])]
        sampler = SMRT(
            random_state=draw.randrange(99),
            estimator=QUICK,
            draw=draw.choice(["mixed", "anchored", "interpolation", "prior"]),
        )
        balanced(sampler, X, y)

    campaign.run(case, 400)


def test_numerics(campaign: Campaign) -> None:
    """Training ends with a usable model, or with a fallback that is named."""

    def case(draw: random.Random, _place: Path) -> None:
        rng = np.random.default_rng(draw.randrange(2**32))
        n_rare = draw.choice([2, 3, 8, 20])
        y = np.repeat(np.array(["big", "rare"]), [30, n_rare])
        width = 10_000 if draw.random() < 0.01 else draw.choice([1, 2, 5, 40])
        values = rng.normal(size=(len(y), width))
        shape = draw.choice(["plain", "constant", "copies", "one differs", "odd"])
        if shape == "constant":
            values[30:] = values[30]
        elif shape == "copies":
            values[30:] = values[30 + rng.integers(0, 2, n_rare)]
        elif shape == "one differs":
            values[30:] = values[30]
            values[30:, 0] = rng.normal(size=n_rare)
        X = pd.DataFrame(values, columns=[f"c{i}" for i in range(width)])
        if shape == "odd":
            X["c0"] = odd(draw, len(y))
        estimator = VariationalAutoEncoder(
            n_hidden=8,
            n_latent_factors=2,
            min_steps=3,
            max_steps=draw.choice([3, 30]),
            accelerator="cpu",
            learning_rate=draw.choice([1e-8, 1e-3, 1.0, 1e6, 1e30]),
            clip=draw.choice([True, False]),
        )
        balanced(SMRT(random_state=0, estimator=estimator, min_rows=2), X, y)

    campaign.longest_seconds = 600  # for 10,000 columns on a busy machine
    campaign.run(case, 300)


VALUES: list[Any] = [
    *(None, True, 0, -1, 10**9, 10**30, 1.5, -2.5, "", "x", "nan", [], {}, [1], [[]], {"a": 1}),
    *({"float": "0x1p1023"}, {"float": "nan"}, {"missing": "NA"}, {"tuple": [1, 2]}, "int8"),
    *("V99", "datetime64[ns]", "category", {"timestamp": "2024-01-01", "unit": "ns", "zone": None}),
    "9" * 50,
]
ARRAYS = {
    "nan": lambda a: np.full(a.shape, np.nan),
    "infinite": lambda a: np.full(a.shape, np.inf, np.float32),
    "empty": lambda a: a[:0],
    "narrow": lambda a: a.astype(np.int8),
    "flat": lambda a: a.ravel().copy(),
    "large": lambda a: a.astype(float) * 1e300,
    "backwards": lambda a: a[::-1].copy(),
}


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the ways to everything inside a value of JSON."""
    keys = list(value) if isinstance(value, dict) else range(len(value))
    return [at, *(w for k in keys for w in _below(value[k], (*at, k)))]


def _below(value: Any, at: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    return places(value, at) if isinstance(value, dict | list) else [at]


def forge(content: dict[str, Any], tensors: dict[str, Any], draw: random.Random) -> None:
    """Change one thing in a model's files."""
    if draw.random() < 0.25:
        name = draw.choice(sorted(tensors))
        if (how := draw.choice([*ARRAYS, "drop"])) == "drop":
            del tensors[name]
        else:
            tensors[name] = ARRAYS[how](tensors[name])
        return
    unsigned = ("sha256", "format", "version")
    ways = [way for way in places(content) if way and way[0] not in unsigned]
    way = draw.choice(ways)
    for key in way[:-1]:
        content = content[key]
    if draw.random() < 0.1:
        del content[way[-1]]
    else:
        content[way[-1]] = draw.choice(VALUES)


def test_models(campaign: Campaign) -> None:
    """A directory whose digests are right, and which is wrong, is refused or draws."""
    rng = np.random.default_rng(0)
    n = 60
    X = pd.DataFrame(
        {
            "a": rng.normal(size=n),
            "i": rng.integers(0, 9, n),
            "z": np.where(rng.random(n) < 0.5, 0, rng.normal(size=n)),
            "c": rng.choice(list("abc"), n),
            "d": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 99, n), "D"),
            "m": np.where(rng.random(n) < 0.2, np.nan, rng.normal(size=n)),
            "k": [1] * n,
        }
    )
    folder = campaign.folder / "model"
    QUICK.__class__(max_steps=5, min_steps=5, random_state=0).fit(X).save(folder)
    stored = (folder / "model.json").read_text(encoding="utf-8")
    weights = (folder / "weights.safetensors").read_bytes()

    def case(draw: random.Random, place: Path) -> None:
        content, tensors = json.loads(stored), load(weights)
        for _ in range(draw.choice([1, 1, 1, 2])):
            forge(content, tensors, draw)
        raw = save(tensors)
        (place / "weights.safetensors").write_bytes(raw)
        if draw.random() < 0.95:
            content["weights_sha256"] = hashlib.sha256(raw).hexdigest()
        content.pop("sha256", None)
        text = json.dumps(content, sort_keys=True)
        content["sha256"] = hashlib.sha256(text.encode()).hexdigest()
        (place / "model.json").write_text(json.dumps(content), encoding="utf-8")
        model = VariationalAutoEncoder.load(place)
        drawn = model.generate(30, 1)
        assert len(drawn) == 30
        if isinstance(drawn, pd.DataFrame) and "a" in drawn and drawn["a"].dtype.kind == "f":
            assert np.isfinite(drawn["a"]).all()

    campaign.run(case, 2000)
