"""Acceptance: the clearest candidates, measured against brute force, of the whole class."""

import numpy as np
import pandas as pd
import pytest

from smrt_lightning.sampling.acceptance import Clearance, Measured, keep
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
    np.testing.assert_allclose(found.ratio, np.log(nearest(to_own) / nearest(to_others)))


def test_candidates_inside_the_other_class_are_left_out():
    rng = np.random.default_rng(0)
    own, others = rng.normal(size=(30, 2)), rng.normal(size=(30, 2)) + 6
    candidates = np.vstack([rng.normal(size=(20, 2)), rng.normal(size=(20, 2)) + 6])
    candidates = frame(candidates)
    stand = clearance(own, others).measure(candidates)
    np.testing.assert_array_equal(keep(candidates, stand, 20, [], 0.0), np.arange(20))


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


def share_kept(groups, rows, points):
    return groups.count(groups.places(rows, points)) / len(rows) / groups.shares


def kept_shares(overlapping, coverage):
    candidates, stand, groups = overlapping
    kept = keep(candidates, stand, 200, [groups], coverage)
    assert len(np.unique(kept)) == 200
    return share_kept(groups, candidates.iloc[kept], stand.points[kept]), kept


def test_the_clearest_of_all_leave_the_hard_part_out(overlapping):
    assert kept_shares(overlapping, 0.0)[0].min() == 0.0


@pytest.mark.parametrize("coverage", [0.25, 0.5, 0.9])
def test_every_sub_group_keeps_what_is_asked(overlapping, coverage):
    assert kept_shares(overlapping, coverage)[0].min() >= coverage


def test_no_clearer_candidate_of_any_sub_group_is_left_out(overlapping):
    candidates, stand, groups = overlapping
    _, kept = kept_shares(overlapping, 0.5)
    members = groups.members(candidates, stand.points)
    inside = np.isin(np.arange(len(candidates)), kept)
    for one in members.T:
        left_out = stand.ratio[one & ~inside]
        assert stand.ratio[one & inside].max() <= left_out.min(initial=np.inf)


def test_what_the_candidates_do_not_allow_is_done_as_far_as_they_do(overlapping):
    candidates, stand, groups = overlapping
    members = groups.members(candidates, stand.points)
    poor = members[:, (members.mean(axis=0) / groups.shares).argmin()]
    few = np.flatnonzero(~poor | (np.cumsum(poor) <= 3))
    candidates, stand = candidates.iloc[few], Measured(stand.points[few], stand.ratio[few])
    kept = keep(candidates, stand, 200, [groups], 0.5)
    assert poor[few][kept].sum() == 3
    shares = share_kept(groups, candidates.iloc[kept], stand.points[kept])
    assert np.sort(shares)[1] >= 0.5
