"""Tools that need not be installed: skops keeps fitted estimators, TensorBoard shows costs."""

import copy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from imblearn.pipeline import make_pipeline
from sklearn.linear_model import LogisticRegression
from strategies import QUICK

from smrt_lightning import SMRT, AutoEncoder, VariationalAutoEncoder

RNG = np.random.default_rng(0)
LABELS = np.repeat(["big", "rare"], [60, 20])
NUMBERS = RNG.normal(size=(80, 3)) + (LABELS == "rare")[:, None]
TABLE = pd.DataFrame(
    {
        "number": NUMBERS[:, 0],
        "text": RNG.choice(["u", "v"], 80),
        "nullable text": pd.array(RNG.choice(["u", "v"], 80), dtype="string"),
        "count": pd.array(RNG.integers(0, 5, 80), dtype="Int64"),
        "level": pd.Categorical(RNG.choice(["low", "high"], 80), ["low", "high"], ordered=True),
        "flag": RNG.random(80) < 0.5,
        "day": pd.date_range("2024-01-01", periods=80, tz="Europe/Berlin"),
        "took": pd.to_timedelta(RNG.integers(0, 9, 80), unit="h"),
        "interval": pd.cut(NUMBERS[:, 1], 3),  # has no plain form: such a column stays as it is
    }
)
OURS = ("smrt_lightning.", "imblearn.pipeline.Pipeline")


def fitted(table: pd.DataFrame) -> SMRT:
    sampler = SMRT(random_state=0, estimator=QUICK)
    sampler.fit_resample(table, LABELS)
    return sampler


def assert_draws_alike(one: SMRT, other: SMRT) -> None:
    pd.testing.assert_frame_equal(
        one.generate("rare", 9, random_state=1), other.generate("rare", 9, random_state=1)
    )


def test_a_deep_copy_draws_the_same() -> None:
    sampler = fitted(TABLE)
    assert_draws_alike(sampler, copy.deepcopy(sampler))
    model = AutoEncoder(min_steps=5, max_steps=5, random_state=0).fit(NUMBERS)
    twin = copy.deepcopy(model)
    np.testing.assert_array_equal(model.encode(NUMBERS), twin.encode(NUMBERS))
    twin.network_.requires_grad_(False)
    next(iter(twin.network_.state_dict().values())).zero_()
    assert not np.array_equal(model.encode(NUMBERS), twin.encode(NUMBERS))  # nothing is shared


def test_skops_keeps_a_fitted_sampler_of_any_columns() -> None:
    io = pytest.importorskip("skops.io", reason="skops is not installed")
    sampler = fitted(TABLE.drop(columns="interval"))
    kept = io.dumps(sampler)
    unknown = io.get_untrusted_types(data=kept)
    assert [name for name in unknown if not name.startswith(OURS)] == []
    with pytest.raises(Exception, match="Untrusted types"):
        io.loads(kept)
    assert_draws_alike(sampler, io.loads(kept, trusted=unknown))


def test_skops_keeps_a_fitted_pipeline() -> None:
    io = pytest.importorskip("skops.io", reason="skops is not installed")
    model = make_pipeline(SMRT(random_state=0, estimator=QUICK), LogisticRegression())
    kept = io.dumps(model.fit(NUMBERS, LABELS))
    unknown = io.get_untrusted_types(data=kept)
    assert [name for name in unknown if not name.startswith(OURS)] == []
    again = io.loads(kept, trusted=unknown)
    np.testing.assert_array_equal(again.predict_proba(NUMBERS), model.predict_proba(NUMBERS))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of tensorboard's own imports
def test_costs_are_logged_for_tensorboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("tensorboard", reason="tensorboard is not installed")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    monkeypatch.chdir(tmp_path)
    quick = VariationalAutoEncoder(min_steps=30, max_steps=40, logger="tensorboard", random_state=0)
    model = quick.fit(NUMBERS)
    (events,) = tmp_path.rglob("events.out.tfevents.*")
    written = EventAccumulator(str(events)).Reload()
    costs = [event.value for event in written.Scalars("cost")]
    passes = model.epoch_costs_  # one step each, and 25 of them an epoch of Lightning
    assert costs == pytest.approx([np.mean(passes[:25]), np.mean(passes[25:])])
