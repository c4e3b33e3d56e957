"""What a comparison's tables say, worked out by hand."""

import numpy as np
import pytest

from smrt_lightning.evaluation.fitting import Cell, Log
from smrt_lightning.evaluation.jobs import Outcome
from smrt_lightning.evaluation.scores.summaries import cost_table, trade_off_table
from smrt_lightning.evaluation.scores.thresholds import COST_RATIOS


def outcome(split: str, method: str, seconds: float, tuning: float, memory: float | None):
    cells = [Cell(split, "threshold", "k_neighbors", [])] if method == "none" else []
    return Outcome(split, method, cells, log=Log([], tuning), seconds=seconds, memory_mb=memory)


def test_a_tuned_threshold_costs_its_tuning_and_no_other_method_does():
    costs = cost_table(
        [
            outcome("split-00", "none", 5.0, 4.0, 10.0),
            outcome("split-01", "none", 7.0, 4.0, 30.0),
            outcome("split-00", "smrt", 9.0, 2.0, None),
        ]
    )
    assert costs == {
        "none": {"seconds": 2.0, "memory_mb": 30.0},
        "threshold": {"seconds": 6.0, "memory_mb": 30.0},
        "smrt": {"seconds": 7.0, "memory_mb": None},
    }


def test_what_mistakes_cost_is_a_miss_times_its_ratio_and_every_false_alarm():
    missed, alarms = 0.01, 0.03
    shares = np.tile([missed, alarms], (len(COST_RATIOS), 1))
    cells = [
        Cell(split, method, "k_neighbors", [], trade=shares * (1.0 if split == "a" else 3.0))
        for split in "ab"
        for method in ("smote", "threshold", "smote+recalibrated")
    ]
    table = trade_off_table(cells)
    assert table is not None
    assert list(table["costs"]) == ["smote"]
    expected = [1000 * (2 * missed * ratio + 2 * alarms) for ratio in COST_RATIOS]
    assert table["costs"]["smote"] == pytest.approx(expected)


def test_more_than_two_classes_have_no_trade_off():
    assert trade_off_table([Cell("a", "smote", "k_neighbors", [])]) is None
