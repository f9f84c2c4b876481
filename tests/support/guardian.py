"""Run one server for a test run and stop it when its owner is gone, however the owner ended.

    guardian.py OWNER_PID USER SIGNAL COMMAND...

USER is "-" to stay who we are; SIGNAL is the number that asks the server to stop.
"""

import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType

PATIENCE = 10.0


def alive(pid: int) -> bool:
    """Whether a process runs; one that ended and was never waited for does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def watch(server: subprocess.Popen[bytes], owner: int) -> None:
    while alive(owner):
        try:
            server.wait(0.2)
        except subprocess.TimeoutExpired:
            continue
        return


def main() -> int:
    owner, user, stop_signal, *command = sys.argv[1:]
    wanted: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        wanted.append(number)
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    privileges = {} if user == "-" else {"user": user, "group": user, "extra_groups": []}
    server = subprocess.Popen(command, **privileges)  # type: ignore[call-overload]
    with suppress(KeyboardInterrupt):
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
