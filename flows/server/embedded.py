"""The embedded Prefect server: started with a run, gone with it.

Prefect's own temporary server shares the terminal's process group, so that Ctrl-C stops it before
the run can report to it (the run then hangs for minutes), and it outlives a run that is killed.
This one serves the same application from a session of its own and ends when its standard input
closes, which the operating system sees to however the parent ends.

Nothing here imports Prefect in the parent: the server starts up while the parent still imports.
"""

import contextlib
import os
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from flows.errors import ServerAddressError, ServerError

START_TIMEOUT = 120.0
STOP_TIMEOUT = 5.0


def prefect_settings(root: Path, *, console_level: str = "CRITICAL") -> dict[str, str]:
    """Return the environment that keeps Prefect's files and chatter inside one project.

    Parameters
    ----------
    root : Path
        The project. Prefect's home (its database) is ``.smrt/prefect`` in it.
    console_level : str
        Level from which Prefect's own log lines reach the terminal; its database keeps them all.

    Returns
    -------
    dict of str to str
        Environment variables, to be set before Prefect is imported.
    """
    return {
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_HOME": str(root.resolve() / ".smrt" / "prefect"),
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": console_level,
    }


class EmbeddedServer:
    """Prefect's API in a child process on a free loopback port.

    Parameters
    ----------
    environment : mapping of str to str
        Environment of the child, see `prefect_settings`.

    Raises
    ------
    ServerError
        Prefect's home cannot be made.

    Examples
    --------
    >>> with EmbeddedServer({**os.environ, **prefect_settings(root)}) as server:  # doctest: +SKIP
    ...     os.environ["PREFECT_API_URL"] = server.api_url
    ...     server.wait_until_ready()
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        try:
            Path(environment["PREFECT_HOME"]).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ServerError(
                f"the embedded Prefect server has no place for its database ({error}). Make .smrt "
                "a folder that can be written, or set PREFECT_HOME to one."
            ) from error
        # The socket listens before the child exists: no port can be lost to somebody else in
        # between, and early requests wait in its queue instead of being refused.
        with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
            self.api_url = f"http://127.0.0.1:{listener.getsockname()[1]}/api"
            self._child = subprocess.Popen(
                [sys.executable, "-P", __file__, str(listener.fileno())],
                env={**environment, "PREFECT__SERVER_EPHEMERAL": "1", "PREFECT__SERVER_FINAL": "1"},
                stdin=subprocess.PIPE,
                pass_fds=[listener.fileno()],
                start_new_session=True,
            )

    def wait_until_ready(self, timeout: float = START_TIMEOUT) -> None:
        """Return when the server answers.

        Raises
        ------
        ServerError
            The child ended, or did not answer within `timeout` seconds.
        """
        try:
            with urllib.request.urlopen(f"{self.api_url}/health", timeout=timeout):  # noqa: S310
                return
        except (urllib.error.URLError, OSError) as error:
            self.stop()
            raise silent(timeout, error) from error

    def stop(self) -> None:
        """End the server; calling this twice does no harm."""
        if self._child.stdin is not None:
            with contextlib.suppress(OSError):
                self._child.stdin.close()
        try:
            self._child.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def silent(seconds: float, cause: object) -> ServerError:
    """Return the error of a server that was waited for in vain."""
    return ServerError(
        f"the embedded Prefect server did not answer within {seconds:.0f} s ({cause}). Remove "
        ".smrt/prefect and try again, or set PREFECT_API_URL to a server of your own."
    )


def require_answer(api_url: str) -> None:
    """Return if the Prefect server that the person named answers.

    Raises
    ------
    ServerAddressError
        It does not.
    """
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        error = client.api_healthcheck()
    if error is not None:
        raise ServerAddressError(
            f"PREFECT_API_URL names {api_url!r}, which does not answer ({error}). Start that "
            "server, or unset the variable to use an embedded one."
        ) from error


def serve(file_descriptor: int) -> None:
    """Serve Prefect's API on a listening socket until standard input closes."""
    import uvicorn

    server = uvicorn.Server(
        uvicorn.Config(
            "prefect.server.api.server:create_app",
            factory=True,
            fd=file_descriptor,
            log_level="error",
            lifespan="on",
            timeout_graceful_shutdown=1,
        )
    )

    def stop_with_parent() -> None:
        os.read(sys.stdin.fileno(), 1)  # unbuffered: a buffer's lock would be held at exit
        server.should_exit = True

    threading.Thread(target=stop_with_parent, daemon=True).start()
    server.run()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
