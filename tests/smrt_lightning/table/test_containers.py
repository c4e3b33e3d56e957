"""Every container of tables and labels comes in, and its very rows come back in it."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch
from scipy import sparse
from strategies import QUICK

from smrt_lightning import SMRT, compare, smrt_balance
from smrt_lightning.errors import TableError, UnsupportedValueError
from smrt_lightning.evaluation import make_splits
from smrt_lightning.table.containers import Container
from smrt_lightning.table.frames import as_frame, named_frame
from smrt_lightning.table.labels import Target, as_labels

N, RARE = 40, 10
Y = np.repeat([0, 1], [N - RARE, RARE])
rng = np.random.default_rng(5)
POINTS = rng.normal(size=(N, 2))
ONE_HOT = np.eye(2, dtype=int)[Y]


def smrt():
    return SMRT(random_state=0, estimator=QUICK)


def odd_frame() -> pd.DataFrame:
    days = pd.Series(pd.date_range("2022-01-01", periods=N))
    frame = pd.DataFrame({"day": days.dt.date, "half": POINTS[:, 0].astype(np.float16)})
    frame["money"] = [Decimal(str(round(float(x), 2))) for x in POINTS[:, 1]]
    frame["sparse"] = pd.arrays.SparseArray(np.where(POINTS[:, 0] > 0, POINTS[:, 0], 0))
    frame["month"] = pd.period_range("2020-01", periods=N, freq="M")
    frame["range"] = pd.cut(POINTS[:, 0], 4)
    frame["hour"] = [dt.time(i % 24) for i in range(N)]
    return frame


def arrow_frame() -> pd.DataFrame:
    days = pd.Series(pd.date_range("2022-01-01", periods=N))
    frame = pd.DataFrame(
        {
            "number": pd.Series(POINTS[:, 0]).astype("double[pyarrow]"),
            "count": pd.Series(range(N)).astype("int64[pyarrow]"),
            "day": days.astype("date32[day][pyarrow]"),
            "instant": days.dt.tz_localize("UTC").astype("timestamp[us, tz=UTC][pyarrow]"),
            "span": pd.Series(pd.to_timedelta(range(N), "h")).astype("duration[ms][pyarrow]"),
            "text": pd.Series(list("abcd") * (N // 4)).astype(pd.ArrowDtype(pa.string())),
            "yes": pd.Series(POINTS[:, 0] > 0).astype("bool[pyarrow]"),
            "money": pd.Series(odd_frame()["money"], dtype=pd.ArrowDtype(pa.decimal128(10, 2))),
        }
    )
    frame.loc[N - 2, ["count", "day", "yes"]] = None
    return frame


def equal(one, other) -> bool:
    if isinstance(one, pd.DataFrame):
        pd.testing.assert_frame_equal(one, other)
        return True
    if sparse.issparse(one):
        return (one != other).nnz == 0
    if isinstance(one, pa.Table):
        return one.equals(other)
    if isinstance(one, list):
        return one == other
    return bool((one == other).all())


@pytest.mark.parametrize(
    "X",
    [
        POINTS,
        POINTS.astype(np.float16),
        np.c_[POINTS, POINTS.sum(axis=1)],
        np.c_[POINTS, POINTS[:, 0]],
        POINTS.astype(np.longdouble),
        (np.abs(POINTS) * 2**60).astype(np.uint64) + np.uint64(2**63),
        np.array([["a", "b"], ["b", "c"]] * (N // 2)),
        POINTS.tolist(),
        [["a", 1.5], ["b", 2.25]] * (N // 2),
        torch.tensor(POINTS),
        torch.tensor(POINTS).bfloat16(),
        sparse.csr_matrix(POINTS),
        sparse.csc_array(POINTS),
        pd.DataFrame(POINTS, columns=list("ab"), index=range(7, 7 + N)),
        odd_frame(),
        arrow_frame(),
        pa.Table.from_pandas(arrow_frame(), preserve_index=False),
    ],
    ids=lambda X: f"{type(X).__name__} {getattr(X, 'dtype', '')}".strip(),
)
def test_a_table_comes_back_in_its_container(X):
    sampler = smrt()
    rows, labels = sampler.fit_resample(X, Y)
    drawn = sampler.generate(1, 3, random_state=0)
    assert type(rows) is type(drawn) is type(X)
    if isinstance(X, pd.DataFrame):
        assert rows.dtypes.equals(X.dtypes)
        assert drawn.dtypes.equals(X.dtypes)
        X = X.reset_index(drop=True)
    elif isinstance(X, pa.Table):
        assert rows.schema.equals(X.schema)
        assert drawn.schema.equals(X.schema.remove_metadata())
        X, rows = X.to_pandas(), rows.to_pandas()
    elif not isinstance(X, list):
        assert rows.dtype == drawn.dtype == X.dtype
    assert equal(rows[:N], X)
    n_rows = rows.shape[0] if hasattr(rows, "shape") else len(rows)
    assert n_rows == len(labels) == 2 * (N - RARE)


@pytest.mark.parametrize(
    "y",
    [
        Y,
        Y[:, None],
        ONE_HOT,
        Y.tolist(),
        Y.astype(object),
        np.where(Y, "rare", "big"),
        pd.Series(Y, name="k", index=range(3, 3 + N)),
        pd.Series(Y).astype("int64[pyarrow]"),
        pd.Series(pd.Categorical(np.where(Y, "r", "b"), categories=["never", "r", "b"])),
        pd.DataFrame({"k": Y}),
        pd.DataFrame(ONE_HOT, columns=["big", "rare"]),
        torch.tensor(Y),
        torch.tensor(ONE_HOT),
        pa.chunked_array([Y]),
    ],
    ids=lambda y: f"{type(y).__name__} {getattr(y, 'shape', '')}",
)
def test_labels_come_back_in_their_form_and_the_evaluation_reads_them(y):
    _, labels = smrt().fit_resample(POINTS, y)
    assert type(labels) is type(y)
    flat = Target(labels).values
    assert len(flat) == 2 * (N - RARE)
    assert (pd.Series(flat).value_counts() == N - RARE).all()
    assert (flat[:N] == Target(y).values).all()
    assert np.bincount(as_labels(y).codes).tolist() in ([N - RARE, RARE], [RARE, N - RARE])
    assert len(make_splits(y, repeats=1)) == 1


def test_a_one_hot_target_is_balanced_class_by_class():
    y = np.eye(3, dtype=int)[np.repeat([0, 1, 2], [100, 10, 10])]
    _, labels = smrt_balance(rng.normal(size=(120, 1)), y, balance_ratio=0.2, random_state=0)
    assert labels.sum(axis=0).tolist() == [100, 20, 20]


@pytest.mark.parametrize(
    "y", [np.c_[Y, Y], np.array([[1, 1], [0, 1]] * (N // 2)), [[0, 0], [1, 0]] * (N // 2)]
)
def test_several_labels_a_row_are_refused(y):
    with pytest.raises(ValueError, match="Multilabel and multioutput"):
        smrt().fit_resample(POINTS, y)


def test_a_list_of_texts_and_numbers_keeps_both():
    assert Target(["a", 1, True]).values.tolist() == ["a", 1, True]


def test_masked_cells_are_missing():
    hidden = np.ma.MaskedArray(POINTS, mask=POINTS > 1)
    assert as_frame(None, hidden).isna().to_numpy().sum() == (POINTS > 1).sum() > 0


def test_whole_numbers_of_arrow_stay_exact():
    wide = pd.DataFrame({"n": pd.Series([2**62 + 1, None], dtype="int64[pyarrow]")})
    assert as_frame(None, wide)["n"][0] == 2**62 + 1


@pytest.mark.parametrize("column", ["day", "money", "half", "month", "range", "hour"])
def test_a_container_survives_json(column):
    frame = odd_frame()[[column]]
    container, plain = Container.of(frame)
    stored = Container.from_json(container.to_json())
    pd.testing.assert_frame_equal(stored.rows(plain), frame)


def bad(**columns):
    return pd.DataFrame({"x": np.arange(N), **columns})


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        (bad(z=np.where(np.arange(N) == 3, np.inf, 1.0)), TableError, "infinity: column 'z'"),
        (bad(z=pd.array([np.inf] * N, dtype="Float64")), TableError, "infinity: column 'z'"),
        (bad(z=[dt.date(9999, 12, 31)] * N), TableError, "'z' holds '9999-12-31"),
        (bad(z=[[1]] * N), UnsupportedValueError, "'z' holds values that cannot be compared"),
        (bad(z=[object()] * N), UnsupportedValueError, "'z' holds .* no model could save"),
        (bad(z=np.ones(N) * 1j), UnsupportedValueError, "Complex data not supported"),
        (pd.DataFrame(POINTS, columns=["x", "x"]), TableError, "these are repeated"),
        (POINTS[:, 0], TableError, "2D array"),
        (POINTS[:0], TableError, "0 sample"),
    ],
)
def test_one_policy_and_one_message_wherever_a_table_is_read(X, error, message, monkeypatch):
    def never(*_):
        pytest.fail("a model was trained on a table that cannot be used")

    monkeypatch.setattr("smrt_lightning.sampling.sampler.fit_models", never)
    with pytest.raises(error, match=message):
        compare(X, Y[: len(X)] if len(X) else Y)
    with pytest.raises(ValueError if error is TableError else error, match=message):
        smrt().fit_resample(X, Y)


def test_names_that_read_alike_as_text_are_refused():
    with pytest.raises(TableError, match="'1' as text"):
        named_frame(pd.DataFrame([[1, 2]], columns=[1, "1"]))
