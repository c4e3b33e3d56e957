import numpy as np
import pandas as pd
import pytest
from evaluation_tables import make_table
from imblearn.over_sampling import ADASYN, SMOTE, BorderlineSMOTE, RandomOverSampler
from imblearn.under_sampling import RandomUnderSampler

from smrt_lightning.errors import ParameterError
from smrt_lightning.evaluation.methods import METHODS, Method, resolve_methods
from smrt_lightning.evaluation.oversamplers import Resampled
from smrt_lightning.table.frames import named_frame
from smrt_lightning.table.labels import as_labels

ROW_METHODS = ["random", "smote", "gaussian"]


def resample(method, X, y, seed=0, share=1.0):
    frame, labels = named_frame(X), as_labels(y)
    counts = np.bincount(labels.codes)
    targets = {c: max(int(n), round(share * counts.max())) for c, n in enumerate(counts)}
    found = method.resample(frame, labels.codes, labels.values, targets=targets, random_state=seed)
    return frame, labels, targets, found


@pytest.mark.parametrize("name", ROW_METHODS)
def test_real_rows_come_first_unchanged_and_counts_are_exact(name, any_table):
    frame, _, targets, found = resample(METHODS[name], *any_table)
    pd.testing.assert_frame_equal(found.X.iloc[: len(frame)], frame)
    assert found.n_real == len(frame)
    assert found.X.dtypes.equals(frame.dtypes)
    counts = np.bincount(found.codes)
    assert {c: int(n) for c, n in enumerate(counts)} == targets
    assert len(found.X) == len(found.codes) == found.n_real + len(found.anchors)


@pytest.mark.parametrize("name", ROW_METHODS)
def test_the_same_seed_gives_the_same_rows(name, any_table):
    first, second, other = (resample(METHODS[name], *any_table, seed=s)[3] for s in (1, 1, 2))
    pd.testing.assert_frame_equal(first.X, second.X)
    assert not first.X.equals(other.X)


@pytest.mark.parametrize("name", ROW_METHODS)
def test_numbers_stay_within_the_ranges_of_their_class(name):
    rng = np.random.default_rng(0)
    X = np.vstack([rng.normal(size=(50, 4)), 100 + 1e3 * rng.normal(size=(10, 4))])
    y = np.repeat([0, 1], [50, 10])
    found = resample(METHODS[name], X, y)[3]
    made, own = found.X.iloc[60:].to_numpy(), X[50:]
    assert (made >= own.min(axis=0) - 1e-9).all()
    assert (made <= own.max(axis=0) + 1e-9).all()


@pytest.mark.parametrize("name", ROW_METHODS)
@pytest.mark.parametrize("n_rare", [1, 2, 3, 5])
def test_tiny_classes_work(name, n_rare):
    rng = np.random.default_rng(0)
    y = np.repeat(["a", "b"], [20, n_rare])
    found = resample(METHODS[name], rng.normal(size=(20 + n_rare, 2)), y)[3]
    assert np.bincount(found.codes).tolist() == [20, 20]


def test_a_smaller_share_keeps_some_of_the_same_rows_and_a_larger_keeps_those_too():
    frame, _, _, full = resample(METHODS["smote"], *make_table("plain"))
    kept = []
    for targets in ({1: 25, 2: 15}, {1: 40, 2: 15}, {1: 60, 2: 60}):
        part = full.up_to(targets)
        assert np.bincount(part.codes).tolist() == [60, *targets.values()]
        pd.testing.assert_frame_equal(part.X.iloc[: part.n_real], frame)
        assert len(part.anchors) == len(part.X) - part.n_real
        kept.append({(code, *row) for code, *row in zip(part.codes, *part.X.to_numpy().T)})  # noqa: B905
    assert kept[0] < kept[1] < kept[2]
    assert len(full.up_to({}).X) == full.n_real


def test_a_smaller_share_takes_from_all_of_a_sorted_sampler():
    _, _, _, full = resample(METHODS["random"], *make_table("plain", counts=(900, 20)))
    order = np.argsort(full.anchors)
    everything = np.concatenate([np.arange(full.n_real), full.n_real + order])
    X = full.X.iloc[everything].reset_index(drop=True)
    in_order = Resampled(X, full.codes[everything], full.n_real, full.anchors[order])
    assert len(set(in_order.up_to({1: 320}).anchors)) == 20


def test_random_rows_are_those_that_their_anchors_name(any_table):
    frame, _, _, found = resample(METHODS["random"], *any_table)
    expected = frame.iloc[found.anchors].reset_index(drop=True)
    pd.testing.assert_frame_equal(found.X.iloc[found.n_real :].reset_index(drop=True), expected)


def test_smote_measures_distance_in_standard_units():
    # Two far strands along x; y is noise in a huge unit. In raw units neighbours jump strands.
    rng = np.random.default_rng(0)
    strand = np.repeat([0.0, 1.0], 10)
    rare = np.column_stack([strand + 0.01 * rng.normal(size=20), 1e6 * rng.normal(size=20)])
    X = np.vstack([np.column_stack([rng.random(200), 1e6 * rng.normal(size=200)]), rare])
    y = np.repeat([0, 1], [200, 20])
    found = resample(METHODS["smote"], X, y)[3]
    between = found.X.iloc[220:]["x0"].between(0.1, 0.9).mean()
    raw = SMOTE(random_state=0).fit_resample(X, y)[0][220:, 0]
    assert between < 0.5 * ((raw > 0.1) & (raw < 0.9)).mean()


def test_gaussian_rows_keep_what_numbers_and_levels_share():
    rng = np.random.default_rng(0)
    level = rng.choice(["low", "high"], 40)
    value = np.where(level == "low", 0.0, 10.0) + rng.normal(size=40)
    X = pd.DataFrame({"v": np.append(rng.normal(size=400), value), "l": ["low"] * 400 + [*level]})
    made = resample(METHODS["gaussian"], X, np.repeat([0, 1], [400, 40]))[3].X.iloc[440:]
    means = made.groupby("l")["v"].mean()
    assert means["high"] - means["low"] > 7


@pytest.mark.parametrize(
    "sampler",
    [
        RandomOverSampler(),
        BorderlineSMOTE(),
        ADASYN(),
        SMOTE(sampling_strategy="minority"),
        RandomUnderSampler(),
    ],
    ids=lambda s: type(s).__name__,
)
def test_any_imbalanced_learn_sampler_hands_back_real_rows_as_they_were(sampler):
    X, y = make_table("mixed", counts=(60, 20))
    frame, _, _, found = resample(Method("x", "rows", sampler), X, y)
    assert found.X.dtypes.equals(frame.dtypes)
    merged = found.X.iloc[: found.n_real].merge(frame, how="left", indicator=True)
    assert (merged["_merge"] == "both").all()
    assert set(found.X["colour"]) <= set(frame["colour"])
    counts = np.bincount(found.codes)
    assert abs(counts[0] - counts[1]) <= 6


def test_specs_of_every_form():
    methods = resolve_methods(
        [
            "smote",
            "imblearn.over_sampling.ADASYN",
            {"sampler": "imblearn.over_sampling.SMOTE", "params": {"k_neighbors": 3}, "name": "s3"},
            ("mine", RandomOverSampler()),
        ]
    )
    assert [method.name for method in methods] == ["none", "smote", "ADASYN", "s3", "mine"]
    assert methods[3].sampler.k_neighbors == 3


@pytest.mark.parametrize(
    ("spec", "error", "message"),
    [
        ("smoot", ParameterError, "allowed are none"),
        ("os.system", ParameterError, "not allowed"),
        ("imblearn.over_sampling.ADASIN", ParameterError, "mean 'ADASYN'"),
        ("imblearn.nothing.SMOTE", ParameterError, "No module"),
        ("imblearn.over_sampling._smote.base.np", ParameterError, "not a class"),
        ("sklearn.linear_model.LogisticRegression", ParameterError, "fit_resample"),
        ("imblearn.over_sampling.__import__('os')", ParameterError, "not a dotted name"),
        (
            {"sampler": "imblearn.over_sampling.SMOTE", "params": {"k_neighbours": 3}},
            ParameterError,
            "mean 'k_neighbors'",
        ),
        ({"params": {}}, ParameterError, "sampler, params, name"),
        (("smote", RandomOverSampler()), ParameterError, "built-in"),
        (("mine", object()), ParameterError, "fit_resample"),
        (("a+recalibrated", RandomOverSampler()), ParameterError, "taken"),
    ],
)
def test_mistakes_in_methods_are_named(spec, error, message):
    with pytest.raises(error, match=message):
        resolve_methods([spec])


def test_a_method_twice_is_refused():
    with pytest.raises(ParameterError, match="Two methods"):
        resolve_methods(["smote", "smote"])
