"""The small text files of a project: ordinary ones, of a size that somebody could have written."""

from pathlib import Path

from components.project.machine import fault_of

MAX_BYTES = 4 << 20


def read_text(path: Path, *, at_most: int | None = MAX_BYTES) -> str:
    """Read a UTF-8 text from an ordinary file.

    Anything else, such as a pipe or a device behind a link, might never end.

    Parameters
    ----------
    path : Path
        A file, or a link to one.
    at_most : int, optional
        Bytes that the file may have; None sets no limit.

    Raises
    ------
    FileNotFoundError
        If there is nothing.
    ValueError
        If it is no ordinary file, too large, or no UTF-8 text; the message says which.
    """
    try:
        size = path.stat().st_size
        if not path.is_file():
            what = "a folder" if path.is_dir() else "a pipe, a socket or a device"
            raise ValueError(f"it is {what} and no ordinary file")
        if at_most is not None and size > at_most:
            raise ValueError(f"it has {size:,} bytes; at most {at_most:,} are read")
        return path.read_text(encoding="utf-8", errors="surrogatepass")
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ValueError(fault_of(error) or error.strerror or str(error)) from error
