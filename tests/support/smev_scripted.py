"""A counterpart that says what the script tells it and remembers what it was asked; no stand, it judges nothing."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


@dataclass(frozen=True, slots=True)
class Line:
    """One answer.

    ``cut`` closes the connection after so many octets of the body; ``delay`` waits before speaking; ``hang_up``
    ends the connection after the answer without having said so.
    """

    body: bytes = b""
    status: int = 200
    content_type: str = "text/xml; charset=utf-8"
    cut: int | None = None
    delay: float = 0.0
    hang_up: bool = False
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    action: str
    path: str
    body: bytes


@dataclass(slots=True)
class Script:
    """What to say, line by line, and what was heard; the last line is repeated."""

    url: str
    lines: list[Line | Callable[[Asked], Line]] = field(default_factory=list)
    heard: list[Asked] = field(default_factory=list)
    connections: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)

    def says(self, *lines: Line | bytes | Callable[[Asked], Line]) -> Self:
        self.lines[:] = [Line(line) if isinstance(line, bytes) else line for line in lines]
        self.heard.clear()
        return self

    def answer(self, asked: Asked) -> Line:
        self.heard.append(asked)
        line = self.lines.pop(0) if len(self.lines) > 1 else self.lines[0]
        return line if isinstance(line, Line) else line(asked)


@contextmanager
def scripted() -> Iterator[Script]:
    """A server on the loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            script.connections += 1

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            asked = Asked(self.headers.get("SOAPAction", "").strip('"'), self.path, self.rfile.read(length))
            line = script.answer(asked)
            script.stopped.wait(line.delay)
            if line.cut == 0:
                self._hang_up()
                return
            self.send_response(line.status)
            for name, value in (("Content-Type", line.content_type), *line.headers):
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(line.body)))
            self.end_headers()
            self.wfile.write(line.body if line.cut is None else line.body[: line.cut])
            if line.cut is not None or line.hang_up:
                self.wfile.flush()
                self._hang_up()

        def _hang_up(self) -> None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

        def log_message(self, *_: object) -> None:
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """That the client hangs up is what some scripts are about."""

    server = Server(("127.0.0.1", 0), Handler)
    script = Script(f"http://127.0.0.1:{server.server_port}/smev/ws")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield script
    finally:
        script.stopped.set()
        server.shutdown()
        thread.join(120)
        server.server_close()
