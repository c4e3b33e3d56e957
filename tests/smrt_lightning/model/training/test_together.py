"""Models fitted together: each has the bytes that it has alone."""

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smrt_lightning import AutoEncoder, VariationalAutoEncoder
from smrt_lightning.errors import TrainingDivergedError
from smrt_lightning.model.training.stack import Shape, Stack
from smrt_lightning.model.training.together import fit_together

SETTINGS = {"n_hidden": (16, 8), "min_steps": 12, "max_steps": 12, "accelerator": "cpu"}


def table(seed: int, n_rows: int, n_numeric: int, n_text: int, missing: bool) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    columns = {f"x{i}": rng.normal(size=n_rows) for i in range(n_numeric)}
    columns |= {f"c{i}": rng.choice(list("abcd"), n_rows) for i in range(n_text)}
    frame = pd.DataFrame(columns)
    if missing:
        frame.loc[rng.random(n_rows) < 0.2, frame.columns[0]] = np.nan
    return frame


def weights(model) -> bytes:
    return b"".join(w.numpy().tobytes() for w in model.network_.state_dict().values())


tables = st.builds(
    table,
    seed=st.integers(0, 99),
    n_rows=st.integers(3, 60),
    n_numeric=st.integers(1, 9),
    n_text=st.integers(0, 3),
    missing=st.booleans(),
)
options = st.fixed_dictionaries(
    {
        "batch_size": st.sampled_from([10, 128]),
        "dropout": st.sampled_from([0.0, 0.2]),
        "activation_function": st.sampled_from(["silu", "sigmoid"]),
        "learning_function": st.sampled_from(["adamw", "rms_prop", "momentum"]),
        "min_change": st.sampled_from([1e-3, 1e9]),
        "early_stopping": st.just(True),
    }
)


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(tables, min_size=2, max_size=4), options, st.data())
def test_the_bytes_of_a_model_do_not_depend_on_its_company(given_tables, given_options, data):
    def model(seed: int) -> VariationalAutoEncoder:
        return VariationalAutoEncoder(random_state=seed, **{**SETTINGS, **given_options})

    alone = [model(seed).fit(rows) for seed, rows in enumerate(given_tables)]
    order = data.draw(st.permutations(range(len(given_tables))))
    together = [model(seed) for seed in order]
    stacks = fit_together(together, [given_tables[seed] for seed in order])
    fitted = [position for stack in stacks for position in stack]
    assert sorted(fitted) == sorted(order)
    for seed, one in zip(order, together, strict=True):
        assert weights(one) == weights(alone[seed])
        assert one.epoch_costs_ == alone[seed].epoch_costs_


def test_models_that_stop_early_leave_the_stack_and_keep_their_bytes():
    """Ten rows at a time, passes differ in length, and so do the steps that patience allows."""
    rows = [table(seed, n, 4, 1, False) for seed, n in enumerate((55, 63, 78, 95))]

    def model(seed: int) -> VariationalAutoEncoder:
        return VariationalAutoEncoder(
            (8,), batch_size=10, min_steps=1, max_steps=500, min_change=1.0,
            learning_rate=0.02, random_state=seed,
        )  # fmt: skip

    alone = [model(seed).fit(own) for seed, own in enumerate(rows)]
    together = [model(seed) for seed in range(len(rows))]
    assert list(fit_together(together, rows)) == [[0, 1, 2, 3]]
    steps = {
        len(m.epoch_costs_) * -(-len(own) // 10) for m, own in zip(together, rows, strict=True)
    }
    assert len(steps) > 1
    assert min(steps) < 1500
    assert [weights(m) for m in together] == [weights(m) for m in alone]


def test_one_that_diverges_spares_the_others():
    def model(rate: float) -> AutoEncoder:
        return AutoEncoder(learning_rate=rate, random_state=0, **SETTINGS)

    rows = [table(0, 20, 3, 0, False), table(1, 20, 3, 0, False)]
    models = [AutoEncoder(learning_rate=1e30, learning_function="sgd", clip=0, random_state=0,
                          **SETTINGS), model(3e-3)]  # fmt: skip
    fitted = fit_together(models, rows)
    assert next(fitted) == [1]
    with pytest.raises(TrainingDivergedError, match=r"learning_rate=1e\+30"):
        next(fitted)
    assert weights(models[1]) == weights(model(3e-3).fit(rows[1]))


def test_a_stack_computes_what_its_networks_compute():
    frames = [table(seed, 20, 5 - seed, 2, True) for seed in range(3)]
    models = [VariationalAutoEncoder(random_state=s, **SETTINGS) for s in range(3)]
    for model, frame in zip(models, frames, strict=True):
        model._prepare(frame, None)
    shape = Shape.of(models[0].codec_.layout, models[0]._n_latent(), 20)
    stack = Stack([model.network_ for model in models], shape)
    x = torch.zeros(3, 20, shape.width)
    noise = torch.zeros(3, 20, shape.n_latent)
    for k, model in enumerate(models):
        x[k, :, : model.rows_.shape[1]] = torch.from_numpy(model.rows_)
        noise[k, :, : model._n_latent()] = torch.randn(20, model._n_latent())
    costs, divergences = stack.costs(x, noise, torch.ones(3, 20))
    for k, model in enumerate(models):
        own = model.network_.costs(torch.from_numpy(model.rows_), noise[k, :, : model._n_latent()])
        torch.testing.assert_close(costs[k], own[0])
        torch.testing.assert_close(divergences[k], own[1])
