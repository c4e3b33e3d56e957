"""Is a retrained version worse? Asked of tables where the answer is known."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from component_projects import Project

from components.drift.challenge import _by_split, _judge, _scores, challenge, unseen
from components.pipeline import STAGES, run_stage
from components.project.params import load_params
from components.project.workspace import Workspace, read_json, write_json
from components.table.rows import Part
from smrt_lightning.evaluation import Split
from smrt_lightning.evaluation.compare import compare

CLASSIFIERS = ["logistic_regression", "k_neighbors"]


def table(n: int, seed: int, *, upside_down: bool = False, noise: float = 0.0) -> pd.DataFrame:
    """Make rows whose class follows from ``size``, or from its opposite, or from little."""
    rng = np.random.default_rng(seed)
    size = rng.integers(0, 100, n)
    rare = (size < 15) if upside_down else (size > 85)
    rare = np.where(rng.random(n) < noise, rng.random(n) < 0.15, rare)
    return pd.DataFrame(
        {
            "size": size.astype(str),
            "weight": rng.normal(size=n).round(6).astype(str),
            "colour": rng.choice(["red", "green"], n),
            "target": np.where(rare, "rare", "common"),
        }
    )


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A version that learned 300 rows."""
    project = Project(tmp_path_factory.mktemp("challenge") / "a project")
    project.put_table(table(300, seed=1))
    project.set_params("split", repeats=5)
    project.set_params("evaluate", methods=["none", "smote", "smrt"], classifiers=CLASSIFIERS)
    for stage in STAGES[:-1]:
        run_stage(stage, project.workspace, project.params)
    return project


def retrained(published: Project, folder: Path, rows: pd.DataFrame) -> Project:
    """Return the version after that, which has learned more rows."""
    shutil.copytree(published.root, folder / "next")
    project = object.__new__(Project)
    project.root = folder / "next"
    project.put_table(pd.concat([table(300, seed=1), rows], ignore_index=True))
    for stage in STAGES[:-1]:
        run_stage(stage, project.workspace, project.params)
    return project


def verdict(new: Project, published: Project, progress: Any = None) -> Any:
    return challenge(new.workspace, new.params, Workspace(published.root), progress)


def test_after_drift_the_retrained_version_may_take_over(
    published: Project, tmp_path: Path
) -> None:
    new = retrained(published, tmp_path, table(400, seed=2, upside_down=True))
    steps: list[tuple[int, int, str]] = []
    found = verdict(new, published, lambda *step: steps.append(step))
    for version in ("new", "published"):
        own = [step[:2] for step in steps if step[2].startswith(f"{version} version: ")]
        assert own == [(done + 1, len(own)) for done in range(len(own))]
        assert len(own) >= 5
    assert found.worse is False
    assert found.difference["mean"] > 0.1
    assert found.difference["splits"] == 5
    assert found.sentence.startswith("Better than the published version: +0.")


def test_a_version_that_learned_nonsense_may_not(published: Project, tmp_path: Path) -> None:
    """Its training parts hold only rows that say the opposite of those it is tested on."""
    rows = [table(300, seed=3), table(100, seed=4, upside_down=True)]
    new = retrained(published, tmp_path, pd.concat(rows))
    splits = read_json(new.workspace.splits)
    for entry in splits["splits"]:
        entry["train"] = list(range(600, 700))
        entry["test"] = [row for row in entry["test"] if row < 600]
    write_json(new.workspace.splits, splits)
    write_json(
        new.workspace.decision, {**read_json(new.workspace.decision), "adopted_method": "none"}
    )
    found = verdict(new, published)
    assert found.worse is True
    assert found.difference["mean"] < -0.3
    assert found.sentence.startswith("Worse than the published version")
    assert found.difference["worse"] > 0.95


def test_nothing_new_to_test_on(published: Project) -> None:
    found = verdict(published, published)
    assert found.worse is False
    assert "unseen rows" in found.sentence


def test_other_columns_cannot_be_compared(published: Project, tmp_path: Path) -> None:
    old = tmp_path / "old"
    shutil.copytree(published.root, old)
    frame = pd.read_parquet(Workspace(old).validated).rename(columns={"size": "width"})
    frame.to_parquet(Workspace(old).validated)
    found = challenge(published.workspace, published.params, Workspace(old))
    assert found.worse is False
    assert "other columns" in found.sentence


def test_a_method_is_scored_at_its_ratio_even_if_params_yaml_dropped_it(published: Project) -> None:
    rows = table(300, seed=5)
    X, y = rows[["size", "weight"]].astype(float), rows["target"]
    part = Part("split-00", np.arange(200), np.arange(200, 300))
    settings = published.params.evaluate

    def scores(ratio: float) -> Any:
        evaluate = settings.model_copy(update={"ratio": ratio, "methods": ["smote"]})
        params = published.params.model_copy(update={"evaluate": evaluate})
        return _by_split(_scores(params, "random", X, y, [part], {}), y, [part])

    expected = compare(
        X,
        y,
        methods=["random"],
        classifiers=CLASSIFIERS,
        splits=[Split(part.name, part.train, part.test)],
        random_state=published.params.seed,
        ratio=0.3,
        ratios=(),
        fidelity=False,
    )
    mean = expected.metrics["random"]["mean"][settings.primary_metric]["mean"]
    assert scores(0.3) == pytest.approx([mean])
    assert scores(0.3) != pytest.approx(scores(1.0))


def test_both_versions_are_judged_by_the_same_class() -> None:
    """Of the rows that the published version is given another class may be the rarest."""
    rows = [("s", "class", name, value) for name, value in (("a", 0.1), ("b", 0.9))]
    scores = pd.DataFrame(rows, columns=["split", "scope", "class", "value"])
    part = Part("s", np.arange(2), np.arange(2))
    assert _by_split(scores, pd.Series(["a", "a", "b"]), [part]).tolist() == [0.9]
    assert _by_split(scores, pd.Series(["a", "b", "b"]), [part]).tolist() == [0.1]


def test_unseen_rows() -> None:
    old = pd.DataFrame({"a": [1.0, np.nan], "b": ["x", "y"]})
    new = pd.DataFrame({"a": [np.nan, 1.0, 1.0], "b": ["y", "z", "x"]})
    assert unseen(new, old).tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("change", "noise", "worse", "start"),
    [
        (0.05, 0.01, False, "Better than the published version: +0.050"),
        (0.0, 0.002, False, "As good as the published version: 0.000"),
        (-0.003, 0.004, False, "As good as the published version: −0.003"),
        (-0.003, 0.05, True, "Too likely to be worse than the published version: −0.003"),
        (-0.03, 0.02, True, "Too likely to be worse than the published version: −0.030"),
        (-0.05, 0.005, True, "Worse than the published version: −0.050"),
    ],
)
def test_the_odds_decide_and_what_would_settle_it_is_said(
    change: float, noise: float, worse: bool, start: str
) -> None:
    params = load_params(Path(__file__).parents[3])
    before = np.linspace(0.45, 0.55, 10)
    wobble = noise * np.array([1, -1, 1, -1, 1, -1, 1, -1, 1, -1])
    found = _judge(before + change + wobble, before, params, 0.4, 500)
    assert found.worse is worse
    assert found.sentence.startswith(start)
    assert ("such rows would settle it" in found.sentence) == start.startswith("Too likely")
    assert found.difference is not None
    odds = [found.difference[key] for key in ("better", "same", "worse")]
    assert sum(odds) == pytest.approx(1.0)
    assert "not shown" not in found.sentence.lower()


def test_one_split_has_no_odds_and_a_lower_score_is_enough() -> None:
    params = load_params(Path(__file__).parents[3])
    lower = _judge(np.array([0.4]), np.array([0.5]), params, 0.4, 500)
    assert lower.worse is True
    assert _judge(np.array([0.5]), np.array([0.5]), params, 0.4, 500).worse is False
    undefined = _judge(np.array([np.nan]), np.array([0.5]), params, 0.4, 500)
    assert undefined.worse is False
    assert undefined.sentence.startswith("Not compared with the published version")
