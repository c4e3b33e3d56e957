"""Every mistake a user can make, one small class each.

Each message says what was wrong, what was seen, what is allowed and what to do.
All classes share :class:`SmrtError`, so that a command line can print one line and exit 2, and
each also subclasses the usual built-in, so that ``except ValueError`` keeps working.
"""


class SmrtError(Exception):
    """A mistake in the input, the parameters or the files; never a bug of this package."""


class UnsupportedColumnError(SmrtError, TypeError):
    """A column holds values that cannot be modelled."""

    @classmethod
    def unhashable(cls, name: object) -> "UnsupportedColumnError":
        """Report values such as lists or dicts."""
        return cls(
            f"column {name!r} holds values that cannot be compared (lists, dicts, …); allowed are "
            "numbers, booleans, strings, dates and missing values. Drop the column or turn its "
            "values into strings."
        )

    @classmethod
    def complex_numbers(cls, name: object) -> "UnsupportedColumnError":
        """Report complex numbers, with the words that scikit-learn uses."""
        return cls(
            f"Complex data not supported: column {name!r} holds complex numbers. Split it into a "
            "real and an imaginary column."
        )


class UnknownColumnKindError(SmrtError, ValueError):
    """``column_kinds`` names a column or a kind that does not exist."""

    @classmethod
    def column(cls, name: object, columns: list[object]) -> "UnknownColumnKindError":
        """Report a column that the table does not have."""
        shown = ", ".join(repr(column) for column in columns[:10])
        return cls(f"column_kinds names {name!r}, which is no column; the table has {shown}.")

    @classmethod
    def kind(cls, name: object, kind: object) -> "UnknownColumnKindError":
        """Report a kind that does not exist."""
        return cls(
            f"column_kinds gives {kind!r} for column {name!r}; allowed are 'numeric' and "
            "'categorical'."
        )


class TrainingDivergedError(SmrtError, ArithmeticError):
    """The cost became infinite or NaN before any finite weights were kept."""

    @classmethod
    def at(cls, learning_rate: float) -> "TrainingDivergedError":
        """Report the learning rate that was too high."""
        return cls(
            f"training diverged at learning_rate={learning_rate:g}: the cost is no longer a finite "
            "number. Lower learning_rate (0.003 is a good start) or set clip."
        )


class EvaluationDataError(SmrtError, ValueError):
    """The table or the labels given to the evaluation cannot be read."""


class SplitError(SmrtError, ValueError):
    """The table cannot be split into training and test parts as asked."""


class UnknownArmError(SmrtError, ValueError):
    """A method of the comparison is neither built in nor an allowed dotted name."""


class UnknownClassifierError(SmrtError, ValueError):
    """A classifier is neither built in nor an allowed dotted name."""


class UnknownMetricError(SmrtError, ValueError):
    """A metric is not one of those that the evaluation computes."""


class DottedNameError(SmrtError, ValueError):
    """A dotted name does not lead to a class of an allowed, installed package."""


class RepeatedColumnsError(SmrtError, ValueError):
    """Two columns of a table share a name."""

    @classmethod
    def among(cls, names: list[object]) -> "RepeatedColumnsError":
        """Report the repeated names."""
        return cls(f"column names must differ, but these are repeated: {names!r}. Rename them.")


class InfiniteValuesError(SmrtError, ValueError):
    """A column holds an infinite value."""

    @classmethod
    def in_column(cls, name: object) -> "InfiniteValuesError":
        """Report the column, with the words that scikit-learn uses."""
        return cls(
            f"Input X contains infinity: column {name!r}. Missing values (NaN) are allowed, "
            "infinite ones are not; replace them by a bound or by NaN."
        )


class FarDatesError(SmrtError, ValueError):
    """A column holds dates or durations that 64 bits of nanoseconds cannot tell."""

    @classmethod
    def in_column(cls, name: object, seen: object) -> "FarDatesError":
        """Report the column and one of its values."""
        return cls(
            f"column {name!r} holds {str(seen)!r}; allowed are dates from 1677-09-22 to 2262-04-11 "
            "and durations of up to 292 years. Write a date that stands for 'never' as missing, or "
            "turn the column into a number."
        )


class SparseTooLargeError(SmrtError, ValueError):
    """A sparse matrix would need too much memory when made dense."""

    @classmethod
    def of(cls, shape: tuple[int, int]) -> "SparseTooLargeError":
        """Report the shape that was seen."""
        return cls(
            f"X is sparse with {shape[0]:,} × {shape[1]:,} cells; SMRT learns dense rows and takes "
            "sparse matrices of up to 100 million cells. Reduce the columns first, for example "
            "with sklearn.decomposition.TruncatedSVD."
        )


class UnknownClassError(SmrtError, KeyError):
    """A class is asked for that has no model."""

    def __str__(self) -> str:
        return str(self.args[0])

    @classmethod
    def among(cls, label: object, known: list[object]) -> "UnknownClassError":
        """Report the classes that have one."""
        return cls(
            f"there is no model of class {label!r}; the classes with one are {known!r}. A class "
            "without missing rows is not fitted, and one with fewer rows than min_rows falls back."
        )


class UnsupportedValueError(SmrtError, TypeError):
    """A value cannot be written to a model file."""

    @classmethod
    def of(cls, value: object) -> "UnsupportedValueError":
        """Report the value and its type."""
        return cls(
            f"cannot save the value {str(value)[:60]!r} of type {type(value).__name__}; labels, "
            "column names and levels may be strings, numbers, booleans, dates or missing."
        )


class MissingModelError(SmrtError, FileNotFoundError):
    """A model directory lacks one of its files."""

    @classmethod
    def at(cls, path: object) -> "MissingModelError":
        """Report the missing file."""
        return cls(f"there is no file {path}; save a fitted model there first.")


class TruncatedModelError(SmrtError, ValueError):
    """A model file ends early or is not readable as what it should be."""

    @classmethod
    def at(cls, path: object) -> "TruncatedModelError":
        """Report the unreadable file."""
        return cls(f"{path} is truncated or damaged; copy or save the model again.")


class EditedModelError(SmrtError, ValueError):
    """A model file's content differs from its digest."""

    @classmethod
    def at(cls, path: object) -> "EditedModelError":
        """Report the edited file."""
        return cls(
            f"{path} was changed after it was saved (its SHA-256 differs from the one on record); "
            "nothing of it is used. Save the model again."
        )


class ForeignModelError(SmrtError, ValueError):
    """A file is JSON, but not of this package."""

    @classmethod
    def at(cls, path: object, kind: str) -> "ForeignModelError":
        """Report what was expected."""
        return cls(f"{path} is not a {kind} file; was it written by another program?")


class ModelVersionError(SmrtError, ValueError):
    """A model file has a version that this release does not read."""

    @classmethod
    def at(cls, path: object, seen: object, known: int) -> "ModelVersionError":
        """Report the version that was seen and the one that is read."""
        return cls(
            f"{path} has format version {seen!r}, this release reads version {known}. Refit the "
            "model, or use the release that wrote it."
        )


class BalanceRatioError(SmrtError, ValueError):
    """``balance_ratio`` is not a share."""

    @classmethod
    def outside(cls, ratio: object) -> "BalanceRatioError":
        """Report the ratio that was seen."""
        return cls(
            f"balance_ratio is {ratio!r}; allowed is a number above 0 and up to 1: the rows of a "
            "rare class over the rows of the largest one."
        )


class ImageShapeError(SmrtError, ValueError):
    """Rows do not fill pictures of the shape that was given."""

    @classmethod
    def of(cls, shape: tuple[int, ...], n_columns: int) -> "ImageShapeError":
        """Report the shape and how many columns a row has."""
        shown = " × ".join(map(str, shape))
        return cls(
            f"image_shape {shown} does not hold the {n_columns} columns of a row: give height and "
            f"width whose product is {n_columns}, or leave image_shape out."
        )


class UnknownLoggerError(SmrtError, ValueError):
    """``logger`` names no logger that is here."""

    @classmethod
    def word(cls, name: str) -> "UnknownLoggerError":
        """Report a word that means nothing."""
        return cls(
            f"logger={name!r} is not known; allowed are 'csv', 'tensorboard', True, False or a "
            "Lightning logger."
        )

    @classmethod
    def not_installed(cls, name: str) -> "UnknownLoggerError":
        """Report a package that is missing."""
        return cls(f"logger={name!r} needs the package {name}: pip install {name}")
