"""Mistakes in the table, the schema, the parameters and the artifacts, one small class each.

They live here, not in the library, because the library knows neither files nor stages.
Every message is one line: what is wrong, what was seen, what to do.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from smrt_lightning.errors import SmrtError


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


class ParameterError(SmrtError, ValueError):
    """params.yaml is missing, unreadable, or holds an unknown or ill-typed key."""


class SchemaFileError(SmrtError, ValueError):
    """schema.yaml is missing, unreadable, or no pandera schema for this table."""


class TableNotFoundError(SmrtError, FileNotFoundError):
    """There is no table at ``data.path``."""


class TableFormatError(SmrtError, ValueError):
    """The table is no CSV or Parquet file that can be read."""


class EmptyTableError(SmrtError, ValueError):
    """The table has a header and no rows, or nothing at all."""


class TargetColumnError(SmrtError, ValueError):
    """The table has no column of the name that ``data.target`` gives."""


class MissingTargetError(SmrtError, ValueError):
    """Some rows have no class label."""


class ColumnsError(SmrtError, ValueError):
    """The table has columns that schema.yaml does not know, or lacks some that it asks for."""


class ColumnTypeError(SmrtError, TypeError):
    """A whole column holds values of another type than schema.yaml says."""


class TooManyInvalidRowsError(SmrtError, ValueError):
    """More rows break the schema than ``data.max_invalid_fraction`` allows."""


class SingleClassError(SmrtError, ValueError):
    """All rows have the same class label: there is nothing to balance."""


class SingleRowClassError(SmrtError, ValueError):
    """A class has one row only: it cannot be in a training and in a test part."""


class SyntheticRowsError(SmrtError, ValueError):
    """Synthetic rows break the schema that the real rows pass."""


class FidelityGateError(SmrtError, ValueError):
    """``evaluate.gate`` is strict, and synthetic rows are too unlike or too like the real ones."""


class MissingArtifactError(SmrtError, FileNotFoundError):
    """A stage needs a file that an earlier stage has not written."""


class DamagedArtifactError(SmrtError, ValueError):
    """A file under artifacts/ is not what the stage that writes it would have left."""


class ArtifactWriteError(SmrtError, OSError):
    """A file cannot be written: disk full, read-only folder, no permission."""


class StalePlanError(SmrtError, RuntimeError):
    """The table or the splits changed between planning a fit and running it."""


class UnknownLabelError(SmrtError, KeyError):
    """A class is asked for that has no synthetic rows."""

    def __str__(self) -> str:
        return str(self.args[0])  # KeyError would put it in quotes


class VersionsError(SmrtError, RuntimeError):
    """DVC could not do what it was asked to; the message carries DVC's own reason."""


class VersionsBusyError(VersionsError):
    """Another process has held DVC's lock for too long."""


class DataChangedError(VersionsError):
    """The files under data/ are not those that data.dvc names."""


class RemoteError(VersionsError):
    """The DVC remote cannot be reached or refused the push."""


class RemoteAwayError(RemoteError):
    """The DVC remote does not answer; it may do so later."""


class BatchRefusedError(SmrtError, ValueError):
    """A batch of new rows has wrong columns or too many bad rows."""


class UnknownRunError(SmrtError, KeyError):
    """No run of that name is kept in DVC."""

    def __str__(self) -> str:
        """Return the message; KeyError would put it in quotes."""
        return str(self.args[0])


class NothingPublishedError(SmrtError, LookupError):
    """There is no published version to use or to go back to."""


class RunInProgressError(SmrtError, RuntimeError):
    """Another run is working on the same project."""

    @classmethod
    def held_by(cls, holder: str) -> RunInProgressError:
        """Report who holds the lock, as far as it said so."""
        return cls(
            f"another run is working in this project ({holder}). Wait until it ends, or let this "
            "one queue behind it: smrt run --wait"
        )
