"""Plain browsers for measurements: one that signs in, and many connections driven from one thread."""

import re
import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from operator import itemgetter
from statistics import median
from typing import Final
from urllib.parse import urlencode

_TOKEN: Final = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_LENGTH: Final = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
_COOKIE: Final = re.compile(r"\r\nset-cookie: ([^=]+)=([^;\r]*)", re.IGNORECASE)
_LOCATION: Final = re.compile(r"\r\nlocation: ([^\r]+)", re.IGNORECASE)
_END: Final = b"\r\n\r\n"
_PIECE: Final = 1 << 18
PATIENCE: Final = 30.0


class AnswerError(Exception):
    """The server answered something else than what is measured."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    head: str
    body: str

    @property
    def location(self) -> str:
        """Where a redirection leads, without the host."""
        found = _LOCATION.search(self.head)
        return re.sub(r"^https?://[^/]+", "", found[1]) if found else ""


class Wire:
    """One kept connection; answers are read to their announced length, nothing more is done with them."""

    def __init__(self, address: tuple[str, int], source: str = "") -> None:
        self._address = address
        self._source = (source, 0) if source else None
        self.socket = self._connect()
        self._got = bytearray()
        self._whole = 0

    def send(self, request: bytes) -> None:
        self._got.clear()
        self._whole = 0
        self.socket.sendall(request)

    def receive(self) -> bytes | None:
        """One more piece; the whole answer once it is there."""
        piece = self.socket.recv(_PIECE)
        if not piece:
            raise ConnectionResetError
        self._got += piece
        if not self._whole and (end := self._got.find(_END)) >= 0:
            self._whole = end + len(_END) + _length(bytes(self._got[: end + 2]))
        return bytes(self._got) if self._whole and len(self._got) >= self._whole else None

    def ask(self, request: bytes) -> bytes:
        """Send and wait."""
        self.send(request)
        while (answer := self.receive()) is None:
            pass
        return answer

    def again(self) -> None:
        """A fresh connection: the server gives a kept one up after a while."""
        self.socket.close()
        self.socket = self._connect()

    def close(self) -> None:
        self.socket.close()

    def _connect(self) -> socket.socket:
        connection = socket.create_connection(self._address, timeout=30, source_address=self._source)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection


def _length(head: bytes) -> int:
    found = _LENGTH.search(head)
    if found:
        return int(found[1])
    if head.split(b" ", 2)[1] in {b"204", b"304"}:
        return 0
    raise AnswerError("an answer without a length cannot be measured")


@dataclass
class Client:
    """One connection of one person, with his cookies."""

    host: str
    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    source: str = ""

    def __post_init__(self) -> None:
        self._wire = Wire((self.host, self.port), self.source)

    def request(self, path: str, *, fragment: bool = False, form: dict[str, str] | None = None) -> bytes:
        """The bytes of a request."""
        lines = [f"{'GET' if form is None else 'POST'} {path} HTTP/1.1", f"Host: {self.host}:{self.port}"]
        lines += ["Accept: text/html", "Accept-Language: ru"]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if fragment:
            lines.append("HX-Request: true")
        body = b"" if form is None else urlencode(form).encode()
        if form is not None:
            lines += ["Content-Type: application/x-www-form-urlencoded", "Sec-Fetch-Site: same-origin"]
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join(lines).encode() + _END + body

    def get(self, path: str, *, fragment: bool = False) -> Answer:
        """A page, or its fragment."""
        return self._keep(self._ask(self.request(path, fragment=fragment)))

    def post(self, path: str, form: dict[str, str], *, fragment: bool = False) -> Answer:
        """Send a form."""
        return self._keep(self._ask(self.request(path, fragment=fragment, form=form)))

    def sign_in(self, login: str, password: str) -> None:
        """Sign in through the form."""
        token = csrf_token(self.get("/sign-in").body)
        answer = self.post("/sign-in", {"csrf_token": token, "login": login, "password": password})
        if answer.status not in {HTTPStatus.FOUND, HTTPStatus.SEE_OTHER}:
            raise AnswerError(f"sign-in answered {answer.status}")
        self.get("/profile/")  # as a browser, it brings the cookie of its forms along from now on

    def close(self) -> None:
        self._wire.close()

    def _ask(self, request: bytes) -> bytes:
        try:
            return self._wire.ask(request)
        except (ConnectionResetError, BrokenPipeError):
            self._wire.again()
            return self._wire.ask(request)

    def _keep(self, raw: bytes) -> Answer:
        head, _, body = raw.decode().partition("\r\n\r\n")
        head += "\r\n"
        self.cookies |= dict(_COOKIE.findall(head))
        return Answer(int(head.split(" ", 2)[1]), head, body)


def csrf_token(page: str) -> str:
    """The token of the first form on a page."""
    found = _TOKEN.search(page)
    if found is None:
        raise AnswerError("the page has no form with a CSRF token")
    return found[1]


@dataclass(frozen=True, slots=True)
class Load:
    """What a load showed: milliseconds of each answer by request, and answers per second over all connections."""

    by_request: dict[int, list[float]]
    per_second: float

    @property
    def milliseconds(self) -> list[float]:
        return [one for taken in self.by_request.values() for one in taken]

    @property
    def slowest(self) -> tuple[int, float]:
        """The request whose middle answer took longest, and how long that was."""
        middle = {place: median(taken) for place, taken in self.by_request.items()}
        return max(middle.items(), key=itemgetter(1))


@dataclass
class _Loop:
    """Requests in turn over many connections, driven by one thread."""

    requests: Sequence[bytes]
    times: int
    sent: int = 0
    done: int = 0
    under_way: dict[int, tuple[int, float]] = field(default_factory=dict)
    taken: dict[int, list[float]] = field(default_factory=dict)

    def send(self, wire: Wire) -> None:
        if self.sent == self.times:
            return
        place = self.sent % len(self.requests)
        self.sent += 1
        self.under_way[id(wire)] = (place, time.perf_counter())
        wire.send(self.requests[place])

    def receive(self, wire: Wire) -> None:
        answer = wire.receive()
        if answer is None:
            return
        place, started = self.under_way.pop(id(wire))
        self.taken.setdefault(place, []).append((time.perf_counter() - started) * 1000)
        self.done += 1
        if answer.split(b" ", 2)[1] != b"200":
            raise AnswerError(answer[:300].decode(errors="replace"))
        self.send(wire)


def load(address: tuple[str, int], requests: Sequence[bytes], *, connections: int, times: int) -> Load:
    """Send the requests in turn over this many connections at once; each must answer 200."""
    wires = [Wire(address) for _ in range(connections)]
    loop = _Loop(requests, times)
    with selectors.DefaultSelector() as selector:
        for wire in wires:
            selector.register(wire.socket, selectors.EVENT_READ, wire)
        began = time.perf_counter()
        for wire in wires:
            loop.send(wire)
        while loop.done < times:
            ready = selector.select(PATIENCE)
            if not ready:
                raise AnswerError("the server fell silent")
            for key, _ in ready:
                loop.receive(key.data)
        passed = time.perf_counter() - began
    for wire in wires:
        wire.close()
    return Load(loop.taken, times / passed)
