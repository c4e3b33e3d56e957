import numpy as np
import pandas as pd
import pytest
from evaluation_tables import KINDS, make_table

from smrt_lightning.table.reading import as_frame, as_labels, column_kinds, to_floats
from smrt_lightning.table.space import Embedding


def test_kinds_of_columns():
    frame = as_frame(make_table("hostile")[0])
    assert column_kinds(frame) == {
        "height": "number", "count": "number", "flag": "boolean", "colour": "category",
        "grade": "category", "day": "date", "empty": "number", "same": "number", "wait": "date",
        "any": "category",
    }  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_an_embedded_table_comes_back(kind):
    frame = as_frame(make_table(kind)[0])
    space = Embedding(frame)
    back = space.inverse(space.transform(frame))
    assert back.dtypes.equals(frame.dtypes)
    for name, column_kind in column_kinds(frame).items():
        there = frame[name].notna().to_numpy()
        if column_kind in ("number", "date"):
            a, b = (to_floats(table[[name]])[there] for table in (frame, back))
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)
        else:
            pd.testing.assert_series_equal(back[name][there], frame[name][there])
            assert back[name].isna().tolist() == frame[name].isna().tolist()


def test_a_constant_column_is_not_blown_up():
    constant = pd.DataFrame({"a": np.full(1000, 0.1)})
    assert constant["a"].std(ddof=0) > 0  # what rounding leaves
    space = Embedding(constant)
    numbers = space.numbers(pd.DataFrame({"a": [0.1, 0.2]}))
    np.testing.assert_allclose(numbers, [[0], [0.1]], atol=1e-9)


def test_embedding_is_standardised_and_levels_are_one_apart():
    frame = as_frame(make_table("mixed")[0])
    space = Embedding(frame)
    numbers = space.numbers(frame)
    np.testing.assert_allclose(numbers.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(numbers.std(axis=0), 1)
    red, green = (space.corners(space.codes(frame[frame["colour"] == c].head(1)[:1]))[0]
                  for c in ("red", "green"))  # fmt: skip
    start = space.level_names.index("colour")
    first = sum(space.level_counts[:start])
    block = slice(first, first + space.level_counts[start])
    assert np.linalg.norm(red[block] - green[block]) == pytest.approx(1)


def test_levels_never_seen_are_far_from_all():
    frame = pd.DataFrame({"a": ["x", "y", "x"]})
    assert Embedding(frame).codes(pd.DataFrame({"a": ["z", None]})).tolist() == [[-1], [-1]]


def test_true_and_one_are_different_levels():
    frame = pd.DataFrame({"a": pd.Series([True, 1, "1", None, 1.0], dtype=object)})
    assert len(set(Embedding(frame).codes(frame)[:, 0])) == 5


def test_infinite_numbers_are_missing():
    assert np.isnan(to_floats(pd.DataFrame({"a": [np.inf, -np.inf]}))).all()


def test_column_names_become_text_and_the_index_plain():
    frame = as_frame(pd.DataFrame([[1, 2]], columns=[0, ("a", 1)], index=["row"]))
    assert list(frame.columns) == ["0", "('a', 1)"]
    assert frame.index.tolist() == [0]


def test_labels_are_sorted_and_the_later_of_two_equally_rare_is_the_rarest():
    labels = as_labels(["b", "a", "b", "a", "c", "c", "c"])
    assert labels.values == ("a", "b", "c")
    assert labels.codes.tolist() == [1, 0, 1, 0, 2, 2, 2]
    assert labels.rarest == 1


def test_labels_of_mixed_types_have_an_order():
    assert as_labels([True, "x", 3, "x"]).names == ("True", "3", "x")
