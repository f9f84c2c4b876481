"""How the signing process is spoken to: a message is a list of octet strings, each with its length before it."""

import socket
import struct
from collections.abc import Sequence
from typing import Final

LIMIT: Final = 32 * 1024 * 1024
PARTS: Final = 8
_COUNT: Final = struct.Struct("!B")
_LENGTH: Final = struct.Struct("!I")


class Broken(ConnectionError):  # noqa: N818 - named after what happened
    """The other side left in the middle of a message, or sent none that we read."""


def send(connection: socket.socket, parts: Sequence[bytes]) -> None:
    """Send one message."""
    framed = [_COUNT.pack(len(parts))]
    for part in parts:
        framed += (_LENGTH.pack(len(part)), part)
    connection.sendall(b"".join(framed))


def receive(connection: socket.socket) -> list[bytes] | None:
    """The next message; None when the other side has left between two messages."""
    first = connection.recv(1)
    if not first:
        return None
    (count,) = _COUNT.unpack(first)
    if count > PARTS:
        raise Broken("too many parts")
    parts: list[bytes] = []
    for _ in range(count):
        (length,) = _LENGTH.unpack(_exactly(connection, _LENGTH.size))
        if length + sum(map(len, parts)) > LIMIT:
            raise Broken("too long")
        parts.append(_exactly(connection, length))
    return parts


def _exactly(connection: socket.socket, wanted: int) -> bytes:
    read = bytearray()
    while len(read) < wanted:
        piece = connection.recv(min(wanted - len(read), 1 << 16))
        if not piece:
            raise Broken("cut off")
        read += piece
    return bytes(read)
