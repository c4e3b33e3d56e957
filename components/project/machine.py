"""The faults of a machine by their names: a full disk, no handles left, no right to a file."""

from __future__ import annotations

import errno
import re

_FAULTS = tuple(
    (re.compile(pattern, re.IGNORECASE), fault)
    for pattern, fault in (
        (
            r"no space left|errno 28\b|disk quota|errno 122\b",
            "the disk is full: make room, then run again",
        ),
        (
            r"too many open files|errno 24\b",
            "no file handles are left: close programs or raise `ulimit -n`, then run again",
        ),
        (
            r"read-only file system|errno 30\b",
            "the file system is read-only: run where the project can be written",
        ),
        (
            r"permission denied|errno 13\b|operation not permitted|errno 1\b",
            "a file or folder may not be read or written: give yourself the right to it (`ls -l`)",
        ),
        (
            r"file too large|errno 27\b",
            "a file may not grow that large: raise `ulimit -f`, then run again",
        ),
        (
            r"cannot allocate memory|can't allocate memory|errno 12\b|memoryerror",
            "the machine is out of memory: end other programs, then run again",
        ),
        (
            r"can't start new thread|resource temporarily unavailable|errno 11\b",
            "no more processes or threads may start: end some or raise `ulimit -u`, then run again",
        ),
        (
            r"input/output error|disk i/o error|errno 5\b",
            "the disk reports an error or is full: look after it (`dmesg`, `df`), then run again",
        ),
        (
            r"database or disk is full|database is locked|unable to open database",
            "a database under .smrt or .dvc cannot be written: make room and end whatever else "
            "holds it, then run again",
        ),
    )
)
_MISTAKES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NameError,
    TypeError,
    ValueError,
)
_ADDRESS_SPACE_BYTES = 4 << 30
_SPACE_OR_RIGHT = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}


def fault(words: str) -> str | None:
    """Name the fault of the machine that an error's words speak of, and what to do; or None."""
    for pattern, named in _FAULTS:
        if pattern.search(words):
            return f"{named} ({words})"
    return None


def fault_of(error: BaseException) -> str | None:
    """Name the fault of the machine that an error is or comes from, and what to do; or None.

    Databases, remotes and libraries of files have errors of their own for it, so any may be one,
    but for those of a program that is wrong.
    """
    if not isinstance(error, _MISTAKES):
        named = fault(str(error)) or fault(f"{type(error).__name__}: {error}")
        if named is not None:
            return named
    inner = [*getattr(error, "exceptions", ()), error.__cause__]
    return next((named for one in inner if one is not None and (named := fault_of(one))), None)


def short_address_space() -> str | None:
    """Say that too little memory may be addressed, and what to do; or None.

    OpenBLAS, torch and Arrow reserve more than they use. Where that is refused they end the process
    themselves or wait for ever, and nothing can be said any more.
    """
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return None
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY or limit >= _ADDRESS_SPACE_BYTES:
        return None
    return (
        f"this process may address {limit / 2**30:.1f} GB of memory, and its libraries reserve up "
        f"to {_ADDRESS_SPACE_BYTES >> 30}: raise `ulimit -v`, then run again"
    )


def remedy(error: OSError) -> str:
    """Say why a file could not be written, and what to do."""
    if error.errno not in _SPACE_OR_RIGHT and (named := fault_of(error)) is not None:
        return named
    return f"{error.strerror or error}; free some space or make the folder writable, then run again"
