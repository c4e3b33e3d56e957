"""What is asked of DVC, with a real DVC and a real git in a folder with a space in its name."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from versioned_projects import call, run_by_hand, run_dvc

from components.project.errors import (
    DataChangedError,
    FidelityGateError,
    VersionsBusyError,
    VersionsError,
)
from components.versions import dvc, experiments, processes
from smrt_lightning.errors import DamagedFileError

HOLD_LOCK = """
import sys, time
from dvc.repo import Repo
with Repo(".").lock:
    print("held", flush=True)
    time.sleep(float(sys.argv[1]))
"""


def test_stage_by_stage_gives_the_lock_of_dvc_repro(root: Path, template: Path) -> None:
    run_by_hand(root)
    assert dvc.stale_stages(root=root) == []
    assert dvc.status(root=root) == {}
    by_hand = (root / "dvc.lock").read_bytes()
    (root / "dvc.lock").unlink()
    for name in ("valid", "parts"):
        (root / name).unlink()
    environment = processes.environment()
    subprocess.run(
        [sys.executable, "-m", "dvc", "repro", "-q"], cwd=root, env=environment, check=True
    )
    assert (root / "dvc.lock").read_bytes() == by_hand


def test_missing_outputs_come_from_the_cache_where_it_has_them(root: Path) -> None:
    run_by_hand(root)
    assert dvc.restore_outputs(root=root) == []
    kept = (root / "parts").read_text()
    digest = dvc.outputs(root=root)["valid"]
    (root / ".dvc" / "cache" / "files" / "md5" / digest[:2] / digest[2:]).unlink()
    for name in ("valid", "parts"):
        (root / name).unlink()
    assert dvc.restore_outputs(root=root) == ["parts"]
    assert (root / "parts").read_text() == kept
    assert dvc.stale_stages(root=root)[0] == "validate"


def test_only_what_changed_is_stale(root: Path) -> None:
    run_by_hand(root)
    (root / "params.yaml").write_text("seed: 1\n")
    assert dvc.stale_stages(root=root) == ["split"]


def test_data_is_checked_byte_for_byte(root: Path) -> None:
    dvc.check_data(root=root)
    table = root / "data" / "table.csv"
    table.write_text("a,b\n1,3\n")
    pointer = (root / "data.dvc").read_bytes()
    with pytest.raises(DataChangedError, match=r"`dvc add data`.*`dvc checkout --force data\.dvc`"):
        dvc.check_data(root=root)
    assert (root / "data.dvc").read_bytes() == pointer
    run_dvc(root, "checkout", "--quiet", "--force", "data.dvc")
    dvc.check_data(root=root)
    table.unlink()
    table.parent.rmdir()
    with pytest.raises(DataChangedError, match=r"no data/ folder.*components\.table\.demo"):
        dvc.check_data(root=root)
    (root / "data.dvc").unlink()
    with pytest.raises(DataChangedError, match=r"there is no data\.dvc"):
        dvc.check_data(root=root)


def test_an_experiment_keeps_the_checkout_and_may_be_saved_again(root: Path) -> None:
    run_by_hand(root)
    (root / "params.yaml").write_text("seed: 0 # touched\n")
    for _ in range(2):
        experiments.save("quiet-owl", root=root)
    assert "quiet-owl" in run_dvc(root, "exp", "list")
    assert (root / "params.yaml").read_text() == "seed: 0 # touched\n"
    assert (root / "parts").read_text() == "8"


@pytest.mark.parametrize(
    ("run", "name"),
    [
        ("quiet-owl", "quiet-owl"),
        ("after the sale", "after-the-sale"),
        ("a/b ~^:@{1}..lock.lock", "a-b-1-lock-lock"),
        ("--force", "force"),
        ("größer", "größer"),
        ("…", "run"),
    ],
)
def test_a_run_of_any_name_can_be_kept(run: str, name: str) -> None:
    """A person may give a run any name on Prefect's page."""
    assert experiments.experiment_name(run) == name
    check = ["git", "check-ref-format", f"refs/exps/ab/cd/{name}"]
    assert subprocess.run(check, check=False).returncode == 0


def test_an_experiment_is_kept_where_git_knows_nobody(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for role in ("AUTHOR", "COMMITTER"):
        for key in ("NAME", "EMAIL"):
            monkeypatch.delenv(f"GIT_{role}_{key}", raising=False)
    run_by_hand(root)
    experiments.save("nobody", root=root)
    call(root, "git", "config", "user.name", "Ada")
    call(root, "git", "config", "user.email", "ada@example.org")
    experiments.save("somebody", root=root)
    authors = {
        name: call(root, "git", "log", "-1", "--format=%an", commit).strip()
        for name, commit in experiments.kept(root=root).items()
    }
    assert authors == {"nobody": "smrt", "somebody": "Ada"}


def test_dvcs_own_reason_is_passed_on(root: Path) -> None:
    with pytest.raises(VersionsError, match=r"`dvc commit --force nothing` failed: .*not found"):
        dvc.commit("nothing", root=root)
    with pytest.raises(VersionsError, match="letters and digits"):
        experiments.save("a b~^:", root=root)


INTERRUPTED = """
import os, signal, sys, threading, time
from pathlib import Path
from components.versions import dvc

def interrupt():
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    while not children.read_text().split():
        time.sleep(0.005)
    time.sleep(float(sys.argv[1]))
    os.killpg(0, signal.SIGINT)

threading.Thread(target=interrupt).start()
try:
    dvc.commit("validate", root=Path.cwd())
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.parametrize("seconds", ["0.05", "0.3"])
def test_ctrl_c_lets_a_commit_end_in_full(root: Path, seconds: str) -> None:
    (root / "valid").write_text((root / "data" / "table.csv").read_text())
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, seconds],
        cwd=root,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        start_new_session=True,
    )
    assert done.returncode == 130, done.stderr
    assert dvc.stale_stages(root=root) == ["split"]
    assert dvc.outputs(root=root).keys() == {"valid"}


@pytest.fixture
def held_lock(root: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD_LOCK, str(request.param)],
        cwd=root,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    yield root
    holder.terminate()
    holder.wait()
    holder.stdout.close()


@pytest.mark.parametrize("held_lock", [5.0], indirect=True)
def test_a_lock_is_waited_for(held_lock: Path) -> None:
    (held_lock / "valid").write_text((held_lock / "data" / "table.csv").read_text())
    dvc.commit("validate", root=held_lock)
    assert (held_lock / "dvc.lock").exists()


@pytest.mark.parametrize("held_lock", [60.0], indirect=True)
def test_a_lock_is_not_waited_for_for_ever(
    held_lock: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dvc, "PATIENCE_SECONDS", 1.0)
    with pytest.raises(VersionsBusyError, match="has held its lock for 1 s"):
        dvc.commit("validate", root=held_lock)


def test_outside_a_project(tmp_path: Path) -> None:
    with pytest.raises(VersionsError, match="not inside of a DVC repository"):
        dvc.stale_stages(root=tmp_path)


@pytest.mark.parametrize("before", [b"schema: '2.0'\n", None])
def test_a_failed_gate_leaves_the_lock_as_it_was(tmp_path: Path, before: bytes | None) -> None:
    lock = tmp_path / "dvc.lock"
    if before is not None:
        lock.write_bytes(before)

    @dvc.forgetting_on(FidelityGateError, root=tmp_path)
    def build(error: Exception) -> None:
        lock.write_bytes(b"stages that ran")
        raise error

    with pytest.raises(FidelityGateError):
        build(FidelityGateError("no"))
    assert (lock.read_bytes() if lock.exists() else None) == before
    with pytest.raises(ValueError, match="another"):
        build(ValueError("another"))
    assert lock.read_bytes() == b"stages that ran"


@pytest.mark.parametrize("name", ["--force", "-x", "/etc/x", "../x"])
def test_an_output_that_is_no_path_of_the_project_is_refused(root: Path, name: str) -> None:
    stages = {"validate": {"outs": [{"path": name, "md5": "0" * 32}]}}
    (root / "dvc.lock").write_text(json.dumps({"schema": "2.0", "stages": stages}))
    with pytest.raises(DamagedFileError, match="no path inside this project"):
        dvc.restore_outputs(root=root)


def test_a_table_that_may_not_be_read_is_no_changed_table(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root reads everything, so DVC is made to meet its own fault: a cache that is a file."""
    (root / ".dvc" / "tmp").rename(root / ".dvc" / "kept")
    (root / ".dvc" / "tmp").write_text("in the way")
    with pytest.raises(VersionsError) as caught:
        dvc.check_data(root=root)
    assert not isinstance(caught.value, DataChangedError)
