"""Where the portal's own processes begin: what all of them need is loaded once, and each is forked from here.

    python -m portal.supervisor.nursery SOCKET ROOM

Nothing is opened before the fork: no database, no Redis, no thread, no PKCS#11 library, and no key is read.
ROOM is as long as the longest command line: a forked process writes its own there, for those who look at it.
"""

import ctypes
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

LOADED: Final = ("portal.bootstrap", "portal.services.update_runner")
#: The longest word between supervisor and nursery.
LONGEST: Final = 2**17
#: What the kernel calls it in prctl(2).
_DIE_WITH_PARENT: Final = 1
#: Of the fields of /proc/self/stat behind the name: where the command line lies.
_COMMAND_LINE: Final = slice(45, 47)


def main(line: socket.socket) -> None:
    """Load, then fork whatever is asked for, until nobody is left to ask."""
    gc.disable()
    for name in LOADED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # nobody looks through it again, and so copies it
    gc.enable()
    with line:
        order = _tend(line)
    if order is not None:
        _become(**order)


def _tend(line: socket.socket) -> dict[str, Any] | None:
    """What a process just forked is to become; in the nursery itself, nothing when all is over."""
    bell, clapper = socket.socketpair()
    clapper.settimeout(0)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(clapper.fileno(), warn_on_full_buffer=False)
    nursery = os.getpid()
    with bell, clapper:
        while True:
            ready = select.select([line, bell], [], [])[0]
            if bell in ready:
                bell.recv(LONGEST)
                _tell_who_ended(line)
            if line in ready:
                asked = line.recv(LONGEST)
                if not asked:
                    return None
                order: dict[str, Any] = json.loads(asked)
                if not (pid := os.fork()):
                    signal.set_wakeup_fd(-1)
                    return order | {"parent": nursery}
                line.send(json.dumps({"started": pid}).encode())


def _tell_who_ended(line: socket.socket) -> None:
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            line.send(json.dumps({"ended": ended[0], "code": os.waitstatus_to_exitcode(ended[1])}).encode())


def _become(*, command: list[str], env: dict[str, str], log: str, parent: int) -> None:
    """Be that program, as if a fresh interpreter ran it: ``python -m MODULE ARGUMENTS``."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _die_with(parent)
    _write_into(Path(log))
    os.environ.clear()
    os.environ.update(env)
    _be_called(command)
    sys.orig_argv = command
    sys.argv = command[2:]  # its first word becomes the file of the module
    runpy.run_module(command[2], run_name="__main__", alter_sys=True)


def _die_with(parent: int) -> None:
    """Whoever kills the nursery outright ends its children, too."""
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGTERM)
    if os.getppid() != parent:
        raise SystemExit(128 + signal.SIGTERM)


def _write_into(log: Path) -> None:
    with log.open("ab") as output:
        for number in (1, 2):
            os.dup2(output.fileno(), number)


def _be_called(command: Sequence[str]) -> None:
    """Show this command line to those who list processes; where the kernel does not say where it lies, never mind."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    with suppress(ValueError, IndexError):
        begin, end = map(int, fields[_COMMAND_LINE])
        room = max(0, end - begin)
        words = b"\0".join(map(os.fsencode, command))[: room - 1]
        if begin and room:
            ctypes.memmove(begin, words.ljust(room, b"\0"), room)


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
