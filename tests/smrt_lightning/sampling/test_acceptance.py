"""Acceptance: the clearest candidates, measured against brute force, of the whole class."""

import numpy as np
import pandas as pd
import pytest

from smrt_lightning.sampling.acceptance import EVENNESS, Clearance, keep, keep_whole
from smrt_lightning.sampling.coverage import SubGroups


def frame(points):
    return pd.DataFrame(points, columns=[f"x{i}" for i in range(points.shape[1])])


def clearance(own, others, k=5):
    return Clearance(frame(np.vstack([own, others])), frame(own), frame(others), k)


def test_measures_equal_brute_force():
    rng = np.random.default_rng(0)
    candidates, own, others = (rng.normal(size=(n, 3)) for n in (20, 15, 40))
    measure = clearance(own, others)
    found = measure.measure(frame(candidates))

    def distances(points, real):
        return np.sqrt(((points[:, None] - real[None]) ** 2).sum(axis=2))

    def nearest(apart):
        return np.sort(apart, axis=1)[:, :5].mean(axis=1)

    to_own = distances(found.points, measure.own)
    to_others = distances(found.points, measure.others)
    among = distances(measure.own, measure.own) + np.diag(np.full(15, np.inf))
    own_ratio = np.log(nearest(among) / nearest(distances(measure.own, measure.others)))
    np.testing.assert_allclose(found.ratio, np.log(nearest(to_own) / nearest(to_others)))
    np.testing.assert_array_equal(found.nearest, to_own.argmin(axis=1))
    around = own_ratio[np.argsort(to_own, axis=1)[:, :5]].mean(axis=1)
    np.testing.assert_allclose(found.around, around)


def test_candidates_inside_the_other_class_are_left_out():
    rng = np.random.default_rng(0)
    own, others = rng.normal(size=(30, 2)), rng.normal(size=(30, 2)) + 6
    candidates = np.vstack([rng.normal(size=(20, 2)), rng.normal(size=(20, 2)) + 6])
    stand = clearance(own, others).measure(frame(candidates))
    np.testing.assert_array_equal(keep(stand, 20, 0.0), np.arange(20))


@pytest.fixture
def overlapping():
    """A class of which 30 % lie among the other class's rows, and candidates like it."""
    rng = np.random.default_rng(0)

    def rows(n):
        hard = np.arange(n) < 0.3 * n
        return np.c_[np.where(hard, 0.5, 6.0), np.zeros(n)] + rng.normal(size=(n, 2))

    own, others, candidates = rows(100), rng.normal(size=(300, 2)), rows(600)
    measure = clearance(own, others)
    groups = SubGroups(frame(own), measure.own, 200, 0)
    return frame(candidates), measure.measure(frame(candidates)), groups


def worst(overlapping, coverage):
    candidates, stand, groups = overlapping
    (kept,), evenness = keep_whole([(candidates, stand, 200)], [groups], coverage)
    assert len(np.unique(kept)) == 200
    return groups.kept(groups.members(candidates.iloc[kept], stand.points[kept])).min(), evenness


def test_the_clearest_of_all_leave_the_hard_part_out(overlapping):
    assert worst(overlapping, 0.0) == (0.0, 0.0)


@pytest.mark.parametrize("coverage", [0.25, 0.5])
def test_every_sub_group_keeps_what_is_asked(overlapping, coverage):
    assert worst(overlapping, coverage)[0] >= coverage


def test_no_more_evenness_than_is_needed(overlapping):
    candidates, stand, groups = overlapping
    _, evenness = worst(overlapping, 0.5)
    less = keep(stand, 200, EVENNESS[EVENNESS.index(evenness) - 1])
    assert groups.kept(groups.members(candidates.iloc[less], stand.points[less])).min() < 0.5


def test_full_evenness_keeps_as_many_about_every_real_row(overlapping):
    _, stand, _ = overlapping
    kept = keep(stand, 300, 2.0)
    rows = np.bincount(stand.nearest)
    share = np.bincount(stand.nearest[kept], minlength=len(rows))
    assert np.abs(share - rows / 2).max() <= 1
