"""Mistakes while a project is started with a table of one's own."""

from __future__ import annotations

from components.project.errors import listing, nearest, shorten
from smrt_lightning.errors import SmrtError


class NotATargetError(SmrtError, ValueError):
    """The column named as target is not there, or holds no classes."""

    @classmethod
    def absent(cls, name: str, columns: list[str]) -> NotATargetError:
        """Report a name that no column has."""
        hint = nearest(name, columns) or f"; its columns are {listing(columns, 30)}"
        return cls(f"the table has no column {shorten(name)}{hint}: correct --target")

    @classmethod
    def unnamed(cls, columns: list[str]) -> NotATargetError:
        """Report that no target was named and nobody can be asked."""
        return cls(
            "which column holds the class? Name it: --target COLUMN; the table has "
            f"{listing(columns, 30)}"
        )

    @classmethod
    def continuous(cls, name: str, n_values: int, n_rows: int) -> NotATargetError:
        """Report a column of too many values."""
        return cls(
            f"{shorten(name)} has {n_values} different values in {n_rows} rows: that is a number "
            "to predict, or an identifier, no class; name another column, or cut it into classes"
        )

    @classmethod
    def unlabelled(cls, name: str, n_missing: int, n_rows: int) -> NotATargetError:
        """Report rows without a label."""
        return cls(
            f"{n_missing} of {n_rows} rows have no label in {shorten(name)}: label them or remove "
            "them"
        )

    @classmethod
    def one_class(cls, name: str, label: str) -> NotATargetError:
        """Report a column of one value."""
        return cls(
            f"every row has the label {shorten(label)} in {shorten(name)}: nothing to balance"
        )

    @classmethod
    def lonely(cls, name: str, labels: list[str]) -> NotATargetError:
        """Report classes of one row."""
        return cls(
            f"only one row has the label {listing(labels)} in {shorten(name)}: a class needs at "
            "least two, to learn from and to test on; add rows, merge the class or remove it"
        )


class UnknownColumnError(SmrtError, KeyError):
    """An option names a column that the table does not have."""

    def __str__(self) -> str:
        return str(self.args[0])  # KeyError would put it in quotes

    @classmethod
    def option(cls, option: str, name: str, columns: list[str]) -> UnknownColumnError:
        """Report the option and the name."""
        hint = nearest(name, columns) or f"; its columns are {listing(columns, 30)}"
        return cls(f"{option} names {shorten(name)}, which the table does not have{hint}")


class NoFeaturesError(SmrtError, ValueError):
    """Nothing but the target is left."""


class ForeignProjectError(SmrtError, FileExistsError):
    """The folder has a DVC pipeline that is not ours."""
