"""Every mistake a user can make, one small class each.

Each message says what was wrong, what was seen, what is allowed and what to do.
All classes share :class:`SmrtError`, so that a command line can print one line and exit 2, and
each also subclasses the usual built-in, so that ``except ValueError`` keeps working.
"""


class SmrtError(Exception):
    """A mistake in the input, the parameters or the files; never a bug of this package."""
