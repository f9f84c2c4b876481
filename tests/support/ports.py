"""A port for a server that makes its socket itself: nobody takes it between the choice and the start."""

import socket
from contextlib import suppress
from random import sample
from typing import Final

from tests.support.processes import RigError

#: Below those the kernel gives to whoever asks for any, each connection of a client for instance.
PORTS: Final = range(20_000, 32_000)
_MARKS: Final[list[socket.socket]] = []


def free_port() -> int:
    """A port that is free, and marked for this process until it ends, as other test processes see."""
    for port in sample(PORTS, len(PORTS)):
        with suppress(OSError), socket.socket() as probe:
            mark = socket.socket(socket.AF_UNIX)
            mark.bind(f"\0klyuchnik-test-port-{port}")
            probe.bind(("127.0.0.1", port))
            _MARKS.append(mark)
            return port
    raise RigError("no port is free")
