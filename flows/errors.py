"""The mistakes around Prefect's server, beside :mod:`components.project.errors`."""

from smrt_lightning.errors import SmrtError


class ServerError(SmrtError, RuntimeError):
    """A part of the local stack did not start, ended, or does not answer."""
