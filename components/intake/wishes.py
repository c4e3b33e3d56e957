"""The user's own statements about a table, which take the place of inference."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from components.project.errors import listing, nearest, shorten
from components.project.params import FormatParams
from smrt_lightning.errors import NotFoundError


@dataclass(frozen=True)
class Wishes:
    """The user's word on a table; everything else is found out.

    Attributes
    ----------
    keep, ignore : collection of str
        Columns to keep even if they would be left out, and to leave out in any case.
    kinds : mapping of str to str
        What columns hold: one of :data:`components.intake.cells.KINDS`.
    delimiter, encoding, date_format, decimal : str or None
        How the file is written; dates as strftime spells it.
    header : bool or None
        Whether the first line holds the names of the columns.
    merge_labels : bool
        Whether labels that differ only by case are one.
    known : FormatParams or None
        How other files of the same table are written.
    """

    keep: Collection[str] = ()
    ignore: Collection[str] = ()
    kinds: Mapping[str, str] = field(default_factory=dict)
    delimiter: str | None = None
    encoding: str | None = None
    date_format: str | None = None
    decimal: str | None = None
    header: bool | None = None
    merge_labels: bool = False
    known: FormatParams | None = None

    def check(self, names: list[str], target: str) -> None:
        """Check that the columns named are columns besides the target.

        Raises
        ------
        NotFoundError
        """
        given = {"--keep": self.keep, "--ignore": self.ignore, "--types": self.kinds}
        others = [name for name in names if name != target]
        for option, columns in given.items():
            for name in columns:
                if name not in others:
                    raise not_a_column(option, name, others)


def not_a_column(option: str, name: str, columns: list[str]) -> NotFoundError:
    """Return the error of an option that names a column which is not there."""
    hint = nearest(name, columns) or f"; its columns are {listing(columns, 30)}"
    return NotFoundError(f"{option} names {shorten(name)}, which the table does not have{hint}")
