"""Archetypal rows and latent spread."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from smrt_lightning import VariationalAutoEncoder
from smrt_lightning.model.explanation import archetypal, latent_spread


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    rng = np.random.default_rng(0)
    line = rng.normal(size=(80, 1)) @ np.array([[1.0, -2.0, 0.5]])
    return line + 0.05 * rng.normal(size=(80, 3))


@pytest.fixture(scope="module")
def model(rows: np.ndarray) -> VariationalAutoEncoder:
    vae = VariationalAutoEncoder(
        n_latent_factors=2, min_steps=300, max_steps=300, early_stopping=False, random_state=0
    )
    return vae.fit(rows)


def test_a_row_off_the_line_is_the_least_archetypal(
    model: VariationalAutoEncoder, rows: np.ndarray
) -> None:
    strange = np.array([[1.0, 2.0, -1.0]])
    most, least = archetypal(model, np.vstack([rows, strange]), n=4)
    assert least.index[0] == len(rows)
    assert len(rows) not in most.index
    assert most.max() <= least.min()


def test_rows_on_a_line_need_one_factor(model: VariationalAutoEncoder) -> None:
    latent = latent_spread(model)
    assert latent.shape == (2, 4)
    assert (latent["information"] >= -1e-6).all()
    assert latent["active"].any()
    used = latent["information"].idxmax()
    assert latent["spread"].idxmax() == used
    assert latent["noise"].idxmin() == used


def test_an_unfitted_model_is_a_mistake() -> None:
    with pytest.raises(NotFittedError):
        latent_spread(VariationalAutoEncoder())
