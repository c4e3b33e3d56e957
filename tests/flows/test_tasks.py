"""Which faults are tried again."""

import errno

import pytest

from components.project.errors import (
    ArtifactWriteError,
    RemoteAwayError,
    VersionsBusyError,
    VersionsError,
)
from flows.tasks import is_passing_fault
from smrt_lightning.errors import MissingFileError


def caused_by(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "error",
    [
        VersionsBusyError("locked"),
        RemoteAwayError("no answer"),
        OSError(errno.EIO, "input/output error"),
        BlockingIOError(errno.EAGAIN, "try again"),
        TimeoutError(errno.ETIMEDOUT, "timed out"),
        caused_by(ArtifactWriteError("cannot write"), OSError(errno.ESTALE, "stale handle")),
    ],
)
def test_faults_that_may_pass(error: Exception) -> None:
    assert is_passing_fault(error)


@pytest.mark.parametrize(
    "error",
    [
        MissingFileError("no table"),
        VersionsError("no such bucket"),
        ValueError("bad"),
        FileNotFoundError(errno.ENOENT, "not there"),
        PermissionError(errno.EACCES, "not allowed"),
        OSError(errno.ENOSPC, "disk full"),
        caused_by(ArtifactWriteError("cannot write"), OSError(errno.ENOSPC, "disk full")),
        None,
    ],
)
def test_faults_that_stay(error: Exception | None) -> None:
    assert not is_passing_fault(error)
