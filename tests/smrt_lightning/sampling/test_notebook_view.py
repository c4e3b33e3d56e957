"""What SMRT shows in a notebook."""

import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smrt_lightning import SMRT, VariationalAutoEncoder
from smrt_lightning.errors import NotFoundError, ParameterError, SmrtError
from smrt_lightning.sampling.notebook_view import report_html
from smrt_lightning.sampling.report import ClassReport

HOSTILE = "<script>alert(1)</script>$x_"


def table() -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(60, 4)), columns=list("abcd"))
    frame["kind"] = rng.choice(["u", "v"], 60)
    return frame, np.where(np.arange(60) < 12, HOSTILE, "common").astype(object)


def short(**parameters: Any) -> VariationalAutoEncoder:
    return VariationalAutoEncoder(min_steps=30, max_steps=40, **parameters)


@pytest.fixture(scope="module")
def fitted() -> SMRT:
    sampler = SMRT(estimator=short(), random_state=0)
    sampler.fit_resample(*table())
    return sampler


def test_html_holds_the_report_and_escapes_labels(fitted: SMRT) -> None:
    html = fitted._repr_mimebundle_()["text/html"]
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert ">36<" in html  # synthetic rows: 48 − 12


def test_html_before_the_fit_is_scikit_learns(fitted: SMRT) -> None:
    html = SMRT()._repr_mimebundle_()["text/html"]
    assert "SMRT" in html
    assert "real rows" not in html


@given(st.text(), st.text())
def test_no_label_or_reason_breaks_out_of_the_table(label: str, reason: str) -> None:
    report = ClassReport(label, 3, 5, 5, "repetition", reason)
    html = report_html({label: report})
    tags = set(re.findall(r"</?([a-z]+)", html))
    assert tags <= {"table", "thead", "tbody", "tr", "th", "td"}
    assert html.count("<td>") == 8


def test_plot_loss_has_a_line_for_each_model(fitted: SMRT) -> None:
    ax = fitted.plot_loss()
    (line,) = ax.get_lines()
    assert line.get_ydata().tolist() == fitted.report_[HOSTILE].loss_history
    assert fitted.plot_loss(ax) is ax
    ax.figure.canvas.draw()  # a label with $ and < must not be read as mathematics


def test_plot_samples_in_the_plane(fitted: SMRT) -> None:
    figure = fitted.plot_samples(*table(), HOSTILE)
    real, synthetic = figure.axes[0].collections
    assert len(real.get_offsets()) == len(synthetic.get_offsets()) == 12
    figure.canvas.draw()


def test_plot_samples_needs_no_rows(fitted: SMRT) -> None:
    for figure in (fitted.plot_samples(), fitted.plot_samples(label=HOSTILE)):
        real, synthetic = figure.axes[0].collections
        assert len(real.get_offsets()) == len(synthetic.get_offsets()) == 12
    loaded = pickle.loads(pickle.dumps(fitted))
    with pytest.raises(ParameterError, match="holds no real rows"):
        loaded.plot_samples()
    assert loaded.plot_samples(*table()).axes


def test_plot_samples_of_the_balanced_table_says_so() -> None:
    sampler = SMRT(estimator=short(), random_state=0)
    X, y = sampler.fit_resample(*table())
    with pytest.warns(UserWarning, match="this is the balanced table"):
        figure = sampler.plot_samples(X, y)
    assert len(figure.axes[0].collections[0].get_offsets()) == 12


def test_a_report_prints_short(fitted: SMRT) -> None:
    text = repr(fitted.report_[HOSTILE])
    assert len(text) < 250
    assert "n_synthetic=36" in text


def test_plot_samples_as_pictures() -> None:
    frame, y = table()
    X = frame[["a", "b", "c", "d"]].to_numpy()
    sampler = SMRT(estimator=short(), random_state=0)
    sampler.fit_resample(X, y)
    figure = sampler.plot_samples(X, y, HOSTILE, n=3, image_shape=(2, 2))
    pictures = [ax.get_images()[0].get_array() for ax in figure.axes]
    assert len(pictures) == 6
    np.testing.assert_array_equal(np.asarray(pictures[0]).ravel(), X[0])
    with pytest.raises(ParameterError, match="4 columns"):
        sampler.plot_samples(X, y, HOSTILE, image_shape=(3, 2))
    with pytest.raises(NotFoundError):
        sampler.plot_samples(X, y, "nobody")


def test_costs_are_logged_as_csv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    model = short(logger="csv", random_state=0).fit(table()[0])
    (metrics,) = tmp_path.rglob("metrics.csv")
    logged = pd.read_csv(metrics)["cost"].dropna().tolist()
    passes = model.epoch_costs_  # one step each, and 25 of them an epoch of Lightning
    assert logged == pytest.approx([np.mean(passes[:25]), np.mean(passes[25:])])
    silent = short(random_state=0).fit(table()[0])
    assert silent.epoch_costs_ == model.epoch_costs_


def test_a_logger_of_lightning_is_passed_on(tmp_path: Path) -> None:
    from pytorch_lightning.loggers import CSVLogger

    short(logger=CSVLogger(tmp_path, name="mine"), random_state=0).fit(table()[0])
    assert len(list((tmp_path / "mine").rglob("metrics.csv"))) == 1


def test_an_unknown_logger_is_a_mistake() -> None:
    with pytest.raises(ParameterError, match="'csv', 'tensorboard'"):
        short(logger="wandb").fit(table()[0])
    assert issubclass(ParameterError, SmrtError)


def test_a_class_without_a_model_is_shown_as_it_was_filled() -> None:
    rng = np.random.default_rng(0)
    y = np.repeat(["common", "rare"], [60, 5])
    sampler = SMRT(random_state=0)  # fewer rows than a model needs
    sampler.fit_resample(rng.normal(size=(65, 2)), y)
    assert sampler.models_ == {"rare": None}
    assert sampler.plot_samples().get_axes()
