"""The built-in authority as an EST server on loopback, with people who revoke at it."""

import shutil
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.serving import make_server

from portal.app import create_app
from portal.bootstrap import BUILTIN_CA, Portal, build
from portal.connectors.ca.builtin.setup import create_authority
from portal.connectors.ca.est.authority import EstAuthority
from portal.connectors.ca.est.opening import opened
from portal.domain.certificate import KeyAlgorithm, Revocation
from portal.domain.connector_kinds import ConnectorKind
from portal.domain.exchange_trust import as_pem
from portal.domain.outcomes import Done, Effect, Outcome, Waiting
from portal.ports.certificate_authority import CertificateOrder, IssuedCertificate, RevocationOrder, Revoked
from portal.ports.clock import Clock
from portal.ports.connectors import ConnectorValues
from portal.settings import Settings
from tests.support.foreign_pki import foreign_root, server_certificate
from tests.support.unhurried import unhurried


@contextmanager
def served(app: Flask, folder: Path) -> Iterator[tuple[int, str]]:
    """The portal behind TLS on loopback: its port, and who vouches for it in PEM, which lies in root.pem too."""
    root = foreign_root("TLS root")
    shown = server_certificate(root)
    (folder / "tls.pem").write_text(shown.key_pem + shown.pem)
    (folder / "root.pem").write_text(root.pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls.pem")
    server = make_server("127.0.0.1", 0, app, threaded=True, ssl_context=context)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.server_port, root.pem
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Line:
    """The line to a server: told so, it ends once, after an order was carried out and before anybody hears of it."""

    def __init__(self, application: Callable[..., Any]) -> None:
        self._application = application
        self.cut_next_order = False

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        said = self._application(environ, start)
        if self.cut_next_order and environ["REQUEST_METHOD"] == "POST":
            self.cut_next_order = False
            raise ConnectionAbortedError
        return said


@dataclass(frozen=True)
class EstPeer:
    """Where it is, the portal it is part of, and the line there."""

    portal: Portal
    values: ConnectorValues
    line: Line

    def connector(self, clock: Clock, **other: str) -> EstAuthority:
        secrets: dict[str, str] = {name: other.pop(name) for name in ("password", "key") if name in other}
        given = self.values
        values = ConnectorValues(given.kind, given.name, {**given.plain, **other}, {**given.secrets, **secrets})
        return unhurried(opened(values, clock))


@contextmanager
def an_est_peer(folder: Path, empty_file: Path) -> Iterator[EstPeer]:
    """A portal of its own that issues by its real time, over a copy of this database."""
    shutil.copy(empty_file, folder / "klyuchnik.db")
    settings = Settings.from_env({"KLYUCHNIK_DATA_DIR": str(folder)})
    portal = build(settings)
    ca = create_authority(portal.ca_place, BUILTIN_CA, subject=(("CN", "Peer"),), algorithm=KeyAlgorithm.EC_P256)
    password = portal.enrolling_accounts.add("portal", ["vpn", "signature"])
    app = create_app(settings, portal)
    line = Line(app.wsgi_app)
    app.wsgi_app = line  # type: ignore[method-assign,assignment]
    with served(app, folder) as (port, trust):
        address = f"https://127.0.0.1:{port}"
        typed = {
            "address": address,
            "profiles": "vpn\nsignature; sign",
            "user": "portal",
            "trusted": as_pem([ca.ca_certificate_der()]),
            "server_trusted": trust,
            "revocations": f"{address}/pki/{BUILTIN_CA}/crl",
            "poll_minutes": "5",
        }
        yield EstPeer(portal, ConnectorValues(ConnectorKind.CA_EST, "peer", typed, {"password": password}), line)
    portal.database.close()


@dataclass(frozen=True)
class HandsOn:
    """The connector, with people at the other end who revoke at once what they are waited for."""

    peer: EstPeer
    inner: EstAuthority

    def request(self, order: CertificateOrder) -> Outcome[IssuedCertificate]:
        return self.inner.request(order)

    def look_up(self, ticket: str) -> Outcome[IssuedCertificate]:
        return self.inner.look_up(ticket)

    def effect_of(self, order: CertificateOrder) -> Effect[IssuedCertificate]:
        return self.inner.effect_of(order)

    def revoke(self, order: RevocationOrder) -> Outcome[Revoked]:
        outcome = self.inner.revoke(order)
        if not isinstance(outcome, Waiting):
            return outcome
        authority = self.peer.portal.authorities.get(BUILTIN_CA)
        assert authority is not None
        assert isinstance(authority.revoke(order), Done)
        return self.inner.revoke(order)

    def status(self, serial: str) -> Revocation:
        return self.inner.status(serial)
