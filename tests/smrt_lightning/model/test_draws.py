"""The draw's equation, term by term, and its streams."""

import numpy as np
import pandas as pd
import pytest
import torch

from smrt_lightning import VariationalAutoEncoder
from smrt_lightning.model.draws import DRAWS, Draw, choose_anchors, draw_rows


@pytest.fixture(scope="module")
def model():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"x": rng.normal(size=50), "c": rng.choice(["a", "b", "c"], 50)})
    return VariationalAutoEncoder(random_state=0, min_steps=200, max_steps=200).fit(table)


def drawn(model, draw, n=400, seed=0):
    anchors = choose_anchors(n, 50, np.random.default_rng(0))
    rows = torch.from_numpy(model.rows_)
    generator = torch.Generator().manual_seed(seed)
    return anchors, *draw_rows(model.network_, rows, anchors, draw, generator)


def test_every_row_serves_equally_often():
    anchors = choose_anchors(103, 10, np.random.default_rng(0))
    counts = np.bincount(anchors, minlength=10)
    assert counts.min() == 10
    assert counts.max() == 11
    assert len(choose_anchors(0, 10, np.random.default_rng(0))) == 0


def test_a_full_residual_without_noise_keeps_the_anchor_up_to_the_latent_step(model):
    """With ρ = 1 and τ = 0, x − x₀ = decode(z) − decode(μ): no more than the posterior moves."""
    anchors, numeric, _ = drawn(model, Draw(prior=False, residual=1.0, noise=0.0))
    free = drawn(model, DRAWS["free"])[1]
    x0 = model.rows_[anchors, :1]
    assert np.abs(numeric - x0).mean() < 0.8 * np.abs(free - x0).mean()


def test_the_residual_keeps_categories_near_the_anchor(model):
    places = model.rows_[:, 1:].argmax(axis=1)

    def agreement(draw):
        anchors, _, drawn_places = drawn(model, draw)
        return (drawn_places[:, 0] == places[anchors]).mean()

    assert agreement(DRAWS["anchored"]) > agreement(DRAWS["free"])


def test_correlated_noise_is_what_the_network_failed_to_reconstruct():
    """Two columns that are one up to a constant: their noise moves together, too."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=80)
    table = pd.DataFrame({"x": x, "y": -x, "z": rng.normal(size=80)})
    model = VariationalAutoEncoder(
        random_state=0, n_latent_factors=1, min_steps=60, max_steps=60
    ).fit(table)
    rows = torch.from_numpy(model.rows_)

    def correlation(draw):
        generator = torch.Generator().manual_seed(0)
        anchors = np.zeros(500, dtype=np.int64)
        numeric, _ = draw_rows(model.network_, rows, anchors, draw, generator)
        return np.corrcoef(numeric[:, 0], numeric[:, 1])[0, 1]

    assert correlation(DRAWS["prior_correlated"]) < correlation(DRAWS["prior"]) - 0.1


def test_the_mean_of_the_prior_has_no_noise(model):
    decoded = np.unique(drawn(model, DRAWS["prior_mean"])[1].round(6))
    assert np.ptp(decoded) < np.ptp(drawn(model, DRAWS["prior"])[1])


def test_the_same_generator_gives_the_same_rows(model):
    first, second = drawn(model, DRAWS["anchored"]), drawn(model, DRAWS["anchored"])
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)
    assert not np.array_equal(first[1], drawn(model, DRAWS["anchored"], seed=1)[1])
