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


VAE = VariationalAutoEncoder(n_latent_factors=2, **QUICK)


@listed(imblearn_checks([SMRT(random_state=0, draw="mixed", estimator=VAE)]))
def test_sampler_keeps_imbalanced_learns_contract(estimator, check):
    check(estimator)


@pytest.mark.slow
@listed(imblearn_checks([SMRT(random_state=0, estimator=VAE)]))
def test_it_keeps_it_where_the_draw_is_chosen(estimator, check):
    """A choice fits a dozen models a class; what it does is tested in sampling/test_choice.py."""
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
