"""One address that is posted to: bounded in time and size, no redirects, the connection kept while it lasts."""

import http.client
import os
import select
import ssl
import threading
import time
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from portal.connectors.smev.safe_xml import LIMIT
from portal.domain.errors import OutsideUnavailable

#: The operator's own client gives up connecting after as long.
CONNECT: Final = 5.0
ANSWER: Final = 60.0
_PIECE: Final = 1 << 16
#: A fault comes with 500; an acknowledgement may come with nothing.
_ANSWERED: Final = frozenset({200, 202, 204, 500})
_CONFIGURATION: Final = frozenset({400, 401, 403, 404, 405, 407, 410, 415})


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    content_type: str
    body: bytes


@dataclass(slots=True)
class Endpoint:
    """An ``http://`` or ``https://`` address; ``trust`` decides whose certificate it may show and which we show.

    ``authority`` is a file of the certificates that vouch for it, instead of those this machine trusts.
    """

    url: str
    trust: ssl.SSLContext | None = None
    authority: str = ""
    connect_timeout: float = CONNECT
    answer_timeout: float = ANSWER
    limit: int = LIMIT
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)
    _connection: http.client.HTTPConnection | None = field(default=None, init=False, repr=False)
    _owner: int = field(default=0, init=False, repr=False)

    def post(self, body: bytes, action: str) -> Reply:
        """Post SOAP 1.1; raises OutsideUnavailable, with ``data['rule']`` when waiting will not help.

        What was posted may have been taken all the same; it is posted once, asking again is for others to decide.
        """
        with self._lock:
            return self._posted(body, action)

    def reachable(self) -> str:
        """Empty when somebody listens there (and shows a certificate we trust), else what is wrong."""
        try:
            connection = self._fresh()
        except OSError as error:
            return str(error)[:200] or type(error).__name__
        connection.close()
        return ""

    def _posted(self, body: bytes, action: str) -> Reply:
        try:
            if not self._usable():
                self._drop()
                self._connection, self._owner = self._fresh(), os.getpid()
            return self._asked(body, action)
        except (OSError, http.client.HTTPException) as error:
            self._drop()
            raise unavailable(error) from error

    def _asked(self, body: bytes, action: str) -> Reply:
        connection = self._connection or self._fresh()
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"', "Accept": "*/*"}
        deadline = time.monotonic() + self.answer_timeout
        connection.request("POST", self._path(), body, headers)
        response = connection.getresponse()
        content = self._read(response, deadline)
        if response.will_close:
            self._drop()
        if response.status not in _ANSWERED:
            raise _refusal(response.status)
        return Reply(response.status, response.headers.get("Content-Type", ""), content)

    def _read(self, response: http.client.HTTPResponse, deadline: float) -> bytes:
        read = bytearray()
        while piece := response.read1(_PIECE):
            read += piece
            if len(read) > self.limit:
                raise http.client.HTTPException("the answer is too long")
            if time.monotonic() > deadline:
                raise TimeoutError("the answer takes too long")
        if response.length:
            raise http.client.IncompleteRead(bytes(read), response.length)
        response.close()  # read to its end, and the connection is free for the next question
        return bytes(read)

    def _fresh(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        host, port = parts.hostname or "", parts.port
        connection: http.client.HTTPConnection
        if parts.scheme == "https":
            trust = self.trust or ssl.create_default_context(cafile=self.authority or None)
            connection = http.client.HTTPSConnection(host, port, timeout=self.connect_timeout, context=trust)
        else:
            connection = http.client.HTTPConnection(host, port, timeout=self.connect_timeout)
        connection.connect()
        connection.sock.settimeout(self.answer_timeout)
        return connection

    def _usable(self) -> bool:
        """Whether what was kept is still open: it is asked before, because nothing may be posted twice unasked."""
        if self._owner != os.getpid():
            self._connection = None  # a parent's connection is not ours to speak on, nor to close
        connection = self._connection
        if connection is None or connection.sock is None:
            return False
        # what can be read before anything was asked is the end
        return not select.select([connection.sock], [], [], 0)[0]

    def _path(self) -> str:
        parts = urlsplit(self.url)
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def unavailable(error: Exception) -> OutsideUnavailable:
    """Nothing came back, or nothing that could be read."""
    return OutsideUnavailable("smev_unavailable", why=(str(error) or type(error).__name__)[:200])


def _refusal(status: int) -> OutsideUnavailable:
    rule = "configuration" if status in _CONFIGURATION else "resend_same"
    return OutsideUnavailable("smev_unavailable", why=f"HTTP {status}", rule=rule)
