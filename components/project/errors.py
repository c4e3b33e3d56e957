"""The mistakes that only a project has, beside :mod:`smrt_lightning.errors`, and words for them.

A message is one line: what is wrong, what was seen, what to do.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from smrt_lightning.errors import SmrtError, TableError


def shorten(value: object, length: int = 60) -> str:
    """Return ``repr(value)``, cut to ``length`` characters, safe to print on one line."""
    text = repr(value)
    return text if len(text) <= length else text[: length - 2] + "…" + text[0]


def listing(values: Iterable[object], at_most: int = 5) -> str:
    """Return the first values as ``'a', 'b' and 7 more``."""
    shown = [shorten(value) for value in values]
    more = len(shown) - at_most
    return ", ".join(shown[:at_most]) + (f" and {more} more" if more > 0 else "")


def nearest(name: str, candidates: Iterable[str]) -> str:
    """Return ``" (did you mean 'x'?)"`` when a candidate is close to ``name``, else nothing."""
    close = difflib.get_close_matches(name, list(candidates), n=1, cutoff=0.6)
    return f" (did you mean {shorten(close[0])}?)" if close else ""


class SchemaFileError(SmrtError, ValueError):
    """schema.yaml is missing, unreadable, or no pandera schema for this table."""


class ColumnsError(TableError):
    """The table has columns that are not expected, or lacks some that are."""


class SyntheticRowsError(SmrtError, ValueError):
    """Synthetic rows break the schema that the real rows pass."""


class FidelityGateError(SmrtError, ValueError):
    """``evaluate.gate`` is strict, and synthetic rows are too unlike or too like the real ones."""


class ArtifactWriteError(SmrtError, OSError):
    """A file cannot be written: disk full, read-only folder, no permission."""


class OutputExistsError(SmrtError, FileExistsError):
    """A file that a command would write is there already."""


class StalePlanError(SmrtError, RuntimeError):
    """The table, the splits or the artifacts changed while a run was at work on them."""


class VersionsError(SmrtError, RuntimeError):
    """DVC could not do what it was asked to; the message carries DVC's own reason."""


class VersionsBusyError(VersionsError):
    """Another process has held DVC's lock for too long."""


class DataChangedError(VersionsError):
    """The files under data/ are not those that data.dvc names."""


class RemoteAwayError(VersionsError):
    """The DVC remote does not answer; it may do so later."""


class BatchRefusedError(SmrtError, ValueError):
    """A batch of new rows has wrong columns, too many bad rows, or cannot be read."""


class RunInProgressError(SmrtError, RuntimeError):
    """Another process is at work on the same project."""


class ServerAddressError(SmrtError, ConnectionError):
    """An address cannot be listened on, or nobody who can help answers there."""
