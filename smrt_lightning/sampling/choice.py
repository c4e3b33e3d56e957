"""The recipe by which a class's rows are drawn, chosen inside the training data.

Which draw helps depends on the class. Each candidate recipe is tried on three folds of the real
rows: models of the class's rows of two folds draw, small classifiers learn the result, and the
third fold tells which served best, by the mean of average precision and F1: average precision alone
does not see rows that say "rare" too often. No row outside the training data is seen.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning

from smrt_lightning.errors import TrainingDivergedError
from smrt_lightning.model.variational import VariationalAutoEncoder
from smrt_lightning.sampling.acceptance import Clearance
from smrt_lightning.sampling.drawing import Drawing, sub_groups
from smrt_lightning.sampling.pool import Recipe
from smrt_lightning.seeds import derive_seed, numpy_generator
from smrt_lightning.table.columns import MAX_LEVELS
from smrt_lightning.table.rules import TableRules
from smrt_lightning.table.space import Space
from smrt_lightning.threads import single_threaded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

N_FOLDS = 3
MIN_ROWS = 15
MARGIN = 0.01
MAX_OWN, MAX_OTHERS = 600, 1500
_STEPS = (200, 500)


@dataclass(frozen=True)
class Choice:
    """A recipe, and how it was come by.

    Attributes
    ----------
    recipe : Recipe
        The one to use.
    reason : str or None
        Why it is not the usual one.
    scores : dict of str to float
        Score of each candidate inside the training data, the mean of average precision and F1;
        empty without a trial.
    """

    recipe: Recipe
    reason: str | None = None
    scores: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Trial:
    """The rows and settings that a choice is made from.

    Attributes
    ----------
    X : DataFrame of shape (n_rows, n_columns)
        Real rows of all classes.
    own : ndarray of int
        Positions of the class's rows.
    model : VariationalAutoEncoder
        The class's model; those of the folds are fitted alike, in fewer steps.
    n_synthetic : int
        Rows wanted of the class.
    k_neighbors : int
        Of the clearance.
    seed : int
        The class's seed.
    rules : TableRules, optional
        What the class's model takes from the whole table.
    kinds : mapping of column name to kind, optional
        Columns that are not what they look like.
    sizes : (int, int), optional
        Rows of the class and of all others, where X is a sample.
    """

    X: pd.DataFrame
    own: NDArray[np.int64]
    model: VariationalAutoEncoder
    n_synthetic: int
    k_neighbors: int
    seed: int
    rules: TableRules | None = None
    kinds: Mapping[Any, str] | None = None
    sizes: tuple[int, int] | None = None


def candidates(acceptance: float, coverage: float) -> list[Recipe]:
    """Return the recipes that are tried, the usual one first; all keep the class's coverage.

    Parameters
    ----------
    acceptance, coverage
        As :class:`~smrt_lightning.sampling.sampler.SMRT` takes them.
    """
    found = [Recipe(draw, acceptance, coverage) for draw in ("mixed", "anchored", "prior")]
    return [*found, Recipe("interpolation", 1.0, coverage)]


def choose(trial: Trial, recipes: Sequence[Recipe]) -> Choice:
    """Try recipes inside the training data, and choose one.

    A class of fewer than 15 rows has no trial: what five rows say of a fold is chance. The first
    recipe is used then, and wherever :func:`decide` finds no better one.
    """
    if len(trial.own) < MIN_ROWS or len(trial.own) == len(trial.X):
        return Choice(recipes[0])
    with single_threaded(), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        cuts = list(_folds(trial))
        try:
            models = _fold_models(trial, cuts)
        except TrainingDivergedError:  # in fewer steps than the class's own model, which did not
            return Choice(recipes[0])
        folds = np.array([_scores(trial, *one, recipes) for one in zip(cuts, models, strict=True)])
    best = decide(folds, [recipe.acceptance <= 1 for recipe in recipes])
    means = folds.mean(axis=0)
    scores = {recipe.name: float(mean) for recipe, mean in zip(recipes, means, strict=True)}
    if best == 0:
        return Choice(recipes[0], None, scores)
    reason = (
        f"{recipes[best].draw} was the best of {len(recipes)} draws in {N_FOLDS} folds of the "
        f"training data: {means[best]:.3f}, {recipes[0].draw} {means[0]:.3f} (mean of average "
        "precision and F1)"
    )
    return Choice(recipes[best], reason, scores)


def decide(folds: NDArray[np.float64], keeps_all: Sequence[bool]) -> int:
    """Return the position of the recipe to use.

    The first stands unless another scores better by .01 in the mean: less is chance, and of two
    that are level the one that keeps more of the class is used. So a recipe that keeps all needs
    no margin against a first that does not.

    Parameters
    ----------
    folds : ndarray of shape (n_folds, n_recipes)
        Scores, of the usual recipe first.
    keeps_all : sequence of bool
        Whether a recipe keeps every candidate.
    """
    gains = folds.mean(axis=0) - folds[:, 0].mean()
    for at in range(1, len(keeps_all)):
        gains[at] -= 0.0 if keeps_all[at] and not keeps_all[0] else MARGIN
    return int(np.argmax(gains))


@dataclass(frozen=True)
class _Fold:
    """Real rows to learn from, and real rows to score on."""

    own: NDArray[np.int64]
    others: NDArray[np.int64]
    test: NDArray[np.int64]
    labels: NDArray[np.bool_]
    seed: int


def _folds(trial: Trial) -> Iterator[_Fold]:
    """Cut a sample of the rows in folds, each class for itself."""
    rng = numpy_generator(trial.seed, "folds")
    others = np.setdiff1d(np.arange(len(trial.X)), trial.own)
    own = rng.permutation(trial.own)[:MAX_OWN]
    others = rng.permutation(others)[:MAX_OTHERS]
    for at in range(N_FOLDS):
        in_own, in_others = (np.arange(len(rows)) % N_FOLDS == at for rows in (own, others))
        test = np.concatenate([own[in_own], others[in_others]])
        labels = np.arange(len(test)) < in_own.sum()
        seed = derive_seed(trial.seed, "fold", str(at))
        yield _Fold(np.sort(own[~in_own]), np.sort(others[~in_others]), test, labels, seed)


def _fold_models(trial: Trial, folds: Sequence[_Fold]) -> list[VariationalAutoEncoder]:
    """Fit models of the class's rows of two folds each, in a third of the steps, as one stack."""
    from sklearn.base import clone

    from smrt_lightning.model.training.together import fit_together

    per_epoch = -(-len(trial.model.rows_) // trial.model.batch_size)
    steps = len(trial.model.epoch_costs_) * per_epoch
    steps = min(steps, int(np.clip(steps // 3, *_STEPS)))
    models: list[VariationalAutoEncoder] = []
    for fold in folds:
        model: VariationalAutoEncoder = clone(trial.model)
        model.set_params(n_epochs=None, min_steps=steps, max_steps=steps)
        model.set_params(logger=False, callbacks=None, verbose=0, random_state=fold.seed)
        models.append(model)
    tables = [trial.X.iloc[fold.own].reset_index(drop=True) for fold in folds]
    for _ in fit_together(models, tables, [trial.rules] * len(folds)):
        pass
    return models


def _scores(
    trial: Trial, fold: _Fold, model: VariationalAutoEncoder, recipes: Sequence[Recipe]
) -> list[float]:
    """Return the score of each recipe on one fold."""
    table = trial.X.iloc[fold.own].reset_index(drop=True)
    others = trial.X.iloc[fold.others]
    reference = trial.X.iloc[np.sort(np.concatenate([fold.own, fold.others]))]
    clearance = Clearance(reference, table, others, trial.k_neighbors, trial.kinds)
    # As many rows of the class to a row of the others as SMRT is to make, real and synthetic.
    n_own, n_others = trial.sizes or (len(trial.own), len(trial.X) - len(trial.own))
    total = len(others) * (n_own + trial.n_synthetic) / n_others
    n_real = min(len(table), max(round(len(others) * n_own / n_others), 1))
    n = max(round(total) - n_real, 1)
    space = Space(reference, "standard", max_levels=MAX_LEVELS, kinds=trial.kinds)
    real = space.transform(pd.concat([others, table.iloc[:n_real]], ignore_index=True))
    test = space.transform(trial.X.iloc[fold.test])
    labels = np.arange(len(real) + n) >= len(others)
    odds = (n_own / n_others) / (fold.labels.sum() / (~fold.labels).sum())
    weights = np.where(fold.labels, odds, 1.0)
    cuts = sub_groups(table, clearance, n, fold.seed)
    found = []
    for recipe in recipes:
        drawing = Drawing(table, model, clearance, n, recipe=recipe, seed=fold.seed, cuts=cuts)
        points = np.vstack([real, space.transform(drawing.all().rows)])
        classifiers = _classifiers(fold.seed)
        scores = [c.fit(points, labels).predict_proba(test)[:, 1] for c in classifiers]
        found.append(float(np.mean([_score(fold.labels, q, weights) for q in scores])))
    return found


def _classifiers(seed: int) -> list[Any]:
    """Return quick classifiers of three kinds: linear, trees, neighbours."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier

    forest = RandomForestClassifier(25, random_state=seed, n_jobs=1)
    return [LogisticRegression(max_iter=200), forest, KNeighborsClassifier(n_jobs=1)]


def _score(
    truth: NDArray[np.bool_], probability: NDArray[np.float64], weights: NDArray[np.float64]
) -> float:
    """Return the mean of average precision and F1."""
    from sklearn.metrics import average_precision_score, f1_score

    ranked = average_precision_score(truth, probability, sample_weight=weights)
    said = f1_score(truth, probability >= 0.5, sample_weight=weights, zero_division=0.0)
    return float((ranked + said) / 2)
