"""What `smrt status` says when it cannot find out."""

import socket

import pytest

from flows.cli.status import _ask
from flows.errors import ServerError


def test_a_silent_server_is_no_reason_to_remove_its_database() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ServerError, match=r"did not answer .*refused.*server\.log") as found:
        _ask(f"http://127.0.0.1:{port}/api", "flow_runs", {})
    assert "Remove" not in str(found.value)
