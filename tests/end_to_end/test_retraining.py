"""Retraining by the deployment: what is fitted again, and what a failed gate leaves as it was."""

import json
import re
from typing import Any

import pandas as pd
import pytest
from projects import Project
from stacks import Stack, deliver, up
from test_gate import STRICT

from components.versions.publication import POINTER

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

FIT = re.compile(r"(\S+) class '(\w+)': (fitted|reused)")


@pytest.fixture
def published(done: Project) -> Project:
    """Return a project whose only run is published."""
    (run,) = experiments(done)
    done.smrt("publish", run)
    return done


def experiments(project: Project) -> list[str]:
    return project.dvc("exp", "list", "--name-only").split()


def more_barbera(project: Project) -> pd.DataFrame:
    """Return new rows of one class: like some of the old ones, a little stronger."""
    table = project.table()
    rows = table[table["target"] == "barbera"].head(5)
    return rows.assign(alcohol=(rows["alcohol"].astype(float) + 0.05).round(2).astype(str))


def models(project: Project, label: str) -> dict[tuple[str, str], Any]:
    """Return the entries of a class in the index of models, by split and label."""
    index = json.loads((project.root / "artifacts" / "models" / "index.json").read_text())
    return {(e["split"], e["label"]): e for e in index["models"] if e["label"] == label}


def ended(stack: Stack, run: str) -> dict[str, Any]:
    """Wait until a run has ended and return it."""
    over = {"COMPLETED", "FAILED", "CRASHED"}
    return stack.until(lambda: (r := stack.run(run))["state_type"] in over and r, 300)


def test_only_the_class_with_new_rows_is_fitted_again(published: Project) -> None:
    barolo, barbera = models(published, "barolo"), models(published, "barbera")
    before = published.digests()
    with up(published) as stack:
        deliver(published, more_barbera(published), "barbera.csv")
        run = stack.start("retrain-on-drift")
        assert ended(stack, run)["state_type"] == "COMPLETED"
        told = [line["message"] for line in stack.ask("logs/filter")]
    fits = {(m[1], m[2]): m[3] for line in told if (m := FIT.match(line))}
    assert fits == {**dict.fromkeys(barolo, "reused"), **dict.fromkeys(barbera, "fitted")}
    assert models(published, "barolo") == barolo
    assert {e["n_rows"] for e in models(published, "barbera").values()} != {
        e["n_rows"] for e in barbera.values()
    }
    after = published.digests()
    for entry in barolo.values():
        folder = f"models/{entry['split']}/{entry['class_dir']}/"
        own = {name for name in before if name.startswith(folder)}
        assert own
        assert {name: after[name] for name in own} == {name: before[name] for name in own}


def test_a_failed_gate_publishes_nothing(published: Project) -> None:
    pointer, lock = (published.root / POINTER).read_bytes(), published.lock()
    kept = experiments(published)
    rows = len(published.table())
    published.set_params({"evaluate": STRICT})
    with up(published) as stack:
        deliver(published, more_barbera(published), "barbera.csv")
        failed = ended(stack, stack.start("retrain-on-drift"))
        assert failed["state_type"] == "FAILED"
        assert "fail the gate" in failed["state"]["message"]
        assert (published.root / POINTER).read_bytes() == pointer
        assert published.lock() == lock
        assert experiments(published) == kept
        state = json.loads(published.smrt("status", "--json").stdout)
        assert state["published"] == kept[0]

        # The limits are widened: the rows, taken up already, go into the next version.
        published.set_params({"evaluate": {"gate": "warn", "limits": None}})
        assert ended(stack, stack.start("retrain-on-drift"))["state_type"] == "COMPLETED"
        assert len(published.table()) == rows + 5
        assert len(experiments(published)) == 2
        assert published.lock() != lock
