"""The mistakes a user can make.

Each message says what was wrong, what was seen, what is allowed and what to do; it stands where
the error is raised. All classes share :class:`SmrtError`, so that a command line can print one
line and exit 2, and each also subclasses the usual built-in, so that ``except ValueError`` works.
"""


class SmrtError(Exception):
    """A mistake in the input, the parameters or the files; never a bug of this package."""


class TableError(SmrtError, ValueError):
    """A table, its labels or its rows cannot be used as they are."""


class UnsupportedValueError(SmrtError, TypeError):
    """Values are of a type that cannot be modelled or saved, or that schema.yaml rules out."""


class ParameterError(SmrtError, ValueError):
    """A parameter is unknown, ill-typed, out of its range or does not fit the table."""


class NotFoundError(SmrtError, KeyError):
    """A class, a column, a run or a version is asked for that is not there."""

    def __str__(self) -> str:
        return str(self.args[0])  # KeyError would put it in quotes


class SplitError(SmrtError, ValueError):
    """The table cannot be split into training and test parts as asked."""


class TrainingDivergedError(SmrtError, ArithmeticError):
    """The cost became infinite or NaN before any finite weights were kept."""


class MissingFileError(SmrtError, FileNotFoundError):
    """A table, a model, an artifact or a project's file is not there."""


class DamagedFileError(SmrtError, ValueError):
    """A model or an artifact is truncated, edited, of another version or of another program."""
