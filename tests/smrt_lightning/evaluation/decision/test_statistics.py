import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from smrt_lightning.evaluation.decision.statistics import (
    CommonVariance,
    Prior,
    believe,
    common_variance,
    holm,
    paired_difference,
)

lists = st.lists(st.floats(-1, 1, allow_subnormal=False), min_size=3, max_size=20)


@given(lists)
@settings(max_examples=60, deadline=None)
def test_without_the_correction_it_is_scipys_paired_t_test(differences):
    d = np.array(differences)
    if d.std() < 1e-6:
        return
    found = paired_difference(d, np.zeros(len(d)), test_share=0.0)
    expected = stats.ttest_rel(d, np.zeros(len(d)))
    interval = expected.confidence_interval(0.95)
    assert found.p == pytest.approx(expected.pvalue, rel=1e-9)
    assert found.low == pytest.approx(interval.low)
    assert found.high == pytest.approx(interval.high)


def test_the_correction_widens_the_error_by_its_formula():
    rng = np.random.default_rng(0)
    a, b = rng.normal(0.1, 1, 10), rng.normal(0, 1, 10)
    found = paired_difference(a, b, test_share=0.3 / 0.7)
    t = (a - b).mean() / np.sqrt((a - b).var(ddof=1) * (1 / 10 + 0.3 / 0.7))
    assert found.p == pytest.approx(2 * stats.t.sf(abs(t), 9))
    reach = stats.t.ppf(0.975, 9) * abs((a - b).mean() / t)
    assert found.high - found.mean == pytest.approx(reach)


def test_the_worked_example_of_the_scikit_learn_documentation():
    """User guide, "Statistical comparison of models using grid search": t = 0.750, p = 0.227.

    Two kernels on moons, 10 × 10-fold cross-validation, one-sided p-value of the corrected test;
    uncorrected it prints t = 2.611 and p = 0.005.
    """
    from sklearn.datasets import make_moons
    from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_score
    from sklearn.svm import SVC

    X, y = make_moons(noise=0.352, random_state=1, n_samples=100)
    cv = RepeatedStratifiedKFold(n_splits=10, n_repeats=10, random_state=0)
    rbf, linear = (
        cross_val_score(SVC(kernel=kernel), X, y, scoring="roc_auc", cv=cv)
        for kernel in ("rbf", "linear")
    )
    found = paired_difference(rbf, linear, test_share=10 / 90)
    assert found.p / 2 == pytest.approx(0.227, abs=0.0005)
    error = (found.high - found.mean) / stats.t.ppf(0.975, 99)
    assert found.mean / error == pytest.approx(0.750, abs=0.0005)
    plain = paired_difference(rbf, linear, test_share=0.0)
    assert plain.p / 2 == pytest.approx(0.005, abs=0.0005)


def test_it_keeps_its_level_where_the_plain_test_does_not():
    """Differences of splits that share rows: equal correlation test_share-like, no effect."""
    rng = np.random.default_rng(0)
    k, share = 10, 0.3 / 0.7
    rho = share / (1 + share)
    d = np.sqrt(rho) * rng.normal(size=(2000, 1)) + np.sqrt(1 - rho) * rng.normal(size=(2000, k))
    zeros = np.zeros(k)
    corrected = np.mean([paired_difference(x, zeros, test_share=share).p < 0.05 for x in d])
    plain = np.mean([paired_difference(x, zeros, test_share=0.0).p < 0.05 for x in d])
    assert 0.03 < corrected < 0.07
    assert plain > 0.2


def test_undefined_and_degenerate_differences():
    nan = np.nan
    assert paired_difference(np.array([nan]), np.array([1.0]), test_share=0.4).mean is None
    one = paired_difference(np.array([0.5, nan]), np.array([0.2, 1]), test_share=0.4)
    assert (one.mean, one.p, one.splits) == (pytest.approx(0.3), None, 1)
    same = paired_difference(np.ones(4), np.ones(4), test_share=0.4)
    assert (same.mean, same.low, same.high, same.p) == (0, 0, 0, 1)
    always = paired_difference(np.full(4, 0.5), np.zeros(4), test_share=0.4)
    assert always.p == 0


def test_holm_on_the_textbook_example():
    # Wikipedia, "Holm–Bonferroni method": 0.01, 0.04, 0.03, 0.005 with four hypotheses.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=8))
def test_holm_never_lowers_and_keeps_the_order(p_values):
    adjusted = holm(p_values)
    known = sorted(
        (p, q) for p, q in zip(p_values, adjusted, strict=True) if p is not None and q is not None
    )
    assert [q is None for q in adjusted] == [p is None for p in p_values]
    assert all(p <= q <= 1 for p, q in known)
    assert [q for _, q in known] == sorted(q for _, q in known)
    if known:
        assert known[0][1] == pytest.approx(min(1, known[0][0] * len(known)))


NO_COMMON = CommonVariance(0.0, 0.0)


@given(lists, st.floats(0.001, 0.5))
@settings(max_examples=60, deadline=None)
def test_without_a_prior_the_odds_are_the_corrected_test_read_the_other_way(differences, margin):
    d = np.array(differences)
    if d.std() < 1e-6:
        return
    belief = believe(d, test_share=0.4, common=NO_COMMON, prior=Prior())
    p = paired_difference(d, np.zeros(len(d)), test_share=0.4).p
    above = belief.above(0.0)
    assert 2 * min(above, 1 - above) == pytest.approx(p, abs=1e-9)
    odds = belief.odds(margin)
    assert sum(odds) == pytest.approx(1.0)
    assert min(odds) >= 0.0
    mirrored = believe(-d, test_share=0.4, common=NO_COMMON, prior=Prior()).odds(margin)
    assert odds == pytest.approx(mirrored[::-1], abs=1e-9)


def test_the_prior_draws_towards_nothing_and_a_wide_one_does_not():
    d = np.array([0.01, 0.03, 0.02, 0.05, 0.04])
    means = [
        believe(d, test_share=0.4, common=NO_COMMON, prior=Prior(0.0, s)).mean
        for s in (0.001, 0.02, 1e6)
    ]
    assert 0 < means[0] < means[1] < means[2]
    assert means[2] == pytest.approx(d.mean())
    usual = believe(d, test_share=0.4, common=NO_COMMON, prior=Prior(-0.02, 1e-6))
    assert usual.mean == pytest.approx(-0.02, abs=1e-4)


def test_a_difference_that_never_varies_is_certain():
    assert believe(np.zeros(5), test_share=0.4, common=NO_COMMON, prior=Prior(0.0, 0.1)).odds(
        0.01
    ) == (
        0,
        1,
        0,
    )
    one = believe(np.full(5, 0.5), test_share=0.4, common=NO_COMMON, prior=Prior())
    assert one.odds(0.01) == (1, 0, 0)
    assert believe(np.array([0.5]), test_share=0.4, common=NO_COMMON, prior=Prior(0.0, 0.1)) is None


def test_the_common_variance_finds_the_numbers_that_variances_were_drawn_by():
    """Smyth's estimator on draws of its own model: s² ~ s0² · F(d, d0)."""
    rng = np.random.default_rng(0)
    drawn = 0.25 * rng.f(9, 6, size=20_000)
    found = common_variance(drawn, 9.0)
    assert found.value == pytest.approx(0.25, rel=0.05)
    assert found.weight == pytest.approx(6.0, rel=0.1)


def test_the_common_variance_is_never_worth_more_than_the_splits():
    same = common_variance([1.0, 1.0, 1.0, 1.0], 9.0)
    assert same.weight == 9.0
    assert common_variance([1.0, 2.0], 9.0).weight == 0.0
    assert common_variance([0.0, 0.0, 0.0, 2.0], 9.0).weight == 0.0
    variance, freedom = same.moderate(3.0, 9.0)
    assert freedom == 18.0
    assert same.value < variance < 3.0
