"""Run an OpenID provider on loopback: people, a client, TLS; says where it is in a note when it listens.

serve.py FOLDER
"""

import datetime as dt
import ipaddress
import json
import os
import socketserver
import ssl
import sys
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

FOLDER = Path(sys.argv[1])
CLIENT = ("portal-client", "secret of the portal")
PASSWORD = "correct horse battery"
#: Login and groups.
PEOPLE = {"i.vorontsov": ("Хозяева",), "m.belyaeva": (), "nobody": ()}


class Server(socketserver.ThreadingMixIn, WSGIServer):
    """Answers several at once."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Somebody went away."""


class Handler(WSGIRequestHandler):
    """Behind TLS; says nothing of what is asked."""

    def get_environ(self) -> dict[str, Any]:
        """With the scheme it is asked by."""
        return {**super().get_environ(), "HTTPS": "on"}

    def log_message(self, *_args: object) -> None:
        """Nobody reads it."""


def make_keys() -> str:
    """The key that signs, and a certificate for this machine, told in PEM."""
    signing = rsa.generate_private_key(65537, 2048)
    plain = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (FOLDER / "signing.pem").write_bytes(signing.private_bytes(*plain))
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=30))
    certificate = builder.add_extension(names, critical=False).sign(key, SHA256())
    (FOLDER / "tls.pem").write_bytes(key.private_bytes(*plain) + certificate.public_bytes(Encoding.PEM))
    return certificate.public_bytes(Encoding.PEM).decode()


def fill() -> None:
    """People, and a client that is told where to come back to by a file of the test."""
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group
    from oauth2_provider.models import get_application_model

    for login, groups in PEOPLE.items():
        person = get_user_model().objects.create_user(login, f"{login}@example.org", PASSWORD)
        person.groups.set([Group.objects.get_or_create(name=group)[0] for group in groups])
    get_application_model().objects.create(
        name="Portal",
        client_id=CLIENT[0],
        client_secret=CLIENT[1],
        client_type="confidential",
        authorization_grant_type="authorization-code",
        redirect_uris=os.environ["PEER_BACK"],
        post_logout_redirect_uris=os.environ["PEER_OUT"],
        algorithm="RS256",
        skip_authorization=True,
    )


def main() -> None:
    """Set up and serve."""
    os.environ["PEER_FOLDER"] = str(FOLDER)
    os.environ["DJANGO_SETTINGS_MODULE"] = "provider_settings"
    os.environ["PEER_BACK"], os.environ["PEER_OUT"] = sys.argv[2:4]
    trust = make_keys()
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from django.core.wsgi import get_wsgi_application

    fill()
    server = make_server("127.0.0.1", 0, get_wsgi_application(), Server, Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(FOLDER / "tls.pem")
    # the handshake is the thread's that answers: who never begins one holds nobody up
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    note = {
        "issuer": f"https://127.0.0.1:{server.server_port}/o",
        "trusted": trust,
        "client": CLIENT[0],
        "secret": CLIENT[1],
        "password": PASSWORD,
    }
    (FOLDER / "note.new").write_text(json.dumps(note))
    (FOLDER / "note.new").rename(FOLDER / "note.json")
    server.serve_forever()


main()
