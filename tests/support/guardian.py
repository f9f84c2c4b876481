"""Run one server for a test run and stop it when its owner is gone, however the owner ended.

    guardian.py OWNER_PID USER SIGNAL COMMAND...

USER is "-" to stay who we are; SIGNAL is the number that asks the server to stop.
"""

import signal
import subprocess
import sys
import time
from pathlib import Path

PATIENCE = 10.0
LOOK_EACH = 0.2
#: Held back until they are asked for, so that none comes at a bad moment.
AWAITED = {signal.SIGTERM, signal.SIGCHLD}


def alive(pid: int) -> bool:
    """Whether a process runs; one that ended and was never waited for does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def watch(server: subprocess.Popen[bytes], owner: int) -> None:
    """Until the server has ended, its owner is gone, or somebody asks us to stop."""
    while alive(owner) and server.poll() is None:
        came = signal.sigtimedwait(AWAITED, LOOK_EACH)
        if came and came.si_signo == signal.SIGTERM:
            return


def _hear_signals() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, AWAITED)


def main() -> int:
    owner, user, stop_signal, *command = sys.argv[1:]
    signal.pthread_sigmask(signal.SIG_BLOCK, AWAITED)
    privileges = {} if user == "-" else {"user": user, "group": user, "extra_groups": []}
    how = {"preexec_fn": _hear_signals, **privileges}  # there is one thread
    server = subprocess.Popen(command, **how)  # type: ignore[call-overload]
    watch(server, int(owner))
    if server.poll() is None:
        server.send_signal(int(stop_signal))
        deadline = time.monotonic() + PATIENCE
        while server.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
    if server.poll() is None:
        server.kill()
    return int(server.wait())


if __name__ == "__main__":
    sys.exit(main())
