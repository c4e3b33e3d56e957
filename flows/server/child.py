"""Processes that do not outlive the one that started them, however that ends."""

import contextlib
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from flows.errors import ServerError

_STOP_TIMEOUT = 30.0
_TETHER = Path(__file__).with_name("tether.py")


class Child:
    """A command on a tether, in a session of its own: Ctrl-C in the terminal does not reach it.

    Parameters
    ----------
    name : str
        For messages.
    command : list of str
        Arguments of this interpreter.
    environment : mapping of str to str
    log : Path, optional
        Where its output goes; by default to this process's own.
    descriptors : sequence of int
        Open files that the command is to have.
    """

    def __init__(
        self,
        name: str,
        command: list[str],
        environment: Mapping[str, str],
        log: Path | None = None,
        descriptors: Sequence[int] = (),
    ) -> None:
        self.name, self._log = name, log
        with contextlib.ExitStack() as stack:
            output = None
            if log is not None:
                log.parent.mkdir(parents=True, exist_ok=True)
                output = stack.enter_context(log.open("ab"))
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(_TETHER), sys.executable, *command],
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=None if output is None else subprocess.STDOUT,
                pass_fds=descriptors,
                start_new_session=True,
            )

    def running(self) -> bool:
        """Tell whether the command still runs."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End the command and what it started; calling this twice does no harm."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError, ValueError):  # it has ended, or was stopped before
                self._process.stdin.write(b".")
                self._process.stdin.flush()
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        try:
            self._process.wait(_STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def failure(self, what: str) -> ServerError:
        """Return the error that says what went wrong, and where the command's output is."""
        said = "" if self._log is None else f"; what it said is in {self._log}"
        return ServerError(f"{self.name} {what}{said}")

    def finish(self, timeout: float) -> None:
        """Wait until the command has done its work.

        Raises
        ------
        ServerError
            It failed, or took too long.
        """
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.stop()
            raise self.failure("took too long") from None
        if code:
            raise self.failure(f"ended with code {code}")
