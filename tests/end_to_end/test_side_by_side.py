"""Runs side by side, in two worktrees that share the cache, as docs/operations.md says."""

import re
import subprocess
import sys
from collections.abc import Callable

import pytest
from projects import ROOT, Project


@pytest.mark.slow
def test_two_worktrees_run_at_once(
    by_flow: tuple[Project, str], fresh: Callable[[str], Project]
) -> None:
    first = fresh("first")
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    (commands,) = re.findall(r"^```\n(git worktree add .*?)^```$", page, flags=re.M | re.S)
    *prepare, run = commands.splitlines()
    assert run == "smrt --project ../other run"
    done = subprocess.run(
        ["sh", "-e", "-c", "\n".join(prepare)],
        cwd=first.root,
        env=first.environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    other = Project(first.root.parent / "other")
    other.set_params({"seed": 1})  # so that each has something of its own to keep

    both = [
        subprocess.Popen(
            [sys.executable, "-m", "flows.cli", "run"],
            cwd=project.root,
            env=project.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for project in (first, other)
    ]
    for process in both:
        _, errors = process.communicate(timeout=500)
        assert process.returncode == 0, errors

    assert first.lock() == by_flow[0].lock()
    assert first.digests() == by_flow[0].digests()
    assert other.lock() != first.lock()
    for project in (first, other):
        assert project.dvc("status").strip() == "Data and pipelines are up to date."
        assert len(project.dvc("exp", "list", "--name-only").split()) == 2
        kept = project.digests()
        project.dvc("checkout", "--force")  # from the cache, which checks what it gives back
        assert project.digests() == kept
    # Each may take the other's version: both are in the one cache, and in the one git.
    other.set_params({"seed": 0})
    (other.root / "dvc.lock").write_bytes(first.lock())
    other.dvc("checkout", "--force")
    assert other.digests() == first.digests()
    assert "Nothing changed" in other.smrt("run").stdout
