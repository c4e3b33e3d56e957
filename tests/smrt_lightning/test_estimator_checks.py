"""The contract suites of scikit-learn and imbalanced-learn, with quick training."""

import pytest
from imblearn.utils.estimator_checks import parametrize_with_checks as imblearn_checks
from sklearn.utils.estimator_checks import parametrize_with_checks as sklearn_checks

from smrt_lightning import SMRT, AutoEncoder, VariationalAutoEncoder

QUICK = {"n_hidden": 4, "min_steps": 2, "max_steps": 4, "accelerator": "cpu"}


def listed(suite):
    """Both suites hand pytest a generator, which pytest 9 warns about."""
    mark = suite.mark
    return pytest.mark.parametrize(mark.args[0], list(mark.args[1]), **mark.kwargs)


@listed(
    imblearn_checks(
        [SMRT(random_state=0, estimator=VariationalAutoEncoder(n_latent_factors=2, **QUICK))]
    )
)
def test_sampler_keeps_imbalanced_learns_contract(estimator, check):
    check(estimator)


@listed(
    sklearn_checks(
        [
            AutoEncoder(random_state=0, **QUICK),
            VariationalAutoEncoder(n_latent_factors=2, random_state=0, **QUICK),
        ]
    )
)
def test_autoencoders_keep_scikit_learns_contract(estimator, check):
    check(estimator)
