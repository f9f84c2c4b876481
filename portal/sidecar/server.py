"""A Unix socket that only its owner may open; one thread for each who speaks."""

import os
import socket
import socketserver
import stat
import struct
from pathlib import Path
from typing import Final

from portal.sidecar import wire
from portal.sidecar.service import Service

#: A silent client is let go; ours come back by themselves.
IDLE: Final = 300.0
_CREDENTIALS: Final = struct.Struct("3i")


class SignServer(socketserver.ThreadingUnixStreamServer):
    """Serves until it is shut down; ``allowed`` are the user ids that may speak, beside our own."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, path: Path, service: Service, *, allowed: frozenset[int] = frozenset()) -> None:
        self.service = service
        self.allowed = allowed | {os.getuid()}
        _demand_socket(path)
        # bound under another name: what appears under the known one listens already
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        before = os.umask(0o177 if self.allowed == {os.getuid()} else 0o111)
        try:
            super().__init__(str(fresh), _Speaking)
        finally:
            os.umask(before)
        fresh.rename(path)

    def verify_request(self, request: object, client_address: object) -> bool:
        """Only known users: the kernel says who is at the other end."""
        del client_address
        if not isinstance(request, socket.socket):
            return False
        said = request.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        return int(_CREDENTIALS.unpack(said)[1]) in self.allowed


class _Speaking(socketserver.BaseRequestHandler):
    server: SignServer
    request: socket.socket

    def handle(self) -> None:
        self.request.settimeout(IDLE)
        try:
            while (question := wire.receive(self.request)) is not None:
                wire.send(self.request, self.server.service.answer(question))
        except (OSError, ValueError):
            return


def _demand_socket(path: Path) -> None:
    """A socket left by a process that was killed may be replaced, anything else may not."""
    if path.exists() and not stat.S_ISSOCK(path.stat().st_mode):
        raise FileExistsError(f"{path} is no socket")
