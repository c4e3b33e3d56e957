"""The detection test: a classifier tries to tell synthetic rows from real ones."""

import numpy as np
from numpy.typing import NDArray

from smrt_lightning.evaluation.scores.ranking import Curve
from smrt_lightning.seeds import numpy_generator
from smrt_lightning.table.neighbors import nearest

_FEWEST_ROWS = 10
_MOST_ROWS = 500


def detectability(
    real: NDArray[np.float64], made: NDArray[np.float64], random_state: int
) -> float | None:
    """Return the cross-validated ROC AUC of a forest that tells synthetic from real rows.

    About 0.5 is best (indistinguishable), 1 is worst. A near copy of a real row stays in the fold
    of that row: otherwise the forest would meet it with opposite labels on both sides of a fold,
    learn to answer the wrong way round, and make copies look better than indistinguishable. As many
    rows of each kind, 500 at most; None with fewer than ten of either.

    Parameters
    ----------
    real, made : float array, shape (n, d) and (m, d)
    random_state : int
    """
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

    size = min(len(real), len(made), _MOST_ROWS)
    if size < _FEWEST_ROWS:
        return None
    rng = numpy_generator(random_state, "detectability")
    a, b = (rows[np.sort(rng.choice(len(rows), size, replace=False))] for rows in (real, made))
    truth = np.repeat([False, True], size)
    forest = RandomForestClassifier(n_estimators=50, min_samples_leaf=2, random_state=random_state)
    folds = StratifiedGroupKFold(3, shuffle=True, random_state=random_state)
    points = np.vstack([a, b])
    found = cross_val_predict(
        forest, points, truth, groups=_families(a, b), cv=folds, method="predict_proba"
    )
    return Curve.of(truth, found[:, 1]).roc_auc()


def _families(real: NDArray[np.float64], made: NDArray[np.float64]) -> NDArray[np.intp]:
    """Give equal real rows and their near copies one number; real rows come first.

    A near copy is less than half as far from a real row as that row is from the next one.
    """
    rows, row = np.unique(real, axis=0, return_inverse=True)
    if len(rows) < 2:
        return np.arange(len(real) + len(made))
    spacing = nearest(rows)[0][:, 0]
    distance, place = (found[:, 0] for found in nearest(rows, made))
    alone = len(rows) + np.arange(len(made))
    return np.concatenate([row, np.where(distance < spacing[place] / 2, place, alone)])
