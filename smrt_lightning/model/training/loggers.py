"""The loggers that a training's costs go to, named as Lightning users know them."""

from __future__ import annotations

from typing import Any

from smrt_lightning.errors import ParameterError

FOLDER = "lightning_logs"


def make_logger(logger: Any) -> Any:
    """Return what Lightning's Trainer takes for a ``logger`` parameter.

    Parameters
    ----------
    logger : bool, "csv", "tensorboard" or Lightning logger
        The words log to `FOLDER` in the current directory; TensorBoard needs its package.

    Raises
    ------
    ParameterError
        For another word, or where the package is not installed.
    """
    if not isinstance(logger, str):
        return logger or False
    from pytorch_lightning import loggers

    if logger == "csv":
        return loggers.CSVLogger(FOLDER, name="smrt")
    if logger == "tensorboard":
        try:
            return loggers.TensorBoardLogger(FOLDER, name="smrt")
        except ModuleNotFoundError as error:
            raise ParameterError(
                "logger='tensorboard' needs the package tensorboard: pip install tensorboard"
            ) from error
    raise ParameterError(
        f"logger={logger!r} is not known; allowed are 'csv', 'tensorboard', True, False or a "
        "Lightning logger."
    )
