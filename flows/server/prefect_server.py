"""Prefect's server in a process of our own: started with a run or a stack, gone with it.

Prefect's own temporary server shares the terminal's process group, so that Ctrl-C stops it before
the run can report to it (the run then hangs for minutes), and it outlives a run that is killed.
This one serves the same application from a session of its own, on a tether.

Nothing here imports Prefect in the parent: the server starts up while the parent still imports.
"""

import os
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import httpx

from components.project.errors import ServerAddressError
from flows.errors import ServerError
from flows.server.child import Child

START_TIMEOUT = 180.0
_LOOPBACK = ("127.0.0.1", "localhost")


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


def no_proxy() -> dict[str, str]:
    """Return the environment in which this machine's own addresses are reached without a proxy."""
    given = (os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or "").split(",")
    hosts = dict.fromkeys([*(host.strip() for host in given if host.strip()), *_LOOPBACK])
    return dict.fromkeys(("no_proxy", "NO_PROXY"), ",".join(hosts))


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on a port, or on a free one for 0.

    It listens before the server exists: no port can be lost to somebody else in between, and early
    requests wait in its queue instead of being refused.

    Raises
    ------
    ServerAddressError
        Another program listens there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        raise ServerAddressError(
            f"cannot listen on {host}:{port} ({error.strerror or error}). Choose another port: "
            "smrt up --port 4201; --port 0 takes any that is free"
        ) from error


def address(listener: socket.socket) -> str:
    """Return the address under which this machine reaches what is served on a socket."""
    host, port = listener.getsockname()[:2]
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://{f'[{reached}]' if ':' in reached else reached}:{port}"


class PrefectServer(Child):
    """Prefect's server in a child process.

    Parameters
    ----------
    environment : mapping of str to str
        Environment of the child, see `prefect_settings`.
    listener : socket, optional
        Where to serve, closed here; by default a free loopback port, without schedules.
    log : Path, optional
        Where the server's output goes.

    Raises
    ------
    ServerError
        Prefect's home cannot be made.

    Examples
    --------
    >>> with PrefectServer({**os.environ, **prefect_settings(root)}) as server:  # doctest: +SKIP
    ...     os.environ["PREFECT_API_URL"] = server.api_url
    ...     server.wait_until_ready()
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        listener: socket.socket | None = None,
        log: Path | None = None,
    ) -> None:
        try:
            Path(environment["PREFECT_HOME"]).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ServerError(
                f"the Prefect server has no place for its database ({error}). Make .smrt a folder "
                "that can be written, or set PREFECT_HOME to one."
            ) from error
        kind = {"PREFECT__SERVER_FINAL": "1"}
        if listener is None:
            listener = listen("127.0.0.1", 0)
            kind["PREFECT__SERVER_EPHEMERAL"] = "1"
        with listener:
            self.api_url = f"{address(listener)}/api"
            command = ["-P", __file__, str(listener.fileno())]
            super().__init__(
                "the Prefect server", command, {**environment, **kind}, log, [listener.fileno()]
            )

    def wait_until_ready(self, timeout: float = START_TIMEOUT) -> None:
        """Return when the server answers.

        Raises
        ------
        ServerError
            The child ended, or did not answer within `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        reason: object = "it ended"
        while self.running() and time.monotonic() < deadline:
            try:
                httpx.get(f"{self.api_url}/health", timeout=5, trust_env=False).raise_for_status()
            except httpx.HTTPError as error:
                reason = error
                time.sleep(0.1)
            else:
                return
        self.stop()
        raise self.failure(
            f"did not answer within {timeout:.0f} s ({reason}). Try again on a quieter "
            "machine, or set PREFECT_API_URL to a server of your own; the history of runs can stay"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


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
    """Serve Prefect's API on a listening socket until SIGTERM."""
    import uvicorn

    uvicorn.run(
        "prefect.server.api.server:create_app",
        factory=True,
        fd=file_descriptor,
        log_level="error",
        lifespan="on",
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    serve(int(sys.argv[1]))
