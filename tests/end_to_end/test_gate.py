"""A strict gate: the run ends with one line, and nothing of it is versioned."""

import pytest
from projects import Project

STRICT = {"gate": "strict", "limits": {"max_column_distance": -1.0}}


@pytest.mark.slow
def test_a_failed_gate_versions_nothing(done: Project) -> None:
    done.set_params({"evaluate": STRICT, "vae": {"max_steps": 25}})  # so that training is stale too
    lock, kept = done.lock(), done.digests()
    experiments = done.dvc("exp", "list", "--name-only")
    ended = done.smrt("run", check=False)
    assert ended.returncode == 2, ended.stdout + ended.stderr
    (line,) = ended.stderr.splitlines()
    assert "fail the gate" in line
    assert "columns_differ" in line
    assert done.lock() == lock
    assert done.dvc("exp", "list", "--name-only") == experiments
    after = done.digests()
    for name in ("scores.csv", "metrics.json", "decision.json", "comparison.json", "report.html"):
        assert after[name] == kept[name]
    # `dvc repro` meets the same gate, and records nothing of evaluate and report.
    repro = done.run("dvc", "repro", check=False)
    assert repro.returncode != 0
    assert "fail the gate" in repro.stdout + repro.stderr
    assert done.digests()["report.html"] == kept["report.html"]
    # A person widens the limits, and the run goes through.
    done.set_params({"evaluate": {"gate": "warn", "limits": None}})
    assert done.smrt("run").returncode == 0
    assert done.dvc("status") != ""
    assert done.lock() != lock
