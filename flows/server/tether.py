"""Run a command that must not outlive whoever started it.

``python tether.py COMMAND …`` runs the command in a process group of its own. When standard input
closes, which the operating system sees to however the starter ends, the group is asked to end
(SIGTERM), and made to (SIGKILL) if it takes too long.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading

PATIENCE_SECONDS = 20.0
_PR_SET_PDEATHSIG = 1  # from linux/prctl.h


def main() -> int:
    """Run the command until it ends or standard input closes; return its exit code."""
    child = subprocess.Popen(
        sys.argv[1:],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        close_fds=False,  # what was handed to us is meant for it
        preexec_fn=_end_with_parent,  # no thread runs yet, so this is safe
    )
    os.closerange(3, 1024)  # a socket that the command serves must close when the command ends
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: _end(child))

    def follow() -> None:
        while os.read(0, 1):
            pass
        _end(child)

    threading.Thread(target=follow, daemon=True).start()
    code = child.wait()
    _signal(child.pid, signal.SIGKILL)  # what the command itself left behind
    return code


def _end_with_parent() -> None:
    """Ask Linux to end this process when the tether itself is killed; elsewhere do without."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _end(child: "subprocess.Popen[bytes]") -> None:
    _signal(child.pid, signal.SIGTERM)
    timer = threading.Timer(PATIENCE_SECONDS, _signal, (child.pid, signal.SIGKILL))
    timer.daemon = True
    timer.start()


def _signal(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


if __name__ == "__main__":
    sys.exit(main())
