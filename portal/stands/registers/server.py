"""The stand on the line: the faces for clients over TLS, a page for people over either, orders for tests."""

import json
import socket
import ssl
import time
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qsl

from portal.stands.registers.control import Unheard, obey, state
from portal.stands.registers.keys import LineKeys
from portal.stands.registers.mischief import Trick
from portal.stands.registers.saying import Answer, Question, said
from portal.stands.registers.shelf import Call
from portal.stands.registers.stand import Stand

_HTML: Final = "text/html; charset=utf-8"
_LONGEST: Final = 1 << 20
_NO_CONTENT: Final = 204
#: How a line that speaks TLS begins.
_HANDSHAKE: Final = b"\x16"
_RUBBISH: Final = 10 * 1024 * 1024
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"


class StandServer(ThreadingHTTPServer):
    """One thread for each connection; its first octet tells whether it speaks TLS.

    With keys the faces are spoken to over TLS only. A browser that knows nothing of the keys sees the page without.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], stand: Stand, keys: LineKeys | None = None) -> None:
        super().__init__(address, _Handler)
        self.stand = stand
        self.scheme = "https" if keys is not None else "http"
        self._context = _context(keys) if keys is not None else None

    @property
    def url(self) -> str:
        """Where the faces are."""
        return f"{self.scheme}://{self.server_address[0]!s}:{self.server_port}"

    @property
    def page(self) -> str:
        """Where people look."""
        return f"http://{self.server_address[0]!s}:{self.server_port}/"

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self._context is None or request.recv(1, socket.MSG_PEEK) != _HANDSHAKE:
            super().finish_request(request, client_address)
            return
        with self._context.wrap_socket(request, server_side=True) as line:
            super().finish_request(line, client_address)

    def handle_error(self, request: object, client_address: object) -> None:
        """That a client hangs up, or is hung up on, is what a stand is for."""

    def shutdown(self) -> None:
        self.stand.ended.set()
        super().shutdown()


def _context(keys: LineKeys) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(keys.server)
    context.load_verify_locations(keys.trust)
    context.verify_mode = ssl.CERT_OPTIONAL
    return context


class _Handler(BaseHTTPRequestHandler):
    server: StandServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > _LONGEST:
            self.close_connection = True
            self._say(Answer(413))
            return
        body = self.rfile.read(length)
        path = self.path
        face = self.server.stand.face_of(path)
        if face and self.server.scheme == "https" and not isinstance(self.connection, ssl.SSLSocket):
            self._say(Answer(426, headers=(("Upgrade", "TLS/1.2"),)))
        elif face:
            self._faced(face, Question(self.command, path, _lower(self.headers), body, self._peer()))
        elif self.command == "POST" and path.startswith(("/control/", "/page/")):
            self._ordered(path, body)
        elif path == "/control/state":
            self._say(said(200, state(self.server.stand)))
        elif path == "/health":
            self._say(Answer(200))
        elif path == "/":
            self._page()
        else:
            self._say(Answer(404))

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - as the library has it

    def _faced(self, face: str, question: Question) -> None:
        stand = self.server.stand
        trick = stand.mischief.next(face, changes=question.changes)
        if trick is None:
            self._done(face, question, stand.faces[face].answer(question), "")
            return
        match trick.name:
            case "down":
                self._done(face, question, Answer(0), "down")
            case "http":
                self._done(face, question, Answer(int(trick.number), kind="text/html"), trick.what)
            case "redirect":
                elsewhere = Answer(307, headers=(("Location", "https://127.0.0.1:1/"),))
                self._done(face, question, elsewhere, "redirect")
            case _:
                self._spoilt(face, question, trick)

    def _spoilt(self, face: str, question: Question, trick: Trick) -> None:
        """It does what was asked, and answers in its own way."""
        stand = self.server.stand
        if trick.name == "slow":
            stand.ended.wait(trick.number)
        answer = stand.faces[face].answer(question, trick.what)
        match trick.name:
            case "cut_after":
                answer = Answer(0, about=answer.about, what=answer.what)
            case "rubbish":
                answer = Answer(200, b"\xff" * _RUBBISH, about=answer.about, what=answer.what)
            case "another":
                swapped = answer.body.replace(json.dumps(answer.about).encode(), b'"somebody-elses"')
                answer = Answer(answer.status, swapped, answer.kind, answer.headers, answer.about, answer.what)
        self._done(face, question, answer, trick.what, cut=trick.name == "truncated")

    def _done(self, face: str, question: Question, answer: Answer, trick: str, *, cut: bool = False) -> None:
        what = f"{answer.what} ({trick})" if trick and answer.what else answer.what or trick
        method = question.method if face != "indeed" else question.path.rsplit("/", 1)[-1]
        self.server.stand.shelf.note(Call(time.time(), face, method[:30], answer.about, answer.status, what[:60]))
        if not answer.status:
            self._hang_up()
            return
        self._say(answer, cut=cut)

    def _ordered(self, path: str, body: bytes) -> None:
        by_page = path.startswith("/page/")
        if by_page and self.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
            self._say(Answer(403))
            return
        try:
            how = dict(parse_qsl(body.decode())) if by_page else json.loads(body or b"{}")
            obey(self.server.stand, path.rsplit("/", 1)[-1], how)
        except (Unheard, KeyError, TypeError, ValueError) as error:
            self._say(said(400, {"error": str(error)}))
            return
        self._say(Answer(303, headers=(("Location", "/"),)) if by_page else said(200, state(self.server.stand)))

    def _page(self) -> None:
        from portal.stands.registers.page import page  # noqa: PLC0415  loaded when somebody looks

        shown = page(self.server.stand, self.server.url, self.headers.get("Accept-Language", ""))
        headers = (("Content-Security-Policy", _POLICY), ("Cache-Control", "no-store"))
        self._say(Answer(200, shown.encode(), _HTML, headers))

    def _say(self, answer: Answer, *, cut: bool = False) -> None:
        self.send_response(answer.status)
        if answer.body:
            self.send_header("Content-Type", answer.kind)
        if answer.status != _NO_CONTENT:
            self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body[: len(answer.body) // 2] if cut else answer.body)
        if cut:
            self.wfile.flush()  # half of it shall arrive before the line is cut
            self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        socket.socket.shutdown(self.connection, socket.SHUT_RDWR)  # below TLS, without a farewell

    def _peer(self) -> str:
        """Whose certificate the line was opened with; the line has believed it already."""
        line = self.connection
        shown = line.getpeercert(binary_form=True) if isinstance(line, ssl.SSLSocket) else None
        return sha256(shown).hexdigest() if shown else ""

    def log_message(self, *_: object) -> None:
        """Requests hold people's data: nothing is logged."""


def _lower(headers: object) -> dict[str, str]:
    items = headers.items()  # type: ignore[attr-defined]
    return {str(name).lower(): str(value) for name, value in items}
