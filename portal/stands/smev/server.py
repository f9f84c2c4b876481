"""The stand on the line: two faces for messages, a page for people, JSON for tests."""

import json
import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

from portal.stands.smev import control
from portal.stands.smev.stand import ADAPTER, DIRECT, Answer, Stand

_JSON: Final = "application/json; charset=utf-8"
_HTML: Final = "text/html; charset=utf-8"
_LIMIT: Final = 6 * 1024 * 1024
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"


class StandServer(ThreadingHTTPServer):
    """One thread for each connection, which clients keep open."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], stand: Stand) -> None:
        super().__init__(address, _Handler)
        self.stand = stand
        self.ended = threading.Event()
        self.scheme = "http"

    def speak_tls(self, key_and_certificate: Path) -> None:
        """From now on; whoever connects proves in his own thread that he can."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(key_and_certificate)
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.scheme = "https"

    def handle_error(self, request: object, client_address: object) -> None:
        """That a client hangs up, or is hung up on, is what a stand is for."""

    def shutdown(self) -> None:
        self.ended.set()
        super().shutdown()


class _Handler(BaseHTTPRequestHandler):
    server: StandServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        if self.path == "/control/state":
            self._say(Answer(200, _json(control.state(self.server.stand)), _JSON))
        elif self.path == "/":
            from portal.stands.smev.page import page  # noqa: PLC0415  loaded when somebody looks

            shown = page(self.server.stand, self.headers.get("Accept-Language", ""))
            self._say(Answer(200, shown.encode(), _HTML))
        else:
            self._say(Answer(200 if self.path == "/health" else 404, b"", _HTML))

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > _LIMIT:
            self.close_connection = True
            self._say(Answer(413, b""))
            return
        body = self.rfile.read(length)
        if self.path.startswith("/control/"):
            self._control(body)
        elif self.path.startswith("/page/"):
            self._page(body)
        else:
            self._exchange(body)

    def _exchange(self, body: bytes) -> None:
        face = ADAPTER if self.path.startswith("/adapter") else DIRECT
        action = self.headers.get("SOAPAction", "").strip('"')
        answer, late = self.server.stand.answer(face, body, action)
        self.server.ended.wait(late)
        self._say(answer)

    def _control(self, body: bytes) -> None:
        try:
            how = json.loads(body or b"{}")
            self._obey(self.path.removeprefix("/control/"), how)
        except (control.Unknown, KeyError, TypeError, ValueError) as error:
            self._say(Answer(400, _json({"error": str(error)}), _JSON))
            return
        self._say(Answer(200, _json(control.state(self.server.stand)), _JSON))

    def _page(self, body: bytes) -> None:
        if self.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
            self._say(Answer(403, b"", _HTML))
            return
        how: dict[str, Any] = dict(parse_qsl(body.decode(errors="replace")))
        try:
            self._obey(self.path.removeprefix("/page/"), how)
        except (control.Unknown, KeyError, TypeError, ValueError) as error:
            self._say(Answer(400, str(error).encode(), "text/plain; charset=utf-8"))
            return
        self.send_response(303)
        self.send_header("Location", "/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _obey(self, order: str, how: dict[str, Any]) -> None:
        if order.startswith("messages/"):
            control.act(self.server.stand, order.removeprefix("messages/"), how)
        elif order in control.ORDERS:
            control.ORDERS[order](self.server.stand, how)
        else:
            raise control.Unknown(order)

    def _say(self, answer: Answer) -> None:
        if answer.cut == 0:
            self._hang_up()
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.octets)))
        if answer.content_type == _HTML:
            self.send_header("Content-Security-Policy", _POLICY)
            self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(answer.octets[: answer.cut])
        if answer.cut is not None:
            self.wfile.flush()  # half of it shall arrive before the line is cut
            self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: object) -> None:
        """Requests hold people's data: nothing is logged."""


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
