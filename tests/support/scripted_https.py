"""A server on loopback with a certificate of its own that answers as a test wishes."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.support.foreign_pki import foreign_root, server_certificate


@dataclass(frozen=True, slots=True)
class Said:
    """One answer; a ``length`` other than the body's is a lie, and ``hang`` says nothing more."""

    status: int = 200
    body: bytes = b""
    kind: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    length: int | None = None
    silent: bool = False


@dataclass(slots=True)
class Scripted:
    """``answer`` is asked for each request by method, path and body; ``heard`` are those that came."""

    address: str
    trust: str
    answer: Callable[[str, str, bytes], Said]
    heard: list[tuple[str, str, bytes]] = field(default_factory=list)


@contextmanager
def scripted_https(answer: Callable[[str, str, bytes], Said], *, clients: str = "") -> Iterator[Scripted]:
    """Serve until the end of the block; only whom these certificates vouch for, when they are given."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer()

        do_POST = do_GET  # noqa: N815 - as the library has it

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nobody reads it."""

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            script.heard.append((self.command, self.path, body))
            said = script.answer(self.command, self.path, body)
            self.close_connection = True
            if said.silent:
                return
            self.send_response(said.status)
            self.send_header("Content-Type", said.kind)
            self.send_header("Content-Length", str(len(said.body) if said.length is None else said.length))
            for name, value in said.headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said.body)

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that has heard enough goes away."""

    root = foreign_root("Server root")
    shown = server_certificate(root)
    with TemporaryDirectory() as folder, Server(("127.0.0.1", 0), Handler) as server:
        file = Path(folder) / "tls.pem"
        key = shown.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.write_bytes(key + shown.certificate.public_bytes(Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        if clients:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(cadata=clients)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        script = Scripted(f"https://127.0.0.1:{server.server_address[1]}", root.pem, answer)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield script
        finally:
            server.shutdown()
