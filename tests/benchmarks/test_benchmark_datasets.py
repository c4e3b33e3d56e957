from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.datasets import DATASETS, DataAbsentError, many_small_clusters, splits, take

DATA = Path(__file__).parents[3] / "shared" / "data"
ABSENT = Path("no such folder")
WITHOUT_FILES = [
    "iris",
    "wine",
    "diabetes",
    "breast_cancer",
    "digits_8",
    "digits_3v8",
    "many_small_clusters",
    "neglected_subgroup",
]


def build(name):
    try:
        return DATASETS[name].build(DATA)
    except DataAbsentError as error:
        pytest.skip(str(error))


def test_the_sets_that_need_no_files_are_built_without_a_data_folder():
    for name, dataset in DATASETS.items():
        if name in WITHOUT_FILES:
            assert len(dataset.build(ABSENT).y)
        else:
            with pytest.raises(DataAbsentError, match=f"{ABSENT}.*is absent"):
                dataset.build(ABSENT)


@pytest.mark.parametrize("name", DATASETS)
def test_a_table_is_binary_imbalanced_and_fixed(name):
    table = build(name)
    assert len(table.X) == len(table.y)
    assert set(np.unique(table.y)) == {0, 1}
    assert 0 < table.y.mean() < 0.5
    assert table.X.columns.is_unique
    assert bool(table.categorical) == DATASETS[name].mixed
    assert not table.X.isna().to_numpy().any()
    again = build(name)
    pd.testing.assert_frame_equal(table.X, again.X)
    np.testing.assert_array_equal(table.y, again.y)


def test_each_table_read_from_a_file_has_no_repeated_rows():
    for name in ("mammography", "adult"):
        assert not build(name).X.duplicated().any()


@pytest.mark.parametrize(("name", "n"), [("mnist_3v8_100", 100), ("mnist_3v8_1000", 1000)])
def test_mnist_has_the_promised_number_of_minority_rows_to_train_on(name, n):
    table = build(name)
    train, test = next(splits(table, 1, DATASETS[name].test_size))
    assert table.y[train].sum() == n
    assert table.y[test].mean() == pytest.approx(table.y[train].mean(), abs=1e-3)


@pytest.mark.parametrize("name", WITHOUT_FILES)
def test_splits_part_the_rows_and_keep_the_class_ratio(name):
    table = DATASETS[name].build(ABSENT)
    seen = list(splits(table, 3, 0.3))
    for train, test in seen:
        assert np.array_equal(np.sort(np.r_[train, test]), np.arange(len(table.y)))
        assert len(test) == pytest.approx(0.3 * len(table.y), abs=1)
        assert table.y[test].sum() == pytest.approx(0.3 * table.y.sum(), abs=1)
    for (_, test), (_, same) in zip(splits(table, 2, 0.3), seen, strict=False):
        np.testing.assert_array_equal(test, same)
    assert not np.array_equal(np.sort(seen[0][1]), np.sort(seen[1][1]))


def test_many_small_clusters_are_tight_against_the_cloud():
    from sklearn.neighbors import NearestNeighbors

    table = many_small_clusters(n_clusters=10, rows_per_cluster=5, n_majority=500, spread=0.05)
    X = table.X.to_numpy()
    assert (len(X), table.y.sum()) == (550, 50)
    rare = X[table.y == 1]
    near, _ = NearestNeighbors(n_neighbors=6).fit(rare).kneighbors(rare)
    assert near[:, 4].max() < 1 < near[:, 5].min()  # four mates, then another group


def test_the_neglected_sub_group_is_a_fifth_of_the_class_and_is_taken_along():
    table = DATASETS["neglected_subgroup"].build(Path())
    assert table.subgroup.sum() == 0.2 * table.y.sum()
    assert (table.y[table.subgroup] == 1).all()
    assert (table.X["sex"][table.subgroup] == "f").all()
    part = take(table, np.flatnonzero(table.subgroup))
    assert part.subgroup.all()
