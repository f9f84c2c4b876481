"""Run django-ca on loopback: an authority, an account, TLS; says where it is in a note when it listens.

serve.py FOLDER
"""

import datetime as dt
import ipaddress
import json
import os
import socketserver
import ssl
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

FOLDER = Path(sys.argv[1])
ACCOUNT = ("portal", "pass word")
#: Tests of several processes order at once: files named for one of these profiles disturb its orders only.
OBEYING = ("enduser", "server")
#: What is known of the order this thread answers.
ordered = threading.local()


class Server(socketserver.ThreadingMixIn, WSGIServer):
    """Answers several at once."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Somebody went away, which tests do on purpose."""


class Handler(WSGIRequestHandler):
    """Says nothing of what is asked."""

    def log_message(self, *_args: object) -> None:
        """Nobody reads it."""


def queue(run: Callable[..., Any]) -> Callable[..., Any]:
    """In place of the queue it can be given: while a file ``rest`` lies there, orders of its profile wait."""

    def put(task: Any, message: Any) -> None:
        ordered.profile = message.profile if message.profile in OBEYING else ""
        rest = FOLDER / f"rest.{ordered.profile}"
        if not rest.exists():
            run(task, message)
            return

        def later() -> None:
            while rest.exists():
                time.sleep(0.02)
            run(task, message)

        threading.Thread(target=later, daemon=True).start()

    return put


def cutting(application: Callable[..., Any]) -> Callable[..., Any]:
    """While a file ``cut`` lies there, such an order is taken and the line ends before anybody hears of it."""

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        ordered.profile = ""
        said = application(environ, start)
        cut = FOLDER / f"cut.{ordered.profile}"
        if cut.exists():
            cut.unlink()
            raise ConnectionAbortedError
        return said

    return answer


def make_tls() -> str:
    """A certificate for this machine; in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=30))
    certificate = builder.add_extension(names, critical=False).sign(key, SHA256())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (FOLDER / "tls.pem").write_bytes(private + certificate.public_bytes(Encoding.PEM))
    return certificate.public_bytes(Encoding.PEM).decode()


def main() -> None:
    """Set up and serve."""
    os.environ["PEER_FOLDER"] = str(FOLDER)
    os.environ["DJANGO_SETTINGS_MODULE"] = "peer_settings"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("init_ca", "Judge", "CN=Judge", "--key-type=EC", "--elliptic-curve=secp256r1", "--api-enable")

    from django.contrib.auth import get_user_model
    from django.core.wsgi import get_wsgi_application
    from django_ca.api import endpoints
    from django_ca.models import CertificateAuthority

    endpoints.run_task = queue(endpoints.run_task)
    get_user_model().objects.create_superuser(ACCOUNT[0], "", ACCOUNT[1])
    ca = CertificateAuthority.objects.get()
    trust = make_tls()
    server = make_server("127.0.0.1", 0, cutting(get_wsgi_application()), Server, Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(FOLDER / "tls.pem")
    # the handshake is the thread's that answers: who never begins one holds nobody up
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    note = {
        "port": server.server_port,
        "serial": ca.serial,
        "trusted": ca.pub.pem,
        "server_trusted": trust,
        "user": ACCOUNT[0],
        "password": ACCOUNT[1],
    }
    (FOLDER / "note.new").write_text(json.dumps(note))
    (FOLDER / "note.new").rename(FOLDER / "note.json")
    server.serve_forever()


main()
