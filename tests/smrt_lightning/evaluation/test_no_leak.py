"""Nothing of a test part reaches training, and nothing synthetic reaches a test part."""

import numpy as np
import pytest
from evaluation_tables import make_table
from sklearn.naive_bayes import GaussianNB

from smrt_lightning import SMRT, VariationalAutoEncoder
from smrt_lightning.evaluation import make_splits
from smrt_lightning.evaluation.classifiers import Classifier
from smrt_lightning.evaluation.compare import compare

METHODS = ["none", "class_weight", "threshold", "random", "smote", "gaussian"]
SMALL = VariationalAutoEncoder(n_epochs=2, min_steps=5, max_steps=10)
SMRT_METHODS = ["none", ("smrt", SMRT(estimator=SMALL))]
LOG = []


class Spy(GaussianNB):
    """Remembers every row that it is fitted on and asked about, in original units."""

    def fit(self, X, y, sample_weight=None):
        LOG.append(("fit", np.asarray(X)))
        return super().fit(X, y, sample_weight)

    def predict_proba(self, X):
        LOG.append(("ask", np.asarray(X)))
        return super().predict_proba(X)


def watch(X, y, splits, methods):
    LOG.clear()
    # As a tree it gets its columns unscaled, so that rows can be recognised.
    spy = Classifier("spy", Spy(), trees=True)
    compare(X, y, methods=methods, classifiers=[spy], splits=splits, recalibrate=False, ratios=())
    return list(LOG)


@pytest.fixture(scope="module", params=[METHODS, SMRT_METHODS], ids=["plain", "smrt"])
def watched(request):
    X, y = make_table("numpy", counts=(60, 20, 12))
    splits = make_splits(y, repeats=2, X=X)
    return X, y, splits, request.param, watch(X, y, splits, request.param)


def test_every_fit_starts_with_real_training_rows_and_every_question_is_a_real_test_row(watched):
    X, _, splits, _, log = watched
    per_split = len(log) // len(splits)
    for i, split in enumerate(splits):
        train, test = X[split.train], X[split.test]
        own, tested = ({row.tobytes() for row in part} for part in (train, test))
        fitted = set()
        for what, rows in log[i * per_split : (i + 1) * per_split]:
            seen = {row.tobytes() for row in rows}
            if what == "ask":
                assert seen < own or np.array_equal(rows, test)
                assert not seen & fitted  # the rows that tune a threshold are held out too
            else:
                whole = np.array_equal(rows[: len(train)], train)
                assert whole or (rows[0].tobytes() in own and not own <= seen)
                assert not seen & tested
                fitted = seen


def test_training_is_the_same_whatever_the_test_rows_hold(watched):
    X, y, splits, methods, log = watched
    split = splits[0]
    spoilt = X.copy()
    spoilt[split.test] = 1e6
    others = watch(spoilt, y, [split], methods)
    fits, other_fits = (
        [rows for what, rows in found if what == "fit"] for found in (log[: len(others)], others)
    )
    assert len(fits) == len(other_fits) > 1
    for a, b in zip(fits, other_fits, strict=True):
        assert a.tobytes() == b.tobytes()


def test_repeated_rows_are_repeats_of_training_rows():
    X, y = make_table("numpy", counts=(60, 20))
    (split,) = make_splits(y, repeats=1, X=X)
    own = {row.tobytes() for row in X[split.train]}
    fits = [rows for what, rows in watch(X, y, [split], ["random"]) if what == "fit"]
    whole = [rows for rows in fits if own <= {row.tobytes() for row in rows}]
    assert [len(rows) for rows in whole] == [len(split.train), 84]
    assert all(row.tobytes() in own for rows in fits for row in rows)
