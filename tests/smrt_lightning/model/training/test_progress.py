"""Progress: what each level of verbose says, and where."""

import io
import re
import sys

import numpy as np
import pytest

from smrt_lightning import AutoEncoder
from smrt_lightning.model.training.progress import Progress

ROWS = np.random.default_rng(0).normal(size=(40, 3))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def fit(**parameters):
    return AutoEncoder(4, batch_size=20, random_state=0, **parameters).fit(ROWS)


def test_a_line_every_few_epochs(capsys):
    model = fit(n_epochs=12, verbose=2, display_step=5, early_stopping=False)
    lines = capsys.readouterr().out.splitlines()
    pattern = re.compile(r"Epoch: (\d+), cost=([\d.]+), time=[\d.]+ \(sec\)")
    said = [pattern.fullmatch(line) for line in lines[:-1]]
    assert [int(line[1]) for line in said] == [1, 6, 11]
    assert [line[2] for line in said] == [f"{model.epoch_costs_[n]:.6f}" for n in (0, 5, 10)]
    assert re.fullmatch(
        r"Optimization complete after 12 epoch\(s\)\. Average epoch time: [\d.]+ seconds", lines[-1]
    )


def test_stopping_early_is_said(capsys):
    model = fit(n_epochs=900, verbose=2, display_step=1000, min_change=1e9)
    lines = capsys.readouterr().out.splitlines()
    n = len(model.epoch_costs_)
    assert n < 900
    assert lines[1] == f"Convergence reached at epoch {n}, stopping early"
    assert f"after {n} epoch(s)" in lines[2]


def test_silence_by_default(capsys):
    fit(n_epochs=3)
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""


def test_a_bar_in_a_terminal_and_lines_in_a_log(monkeypatch, capsys):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    fit(n_epochs=40, verbose=1, early_stopping=False)
    assert "100%" in terminal.getvalue()
    assert "cost=" in terminal.getvalue()
    assert capsys.readouterr().out == ""
    log = io.StringIO()
    monkeypatch.setattr(sys, "stderr", log)
    fit(n_epochs=40, verbose=1, early_stopping=False)
    lines = capsys.readouterr().out.splitlines()
    assert log.getvalue() == ""
    assert "\r" not in "".join(lines)
    assert [line.split(",")[0] for line in lines[:-1]] == [f"Epoch: {n}" for n in range(1, 41, 4)]


def test_a_name_begins_each_line(capsys):
    progress = Progress(2, verbose=2, display_step=1, name="class 'fraud'")
    progress.epochs([1.0])
    progress.close()
    assert all(x.startswith("class 'fraud': ") for x in capsys.readouterr().out.splitlines())


@pytest.mark.parametrize("verbose", [True, 1, 2, 3])
def test_progress_changes_no_weight(verbose):
    quiet, loud = fit(n_epochs=5), fit(n_epochs=5, verbose=verbose)
    assert quiet.epoch_costs_ == loud.epoch_costs_
