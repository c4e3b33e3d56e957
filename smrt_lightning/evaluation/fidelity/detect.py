"""The detection test: a classifier tries to tell synthetic rows from real ones."""

import numpy as np
from numpy.typing import NDArray

from smrt_lightning.evaluation.scores.ranking import Curve
from smrt_lightning.seeds import numpy_generator

_FEWEST_ROWS = 10
_MOST_ROWS = 500


def detectability(
    real: NDArray[np.float64], made: NDArray[np.float64], random_state: int
) -> float | None:
    """Return the cross-validated ROC AUC of a forest that tells synthetic from real rows.

    0.5 is best (indistinguishable), 1 is worst; below 0.5 means that synthetic rows stand nearer to
    real rows than real rows to each other, as copies do. As many rows of each kind, 500 at most;
    None with fewer than ten of either.

    Parameters
    ----------
    real, made : float array, shape (n, d) and (m, d)
    random_state : int
    """
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    size = min(len(real), len(made), _MOST_ROWS)
    if size < _FEWEST_ROWS:
        return None
    rng = numpy_generator(random_state, "detectability")
    a, b = (rows[np.sort(rng.choice(len(rows), size, replace=False))] for rows in (real, made))
    truth = np.repeat([False, True], size)
    forest = RandomForestClassifier(n_estimators=50, min_samples_leaf=2, random_state=random_state)
    folds = StratifiedKFold(3, shuffle=True, random_state=random_state)
    points = np.vstack([a, b])
    found = cross_val_predict(forest, points, truth, cv=folds, method="predict_proba")
    return Curve.of(truth, found[:, 1]).roc_auc()
