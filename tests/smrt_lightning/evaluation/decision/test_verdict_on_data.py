"""The whole comparison on tables whose answer is known: noise, and planted effects."""

import numpy as np
import pytest

from smrt_lightning import SMRT, VariationalAutoEncoder
from smrt_lightning.evaluation import make_splits
from smrt_lightning.evaluation.compare import compare

SEEDS = range(20)
CHEAP = {"ratios": (), "fidelity": False, "recalibrate": False, "tune": False, "repeats": 10}


def noise(seed):
    """Return features that say nothing about the class."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(400, 5)), (rng.random(400) < 0.12).astype(int)


def board(rng, n, colour, squares=9):
    """Draw points on the squares of one colour: a class of many small islands."""
    row, column = rng.integers(0, squares, n), rng.integers(0, squares, n)
    row = np.where((row + column) % 2 == colour, row, (row + 1) % (squares + 1))
    return np.column_stack([row, column]) + rng.random((n, 2))


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_on_noise_the_classifiers_guess_and_nothing_is_to_be_used():
    smrt = SMRT(estimator=VariationalAutoEncoder(n_epochs=2, min_steps=20, max_steps=40))
    methods = ["class_weight", "threshold", "random", "smote", "gaussian", ("smrt", smrt)]
    verdicts = []
    for seed in SEEDS:
        X, y = noise(seed)
        result = compare(
            X, y, methods=methods, classifiers=["logistic_regression", "k_neighbors"],
            random_state=seed, **CHEAP,
        )  # fmt: skip
        verdicts.append(result.decision["code"])
    assert verdicts.count("use") <= 1, verdicts
    assert verdicts.count("guessing") >= 15, verdicts


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_rows_that_truly_help_are_found():
    """Fresh rows of the true distribution stand for SMRT; 280 real ones cannot fill 40 islands."""
    verdicts = []
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        X = np.vstack([board(rng, 2400, 0), board(rng, 400, 1)])
        y = np.repeat(["common", "rare"], [2400, 400])
        splits = make_splits(y, repeats=10, random_state=seed, X=X)
        truth = {s.name: (board(rng, 1400, 1), ["rare"] * 1400) for s in splits}
        result = compare(
            X, y, methods=["random", "smote", "smrt"], classifiers=["k_neighbors"],
            splits=splits, synthetic=truth, random_state=seed, **CHEAP,
        )  # fmt: skip
        verdicts.append(result.decision["verdict"])
    assert sum(verdict == "use SMRT" for verdict in verdicts) >= 19, verdicts


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_shifted_decision_that_any_method_repairs_is_found_and_the_simplest_adopted():
    """Overlapping Gaussians at 1:20: logistic regression calls nearly nothing rare, F1 near 0."""
    verdicts = []
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        y = np.repeat([0, 1], [5000, 250])
        X = rng.normal(size=(5250, 3)) + 0.7 * y[:, None]
        result = compare(
            X, y, methods=["class_weight", "random", "smote"], primary_metric="f1",
            classifiers=["logistic_regression"], random_state=seed, **CHEAP,
        )  # fmt: skip
        verdicts.append(result.decision["verdict"])
    assert sum(verdict == "use class weights" for verdict in verdicts) >= 19, verdicts
