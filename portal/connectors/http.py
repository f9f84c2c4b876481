"""One question to a server: bounded in time and size, believed by configured certificates only, never sent twice.

No redirects are followed and no proxy of the environment is taken.
"""

import http.client
import os
import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

CONNECT: Final = 5.0
WHOLE: Final = 30.0
LIMIT: Final = 1 << 20
_PIECE: Final = 1 << 16


class NoAnswer(Exception):  # noqa: N818 - it says what happened
    """Nothing came back that could be read. ``asked`` is False when the question was never sent."""

    def __init__(self, detail: str, *, asked: bool) -> None:
        super().__init__(detail)
        self.detail = detail
        self.asked = asked


class NotTrusted(NoAnswer):
    """The server shows a certificate that the configured ones do not vouch for."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Server:
    """Where to ask. ``trust`` holds the certificates that vouch for the server in PEM, empty for those of this machine.

    ``certificate`` and ``key`` in PEM are shown to the server; ``user`` and ``password`` are said to it.
    """

    address: str
    trust: str = ""
    certificate: str = ""
    key: str = field(default="", repr=False)
    user: str = ""
    password: str = field(default="", repr=False)
    connect_within: float = CONNECT
    answer_within: float = WHOLE

    def ask(
        self,
        method: str,
        path: str = "",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        limit: int = LIMIT,
    ) -> Reply:
        """Ask once; raises NoAnswer."""
        parts = urlsplit(self.address)
        connection = self._connected()
        try:
            with _within(connection, self.answer_within):
                target = parts.path.rstrip("/") + path if path else parts.path or "/"
                connection.request(method, target, body, {**self._said(), **(headers or {})})
                response = connection.getresponse()
                said = {name.lower(): value for name, value in response.getheaders()}
                return Reply(response.status, said, _read(response, limit))
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NoAnswer(_words(error), asked=True) from error
        finally:
            connection.close()

    def meet(self) -> None:
        """Connect and part: somebody listens there, and shows a certificate that is trusted; raises NoAnswer."""
        self._connected().close()

    def _said(self) -> dict[str, str]:
        said = {"Connection": "close", "User-Agent": "klyuchnik"}
        if self.user:
            told = b64encode(f"{self.user}:{self.password}".encode()).decode()
            said["Authorization"] = f"Basic {told}"
        return said

    def _connected(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.address)
        connection: http.client.HTTPConnection
        try:
            if parts.scheme == "https":
                connection = http.client.HTTPSConnection(
                    parts.hostname or "", parts.port, timeout=self.connect_within, context=self._context()
                )
            else:
                connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=self.connect_within)
            connection.connect()
        except ssl.SSLCertVerificationError as error:
            raise NotTrusted(error.verify_message, asked=False) from error
        except (OSError, ValueError) as error:
            raise NoAnswer(_words(error), asked=False) from error
        connection.sock.settimeout(self.answer_within)
        return connection

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cadata=self.trust or None)
        if self.certificate:
            with _in_memory(f"{self.key}\n{self.certificate}\n") as path:
                context.load_cert_chain(path)
        return context


@contextmanager
def _in_memory(text: str) -> Iterator[str]:
    """A key for a library that reads files only: it never lies on a disk."""
    descriptor = os.memfd_create("identity", os.MFD_CLOEXEC)
    try:
        os.write(descriptor, text.encode())
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


@contextmanager
def _within(connection: http.client.HTTPConnection, seconds: float) -> Iterator[None]:
    """Cut the line when time is over, also while somebody sends a letter now and then."""
    line: socket.socket = connection.sock

    def cut() -> None:
        with suppress(OSError):
            socket.socket.shutdown(line, socket.SHUT_RDWR)  # below TLS, which would wait for the other side

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _read(response: http.client.HTTPResponse, limit: int) -> bytes:
    read = bytearray()
    while piece := response.read1(_PIECE):
        read += piece
        if len(read) > limit:
            raise http.client.HTTPException(f"the answer is longer than {limit} bytes")
    if response.length:
        raise http.client.IncompleteRead(bytes(read), response.length)
    return bytes(read)


def _words(error: Exception) -> str:
    return (str(error) or type(error).__name__)[:200]
