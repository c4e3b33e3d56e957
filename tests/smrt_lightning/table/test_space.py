import numpy as np
import pandas as pd
import pytest
from evaluation_tables import KINDS, make_table

from smrt_lightning.table.columns import describe, numbers
from smrt_lightning.table.frames import named_frame
from smrt_lightning.table.labels import as_labels
from smrt_lightning.table.space import Space


@pytest.mark.parametrize("kind", KINDS)
def test_an_embedded_table_comes_back(kind):
    frame = named_frame(make_table(kind)[0])
    space = Space(frame)
    back = space.inverse(space.transform(frame))
    assert back.dtypes.equals(frame.dtypes)
    for name, column in describe(frame).items():
        there = frame[name].notna().to_numpy()
        if column.measured:
            a, b = (column.numbers(table[name])[there] for table in (frame, back))
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)
        else:
            pd.testing.assert_series_equal(back[name][there], frame[name][there])
            assert back[name].isna().tolist() == frame[name].isna().tolist()


def test_a_constant_column_is_not_blown_up():
    constant = pd.DataFrame({"a": np.full(1000, 0.1)})
    assert constant["a"].std(ddof=0) > 0  # what rounding leaves
    space = Space(constant)
    numbers = space.numbers(pd.DataFrame({"a": [0.1, 0.2]}))
    np.testing.assert_allclose(numbers, [[0], [0.1]], atol=1e-9)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("size", [1e-320, 1e-300, 1e16, 1.7e308])
def test_numbers_of_any_size_have_ordinary_coordinates(size):
    frame = pd.DataFrame({"a": size * np.linspace(-1, 1, 40)})
    scores = Space(frame).numbers(frame)[:, 0]
    assert scores.std() == pytest.approx(1)
    assert (np.diff(scores) > 0).all()
    assert Space(frame).inverse(scores[:, None])["a"].to_numpy() == pytest.approx(
        frame["a"].to_numpy(), rel=1e-9, abs=1e-6 * size
    )
    quantiles = Space(frame, "quantile")
    within = pd.DataFrame({"a": size * np.linspace(-1, 1, 79)})
    scores = quantiles.numbers(within)[:, 0]
    assert np.abs(scores).max() < 4
    assert (np.diff(scores) >= 0).all()


def test_embedding_is_standardised_and_levels_are_one_apart():
    frame = named_frame(make_table("mixed")[0])
    space = Space(frame)
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
    assert Space(frame).codes(pd.DataFrame({"a": ["z", None]})).tolist() == [[-1], [-1]]


def test_true_and_one_are_different_levels():
    frame = pd.DataFrame({"a": pd.Series([True, 1, "1", None, 1.0], dtype=object)})
    assert len(set(Space(frame).codes(frame)[:, 0])) == 5


def test_infinite_numbers_are_missing():
    assert np.isnan(numbers(pd.DataFrame({"a": [np.inf, -np.inf]}))).all()


def test_column_names_become_text_and_the_index_plain():
    frame = named_frame(pd.DataFrame([[1, 2]], columns=[0, ("a", 1)], index=["row"]))
    assert list(frame.columns) == ["0", "('a', 1)"]
    assert frame.index.tolist() == [0]


def test_labels_are_sorted_and_the_later_of_two_equally_rare_is_the_rarest():
    labels = as_labels(["b", "a", "b", "a", "c", "c", "c"])
    assert labels.values == ("a", "b", "c")
    assert labels.codes.tolist() == [1, 0, 1, 0, 2, 2, 2]
    assert labels.rarest == 1


def test_labels_of_mixed_types_have_an_order():
    assert as_labels([True, "x", 3, "x"]).names == ("True", "3", "x")


def test_a_space_of_quantiles_does_not_depend_on_units():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"a": rng.normal(size=50), "c": rng.choice(["x", "y", "z"], 50)})
    scaled = table.assign(a=np.exp(table["a"]))
    first, second = (Space(frame, "quantile") for frame in (table, scaled))
    np.testing.assert_allclose(first.transform(table), second.transform(scaled))
    np.testing.assert_allclose(first.numbers(table).std(axis=0), 1, atol=1e-9)


@pytest.mark.parametrize("scale", ["standard", "quantile"])
def test_two_levels_are_one_apart_and_missing_numbers_stand_in_the_middle(scale):
    table = pd.DataFrame({"c": ["x", "y", None] * 3, "a": np.arange(9.0)})
    points = Space(table, scale).transform(
        pd.DataFrame({"c": ["x", "y", None], "a": [4.0, np.nan, 4]})
    )
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert np.linalg.norm(points[one] - points[other]) == pytest.approx(1)


def test_the_rarer_levels_beyond_the_most_stand_in_the_middle():
    table = pd.DataFrame({"c": list("aaabbc")})
    space = Space(table, "quantile", max_levels=2)
    assert space.codes(table)[:, 0].tolist() == [0, 0, 0, 1, 1, -1]
    assert space.transform(table)[-1].tolist() == [0, 0]


def test_the_order_of_the_rows_never_shows_in_the_coordinates():
    frame = named_frame(make_table("hostile")[0])
    mixed = frame.iloc[::-1].reset_index(drop=True)
    np.testing.assert_allclose(Space(frame).transform(mixed), Space(mixed).transform(mixed))


def test_a_column_that_is_said_to_be_of_levels_is_one():
    frame = pd.DataFrame({"code": [1, 5, 9]})
    assert Space(frame, kinds={"code": "categorical"}).level_counts == [3]


@pytest.mark.parametrize("unit", [2.0**1000, 2.0**-1000])
def test_standard_scores_do_not_depend_on_units_to_the_ends_of_a_double(unit):
    table = pd.DataFrame({"a": np.random.default_rng(0).normal(size=50)})
    space, other = Space(table, "standard"), Space(table * unit, "standard")
    assert space.transform(table).tolist() == other.transform(table * unit).tolist()
    far = other.transform(pd.DataFrame({"a": [1.7e308, -1.7e308, np.nan]}))
    assert np.isfinite(far).all()
