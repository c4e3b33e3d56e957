"""Run a command that must not outlive whoever started it.

``python tether.py COMMAND …`` runs the command in a process group of its own. A byte on standard
input asks the group to end (SIGTERM). So does its closing, which the operating system sees to
however the starter ends; nobody waits for the group then, and it has less time before it is made
to end (SIGKILL).
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading

PATIENCE_SECONDS, ORPHANED_SECONDS = 20.0, 2.0
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
        asked = os.read(0, 1)
        _end(child, PATIENCE_SECONDS if asked else ORPHANED_SECONDS)

    threading.Thread(target=follow, daemon=True).start()
    code = child.wait()
    _signal(child.pid, signal.SIGKILL)  # what the command itself left behind
    return code


def _end_with_parent() -> None:
    """Ask Linux to end this process when the tether itself is killed; elsewhere do without."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _end(child: "subprocess.Popen[bytes]", patience: float = PATIENCE_SECONDS) -> None:
    _signal(child.pid, signal.SIGTERM)
    timer = threading.Timer(patience, _signal, (child.pid, signal.SIGKILL))
    timer.daemon = True
    timer.start()


def _signal(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


if __name__ == "__main__":
    sys.exit(main())
