"""Constraints: found where they hold, exact in every draw, and nothing found by chance."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smrt_lightning import SMRT, VariationalAutoEncoder
from smrt_lightning.errors import ParameterError
from smrt_lightning.table.constraints import (
    FixedCombinations,
    Inequality,
    MissingTogether,
    OneHot,
    Range,
    Total,
    from_dict,
)
from smrt_lightning.table.constraints.discovery import discover
from smrt_lightning.table.rules import TableRules

N, M = 400, 60
Y = np.r_[np.zeros(N - M, dtype=int), np.ones(M, dtype=int)]
QUICK = VariationalAutoEncoder(n_hidden=8, min_steps=20, max_steps=20)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def _tables() -> dict[str, tuple[pd.DataFrame, set[str]]]:
    """Return tables by name, each with the kinds of constraint that it keeps."""
    r = rng(5)
    x = r.normal(size=N)
    start = pd.Series(pd.Timestamp("2022-01-01") + pd.to_timedelta(r.integers(0, 700, N), "D"))
    end = start + pd.Series(pd.to_timedelta(r.integers(0, 15, N), "D"))
    months = pd.Series(pd.date_range("2012-01-01", periods=120, freq="MS"))
    at = r.integers(0, 90, N)
    later = at + r.integers(1, 20, N)
    low = r.integers(10, 200, N)
    middle = low + r.integers(0, 50, N)
    parts = np.round(r.gamma(2, 30, (N, 3)), 2)
    counts = r.integers(0, 100, (N, 3))
    letters = pd.DataFrame({"x": x, "c": r.choice(list("ABCDE"), N)})
    gone = pd.get_dummies(letters, dtype=float)
    gone.loc[r.random(N) < 0.1, [f"c_{letter}" for letter in "ABCDE"]] = np.nan
    city = r.integers(0, 30, N)
    lost = r.random(N) < 0.3
    spiked = pd.Series(np.where(r.random(N) < 0.4, 0.0, r.integers(50, 900, N)))
    small = pd.Series(r.integers(0, 50, N).astype("uint8"))
    shares = r.dirichlet([2, 3, 4], N).round(3)
    last = (1 - shares[:, 0] - shares[:, 1]).round(3)
    every = [(a, b, c) for a in "abcd" for b in "uvwxy" for c in "PQRS"]
    triples = [every[k] for k in r.choice(len(every), 12, replace=False)]
    zoned = start.dt.tz_localize("Europe/Berlin")
    return {
        "dates": (
            pd.DataFrame(
                {"a": start.mask(r.random(N) < 0.1), "b": end.mask(r.random(N) < 0.2), "x": x}
            ),
            {"inequality"},
        ),
        "zoned": (pd.DataFrame({"a": zoned, "b": zoned + pd.Timedelta("1D")}), {"inequality"}),
        "months": (
            pd.DataFrame({"a": months[at].to_numpy(), "b": months[later].to_numpy(), "x": x}),
            {"inequality"},
        ),
        "range": (
            pd.DataFrame({"a": low, "b": middle, "c": middle + r.integers(1, 100, N), "x": x}),
            {"inequality"},
        ),
        "bytes": (
            pd.DataFrame({"a": small, "b": small + r.integers(0, 60, N).astype("uint8"), "x": x}),
            {"inequality"},
        ),
        "sum": (
            pd.DataFrame(
                {
                    "a": parts[:, 0],
                    "b": parts[:, 1],
                    "c": parts[:, 2],
                    "t": np.round(parts.sum(axis=1), 2),
                }
            ),
            {"total"},
        ),
        "sums": (
            pd.DataFrame(
                {
                    "a": counts[:, 0],
                    "b": counts[:, 1],
                    "c": counts[:, 2],
                    "t": counts[:, 0] + counts[:, 1],
                    "u": counts.sum(axis=1),
                }
            ),
            {"total", "inequality"},
        ),
        "constant": (
            pd.DataFrame({"a": counts[:, 0], "b": 100 - counts[:, 0], "x": x}),
            {"total"},
        ),
        "shares": (
            pd.DataFrame({"a": shares[:, 0], "b": shares[:, 1], "c": last, "x": x}),
            {"total"},
        ),
        "triples": (
            pd.DataFrame([triples[k] for k in r.integers(0, 12, N)], columns=list("abc")),
            {"fixed_combinations"},
        ),
        "copy": (pd.DataFrame({"a": x, "b": x, "c": r.normal(size=N)}), {"total"}),
        "booleans": (pd.get_dummies(letters), {"one_hot"}),
        "dropped": (pd.get_dummies(letters, drop_first=True, dtype=int), {"one_hot"}),
        "group missing": (gone, {"one_hot"}),
        "city": (
            pd.DataFrame(
                {
                    "city": [f"city {i}" for i in city],
                    "state": [f"state {i // 3}" for i in city],
                    "code": 7 * city + 100,
                    "x": x,
                }
            ),
            {"fixed_combinations"},
        ),
        "missing": (
            pd.DataFrame(
                {
                    "a": pd.Series(r.normal(size=N)).mask(lost),
                    "b": pd.Series(r.integers(0, 50, N)).astype("Int64").mask(lost),
                    "c": letters["c"].mask(lost),
                    "d": spiked.mask(lost),
                    "x": x,
                }
            ),
            {"missing_together"},
        ),
    }


TABLES = _tables()
CHOSEN = ("dates", "city", "missing")
"""Tables on which the draw is chosen by trial, as it is by default."""


@pytest.mark.parametrize("name", TABLES)
def test_what_holds_is_found_and_the_change_of_variables_comes_back(name):
    table, kinds = TABLES[name]
    rules = TableRules.learn(table, None, "auto")
    assert {one.kind for one in rules.change.constraints} == kinds
    for rows in (table, table.iloc[-M:].reset_index(drop=True)):
        own = rules.within(rows)
        pd.testing.assert_frame_equal(own.back(own.forward(rows)), rows, rtol=1e-9)


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("n_rows", [M, 5])
def test_no_synthetic_row_breaks_what_the_table_keeps(name, n_rows):
    """Sixty rows have a model, five are interpolated."""
    table, _ = TABLES[name]
    draw = "auto" if name in CHOSEN else "mixed"
    smrt = SMRT(random_state=0, draw=draw, estimator=QUICK)
    y = np.r_[np.zeros(N - n_rows, dtype=int), np.ones(n_rows, dtype=int)]
    made, _ = smrt.fit_resample(table, y)
    rows = made[smrt.synthetic_mask_]
    assert (rows.dtypes == table.dtypes).all()
    assert list(rows.columns) == list(table.columns)
    for one in discover(table):
        assert not one.broken(rows).any(), str(one)
        assert any(str(one)[:20] in note for note in smrt.report_[1].notes)


@pytest.mark.parametrize("name", ["dates", "sum", "booleans", "city", "missing"])
def test_a_model_alone_keeps_them_also_after_it_was_stored(name, tmp_path):
    table, _ = TABLES[name]
    smrt = SMRT(random_state=0, draw="mixed", estimator=QUICK)
    smrt.fit_resample(table, Y)
    smrt.save(tmp_path)
    rows = SMRT.load(tmp_path).generate(1, 200, 7)
    pd.testing.assert_frame_equal(rows, smrt.generate(1, 200, 7))
    assert not smrt.rules_.broken(rows).any()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(TABLES)), st.integers(0, 2**16))
def test_any_generator_is_brought_back_to_the_rules(name, seed):
    """A foreign generator draws each changed column by itself, off its step and range."""
    table, _ = TABLES[name]
    rows = table.iloc[-M:].reset_index(drop=True)
    own = TableRules.learn(table, None, "auto").within(rows)
    changed = own.forward(rows)
    r = rng(seed)
    picked = {name: changed[name].sample(80, replace=True, random_state=r) for name in changed}
    wild = pd.DataFrame({name: values.reset_index(drop=True) for name, values in picked.items()})
    for name in wild.select_dtypes("float"):
        wild[name] *= r.uniform(0.5, 1.5, 80)
    back = own.back(wild)
    pd.testing.assert_index_equal(back.columns, table.columns)
    for one in own.change.constraints:
        assert not one.broken(back).any(), str(one)


@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_found_by_chance(seed):
    r = rng(seed)
    table = pd.DataFrame(r.normal(size=(300, 30)) + r.normal(size=30))
    table = table.assign(**{f"n{i}": r.integers(0, 9, 300) for i in range(5)})
    table = table.assign(**{f"b_{i}": r.integers(0, 2, 300) for i in range(5)})
    table = table.assign(**{f"s{i}": r.choice(list("abcdef"), 300) for i in range(5)})
    table = table.assign(far=1e6 + r.normal(size=300), id=[f"row {i}" for i in range(300)])
    table.columns = table.columns.map(str)
    assert discover(table) == []
    assert discover(table.assign(**{"0_again": table["0"]}).iloc[:40]) == []


def test_pictures_are_no_order_of_columns():
    from sklearn.datasets import load_digits

    assert discover(pd.DataFrame(load_digits().data)) == []


CITIES = pd.DataFrame({"city": list("aabb") * 20, "state": list("AABB") * 20})


@pytest.mark.parametrize(
    "one",
    [
        OneHot(("a", "b"), at_most=True),
        FixedCombinations(("city", "state")).fit(CITIES),
        Inequality("a", "b", strict=True),
        Range("a", "b", "c"),
        Total(("a", "b"), "t"),
        MissingTogether(("a", "b")),
    ],
)
def test_constraints_are_written_and_read(one):
    assert from_dict(one.to_dict()) == one


@pytest.mark.parametrize(
    ("given_constraints", "says"),
    [
        ([{"kind": "inequalty", "low": "a", "high": "b"}], "no kind of constraint"),
        ([{"kind": "inequality", "low": "a"}], "not whole"),
        ([{"kind": "inequality", "low": "a", "high": "b", "strictly": True}], "'strictly'"),
        ([Inequality("a", "z")], "'z', which is no column"),
        ([Inequality("b", "a")], "is broken by"),
        ([Inequality("a", "s")], "cannot be compared"),
        ([OneHot(("a", "b"))], "one-hot group"),
        ([Total(("a", "s"), "b")], "has no sum"),
    ],
)
def test_a_mistaken_constraint_is_named(given_constraints, says):
    a = rng().integers(2, 50, N)
    table = pd.DataFrame({"a": a, "b": a + rng(1).integers(1, 9, N), "s": rng().choice(["u"], N)})
    with pytest.raises(ParameterError, match=says):
        SMRT(random_state=0, constraints=given_constraints, estimator=QUICK).fit_resample(table, Y)


def test_constraints_are_left_out_or_given():
    table, _ = TABLES["range"]
    given_smrt = SMRT(random_state=0, constraints=[Range("a", "b", "c")], estimator=QUICK)
    made, _ = given_smrt.fit_resample(table, Y)
    assert not Range("a", "b", "c").broken(made).any()
    off = SMRT(random_state=0, constraints=None, estimator=QUICK, draw="free")
    made, _ = off.fit_resample(table, Y)
    assert off.rules_.change.constraints == ()
    assert Range("a", "b", "c").broken(made).any()
