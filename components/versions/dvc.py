"""The only caller of DVC: what is stale, what is committed, what is saved and pushed.

DVC is started as a process of its own (``python -m dvc``, never through a shell). It holds a lock
while it works; a command that meets the lock waits and tries again. Ctrl-C in a terminal does not
reach a command that writes: it ends in full, so that dvc.lock, cache and table agree.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from components.pipeline import STAGES
from components.project import machine
from components.project.errors import (
    DataChangedError,
    RemoteAwayError,
    VersionsBusyError,
    VersionsError,
)
from components.project.workspace import replacing
from components.project.yaml_files import YAMLError, read_yaml
from components.table import demo
from components.versions.processes import reason_of, run
from smrt_lightning.errors import DamagedFileError

DATA = "data.dvc"
PATIENCE_SECONDS = 120.0
_LOCKED = ("Unable to acquire lock", "is busy, it is being blocked by", "LockError")
_TRANSFERS = ("push", "get")  # may take long, and can be stopped anywhere without harm
_CHANGED = "unable to commit changed stage"
# What DVC's remotes say of faults that may pass: names, sockets, HTTP and S3, disks.
_AWAY = re.compile(
    r"connect|timed?[ -]?out|temporar|unavailable|too many requests|slow ?down|reset by peer"
    r"|name resolution|\b(429|50[0234])\b|Errno (5|11|16|101|104|110|111|113|116)\b",
    re.IGNORECASE,
)


def stale_stages(*, root: Path) -> list[str]:
    """Return the stages that ``dvc repro`` would start with, in pipeline order.

    A stage whose inputs are about to be rewritten by an earlier one is not known to be stale yet:
    ask again after each :func:`commit`, until the list is empty.
    """
    return stages(status(root=root))


def stages(found: Collection[str]) -> list[str]:
    """Return the stages among what :func:`status` found, in pipeline order."""
    return [stage for stage in STAGES if stage in found]


def status(*, root: Path) -> dict[str, list[Any]]:
    """Return what DVC finds changed, by stage or .dvc file; empty when all is up to date."""
    found = json.loads(_dvc("status", "--json", root=root))
    return dict(found)


def commit(stage: str, *, root: Path) -> None:
    """Record a stage that has run: its inputs, parameters and outputs go to dvc.lock and cache."""
    _dvc("commit", "--force", stage, root=root)


def restore_outputs(*, root: Path) -> list[str]:
    """Bring back outputs that are missing and whose content is in the cache, as ``dvc repro`` does.

    A new worktree that shares the cache need not run what another one ran.

    Returns
    -------
    list of str
        Their paths; whether they are up to date is for :func:`stale_stages` to say.
    """
    missing = [path for path in outputs(root=root) if not (root / path).exists()]
    if missing:
        try:
            _dvc("checkout", "--", *missing, root=root)
        except VersionsBusyError:
            raise
        except VersionsError:
            pass  # what the cache lacks is made again
    return [path for path in missing if (root / path).exists()]


def require_data(*, root: Path) -> None:
    """Ask that there is a table, and a version of it.

    Raises
    ------
    DataChangedError
        If data/ or data.dvc is missing.
    """
    if not (root / DATA).exists():
        raise DataChangedError(
            f"there is no {DATA}, so no version of the table is known: run `dvc add data`"
        )
    if not (root / "data").exists():
        raise DataChangedError(
            "there is no data/ folder: `dvc checkout data.dvc` brings it from the cache, `dvc "
            f"pull` from a remote; `python -m {demo.__name__}` builds the demo table"
        )


def check_data(*, root: Path) -> None:
    """Check the files under data/ byte for byte against data.dvc, and keep them in the cache.

    Raises
    ------
    DataChangedError
        If they are missing or differ.
    """
    require_data(root=root)
    try:
        _dvc("commit", DATA, root=root)
    except VersionsBusyError:
        raise
    except VersionsError as error:
        if _CHANGED not in str(error):
            raise
        raise DataChangedError(
            f"the files under data/ are not those that {DATA} names: run `dvc add data` "
            "if the new ones are meant, or `dvc checkout --force data.dvc` to get "
            "the old ones back"
        ) from error


def start(*, root: Path) -> None:
    """Put a folder that git keeps under DVC, silent and without a remote; do nothing twice.

    DVC stages the files that it makes; they leave the index again, which is the user's.
    """
    if not (root / ".dvc" / "config").exists():
        subfolder = [] if (root / ".git").exists() else ["--subdir"]
        names = [".dvc/config", ".dvc/.gitignore", ".dvcignore"]
        before = run(["git", "ls-files", "--", *names], root, stoppable=True).stdout.split()
        _dvc("init", *subfolder, root=root)
        if made := [name for name in names if name not in before]:
            command = ["git", "rm", "--cached", "--quiet", "--ignore-unmatch", "--", *made]
            run(command, root, stoppable=False)
        _dvc("config", "core.analytics", "false", root=root)
        _dvc("config", "core.check_update", "false", root=root)


@contextmanager
def forgetting_on(error: type[Exception], *, root: Path) -> Iterator[None]:
    """Put dvc.lock back as it was if the block ends with this error: it then versions nothing.

    What was committed in the block is out of date again, and runs again next time; fits come from
    the store of models.
    """
    lock = root / "dvc.lock"
    before = lock.read_bytes() if lock.exists() else None
    try:
        yield
    except error:
        if before is None:
            lock.unlink(missing_ok=True)
        else:
            with replacing(lock) as temporary:
                temporary.write_bytes(before)
        raise


def push_if_remote(*, root: Path) -> str:
    """Push data and artifacts to the default remote, if there is one, and say what was done.

    Raises
    ------
    VersionsError
        If the remote refuses; what is committed here stays committed.
    RemoteAwayError
        If it does not answer, so that trying again may help.
    """
    remote = _dvc("config", "core.remote", root=root, allowed=(0, 251)).strip()
    if not remote:
        return "no DVC remote is configured: nothing was pushed"
    try:
        _dvc("push", root=root)
    except VersionsBusyError:
        raise
    except VersionsError as error:
        kind = RemoteAwayError if _AWAY.search(str(error)) else VersionsError
        remedy = "wait for the remote" if kind is RemoteAwayError else "correct the remote"
        raise kind(
            f"cannot push to the DVC remote {remote!r} ({error}); the run is safe in the local "
            f"cache: {remedy}; the next `smrt run` pushes it, or `dvc push`"
        ) from error
    return f"pushed to the DVC remote {remote!r}"


def outputs(*, root: Path) -> dict[str, str]:
    """Return DVC's digest of each output that dvc.lock names, by path."""
    path = root / "dvc.lock"
    if not path.is_file():
        return {}
    try:
        found = {
            str(out["path"]): str(out["md5"])
            for stage in (read_yaml(path).get("stages") or {}).values()
            for out in stage.get("outs", [])
        }
    except (YAMLError, AttributeError, KeyError, TypeError) as error:
        raise DamagedFileError(
            f"dvc.lock is not what DVC writes ({reason_of(str(error))}): restore it with "
            "`git checkout dvc.lock`"
        ) from error
    for name in found:
        if name.startswith("-") or Path(name).is_absolute() or ".." in Path(name).parts:
            raise DamagedFileError(
                f"dvc.lock names the output {name!r}, which is no path inside this project; no "
                "stage of ours writes it: restore the file with `git checkout dvc.lock`"
            )
    return found


def get(top: Path, path: Path, revision: str, out: Path, *, root: Path) -> None:
    """Bring what DVC versions at a path of a git repository, from the cache or else the remote.

    Parameters
    ----------
    top : Path
        Where the git repository starts; DVC counts ``path`` from there.
    path : Path
        Of the output, relative to ``top``.
    revision : str
        A git commit.
    out : Path
        Where it goes.
    """
    arguments = ("--rev", revision, "--out", str(out))
    _dvc("get", *arguments, "--", str(top), path.as_posix(), root=root)


def add_data(*, root: Path) -> None:
    """Take up the files under data/ as they are now; data.dvc names them from then on."""
    _dvc("add", "data", root=root)


def _dvc(*arguments: str, root: Path, allowed: tuple[int, ...] = (0,)) -> str:
    """Run a DVC command and return what it printed; wait while another process holds the lock."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    pause = 0.5
    while True:
        command = [sys.executable, "-m", "dvc", *arguments]
        done = run(command, root, stoppable=arguments[0] in _TRANSFERS)
        if done.returncode in allowed:
            return done.stdout
        why = reason_of(done.stderr or done.stdout)
        if not any(sign in why for sign in _LOCKED):
            raise VersionsError(f"`dvc {' '.join(arguments)}` failed: {machine.fault(why) or why}")
        if time.monotonic() + pause > deadline:
            raise VersionsBusyError(
                f"another DVC process has held its lock for {PATIENCE_SECONDS:.0f} s ({why}); "
                "wait for it to end, or end it, then run again"
            )
        time.sleep(pause)
        pause = min(2 * pause, 5.0)
