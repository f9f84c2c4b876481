"""A wire between two programs on this machine: it can be cut in several ways, and it remembers what went over it."""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum, unique
from threading import Lock, Thread
from typing import Final

_AT_ONCE: Final = struct.pack("ii", 1, 0)
_PIECE: Final = 65536


@unique
class Wiring(StrEnum):
    """What becomes of what is sent."""

    WHOLE = "whole"
    SILENT = "silent"  # nothing comes through, and nobody is told
    DEAF = "deaf"  # what a client says is heard; it hears nothing
    LATE = "late"  # what a client says is heard once the wire is whole again, when he has long given up


class Wire:
    """Listens on ``port`` and passes on to the target; each mending ends every connection there was."""

    def __init__(self, target: int, host: str = "127.0.0.1") -> None:
        self._target = target
        self._lock = Lock()
        self._wiring = Wiring.WHOLE
        self._lines: set[_Line] = set()
        self._heard = bytearray()
        self._door = socket.create_server((host, 0))
        self.port: int = self._door.getsockname()[1]
        Thread(target=self._listen, daemon=True).start()

    @property
    def heard(self) -> bytes:
        """Everything that was sent over it so far, either way."""
        return bytes(self._heard)

    def cut(self, wiring: Wiring) -> None:
        """From now on it is like this."""
        with self._lock:
            self._wiring = wiring

    def mend(self) -> None:
        """It is whole again; who was connected has to connect anew."""
        with self._lock:
            self._wiring = Wiring.WHOLE
            lines, self._lines = self._lines, set()
        for line in lines:
            line.end()

    def close(self) -> None:
        """Nobody is let in any more."""
        self._door.close()
        self.mend()

    def passes(self, data: bytes, line: "_Line", *, up: bool) -> bool:
        """Whether this goes on now; what comes late is kept."""
        with self._lock:
            self._heard += data
            if self._wiring is Wiring.LATE and up:
                line.kept += data
            return self._wiring is Wiring.WHOLE or (self._wiring is Wiring.DEAF and up)

    def forget(self, line: "_Line") -> None:
        with self._lock:
            self._lines.discard(line)

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._door.accept()
                self._connect(client)

    def _connect(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self._target))
        except OSError:
            client.close()
            return
        line = _Line(self, client, server)
        with self._lock:
            self._lines.add(line)
        line.start()


class _Line:
    """One connection: two ends, a thread for each way."""

    def __init__(self, wire: Wire, client: socket.socket, server: socket.socket) -> None:
        self._wire = wire
        self._client = client
        self._server = server
        self._over = False
        self.kept = bytearray()

    def start(self) -> None:
        Thread(target=self._pass_on, args=(self._client, self._server), kwargs={"up": True}, daemon=True).start()
        Thread(target=self._pass_on, args=(self._server, self._client), kwargs={"up": False}, daemon=True).start()

    def end(self) -> None:
        """The client finds it broken; the server gets what is late, and nobody hears its answer."""
        self._over = True
        _break(self._client)
        with suppress(OSError):
            self._server.sendall(self.kept)
        if not self.kept:
            _break(self._server)

    def _pass_on(self, source: socket.socket, sink: socket.socket, *, up: bool) -> None:
        with suppress(OSError):
            while data := source.recv(_PIECE):
                if self._wire.passes(data, self, up=up) and not self._over:
                    sink.sendall(data)
                elif self._over:
                    break
        if not (up and self._over):  # a late word is still to be answered
            self._wire.forget(self)
            _break(self._client)
            _break(self._server)


def _break(end: socket.socket) -> None:
    with suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@contextmanager
def wired(target: int, host: str = "127.0.0.1") -> Iterator[Wire]:
    """A wire to a port of this machine."""
    wire = Wire(target, host)
    try:
        yield wire
    finally:
        wire.close()
