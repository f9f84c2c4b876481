"""The built-in authority as a CMP server on loopback, and OpenSSL's program as a client of other people."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding
from flask import Flask

from portal.app import create_app
from portal.bootstrap import BUILTIN_CA, Portal, build
from portal.connectors.ca.builtin.authority import BuiltinAuthority
from portal.connectors.ca.builtin.setup import create_authority
from portal.connectors.ca.builtin.tables import ApprovalState
from portal.connectors.ca.cmp.authority import CmpAuthority
from portal.connectors.ca.cmp.opening import opened
from portal.domain.certificate import KeyAlgorithm
from portal.domain.connector_fields import ON
from portal.domain.connector_kinds import ConnectorKind
from portal.domain.exchange_trust import as_pem
from portal.ports.clock import Clock
from portal.ports.connectors import ConnectorValues
from portal.settings import Settings
from tests.support.est_peer import served
from tests.support.processes import find_program
from tests.support.unhurried import patient

ACCOUNT: Final = "router"


@dataclass(frozen=True)
class CmpPeer:
    """Where it is, the portal it is part of, and the secret of its only account."""

    portal: Portal
    ca: BuiltinAuthority
    address: str
    trust: str
    secret: str
    folder: Path
    app: Flask

    @property
    def values(self) -> ConnectorValues:
        """How the portal is connected to it as to any other."""
        typed = {
            "address": f"{self.address}/.well-known/cmp/p",
            "profiles": "vpn\nsignature; sign",
            "profile_in": "address",
            "reference": ACCOUNT,
            "trusted": as_pem([self.ca.ca_certificate_der()]),
            "server_trusted": self.trust,
            "revocations": f"{self.address}/pki/{BUILTIN_CA}/crl",
            "remembers": ON,
            "holds": ON,
            "answer_seconds": "30",
            "poll_minutes": "5",
        }
        return ConnectorValues(ConnectorKind.CA_CMP, "peer", typed, {"secret": self.secret})

    def connector(self, clock: Clock, **other: str) -> CmpAuthority:
        """Our client, patient."""
        given = self.values
        secrets: dict[str, str] = {name: other.pop(name) for name in ("secret", "key") if name in other}
        return unhurried_cmp(
            ConnectorValues(given.kind, given.name, {**given.plain, **other}, {**given.secrets, **secrets}), clock
        )

    def command(self, *arguments: str, secret: str = "", label: str = "vpn", timeout: str = "120") -> list[str]:
        """``openssl cmp`` for the folder; with the secret unless it signs with a certificate."""
        (self.folder / "secret").write_text(secret or self.secret)
        proof = () if "-cert" in arguments else ("-ref", ACCOUNT, "-secret", "file:secret")
        way = ("-server", f"{self.address}/.well-known/cmp/p/{label}", "-no_proxy", "127.0.0.1")
        trust = ("-tls_used", "-tls_trusted", "root.pem", "-trusted", "ca.pem")
        program = str(find_program("openssl"))
        return [program, "cmp", "-config", "", *way, *trust, "-msg_timeout", timeout, *proof, *arguments]

    def client(self, *arguments: str, secret: str = "", label: str = "vpn") -> str:
        """Run it; what it says, and at the end ``done`` or ``failed``."""
        command = self.command(*arguments, secret=secret, label=label)
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=180, check=False)
        return f"{done.stdout}{done.stderr}\n{'failed' if done.returncode else 'done'}"

    def decide(self, *, approve: bool) -> None:
        """The approver's word on what waits."""
        (asked,) = self.portal.ca_place.store.open_requests(BUILTIN_CA)
        state = ApprovalState.APPROVED if approve else ApprovalState.REFUSED
        self.portal.ca_place.store.close_request(BUILTIN_CA, asked.order_id, state=state, comment="не сегодня")


def unhurried_cmp(values: ConnectorValues, clock: Clock) -> CmpAuthority:
    """A connector that waits as long as a busy machine takes."""
    ca = opened(values, clock)
    lists = ca.listed.server
    listed = replace(ca.listed, server=patient(lists) if lists else None)
    return replace(ca, talk=replace(ca.talk, server=patient(ca.talk.server)), listed=listed)


@contextmanager
def a_cmp_peer(folder: Path, empty_file: Path) -> Iterator[CmpPeer]:
    """A portal of its own that issues by its real time, over a copy of this database."""
    shutil.copy(empty_file, folder / "klyuchnik.db")
    settings = Settings.from_env({"KLYUCHNIK_DATA_DIR": str(folder)})
    portal = build(settings)
    create_authority(portal.ca_place, BUILTIN_CA, subject=(("CN", "Peer"),), algorithm=KeyAlgorithm.EC_P256)
    secret = portal.enrolling_accounts.add(ACCOUNT, ["vpn", "signature"], messages=True)
    ca = portal.authorities.get(BUILTIN_CA)
    assert isinstance(ca, BuiltinAuthority)
    (folder / "ca.pem").write_text(ca.identity.certificate.public_bytes(Encoding.PEM).decode())
    app = create_app(settings, portal)
    with served(app, folder) as (port, trust):
        yield CmpPeer(portal, ca, f"https://127.0.0.1:{port}", trust, secret, folder, app)
    portal.database.close()
