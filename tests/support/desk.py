"""An authority behind two folders whose people are at their desk: what is put out is worked off at once."""

import json
from dataclasses import dataclass
from pathlib import Path

from portal.connectors.ca.files.authority import FilesAuthority
from portal.connectors.ca.files.opening import opened
from portal.connectors.ca.files.suspending import SuspendingFiles
from portal.domain.certificate import Revocation
from portal.domain.connector_fields import ON
from portal.domain.connector_kinds import ConnectorKind
from portal.domain.outcomes import Effect, Outcome, Waiting
from portal.ports.certificate_authority import CertificateOrder, IssuedCertificate, Released, RevocationOrder, Revoked
from portal.ports.clock import Clock
from portal.ports.connectors import ConnectorValues
from tests.support.openssl_ca import OpensslCa


@dataclass(frozen=True)
class Desk:
    """The folders, and OpenSSL beside them."""

    folder: Path
    openssl: OpensslCa

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def into(self) -> Path:
        return self.folder / "in"

    def values(self, **other: str) -> ConnectorValues:
        typed = {
            "folder_out": str(self.out),
            "folder_in": str(self.into),
            "poll_minutes": "5",
            "profiles": "any",
            "trusted": self.openssl.trusted,
            "holds": ON,
            **other,
        }
        return ConnectorValues(ConnectorKind.CA_FILES, "desk", typed)

    def connector(self, clock: Clock, **other: str) -> FilesAuthority:
        return opened(self.values(**other), clock)

    def work(self) -> None:
        """Sign and revoke whatever was asked for; what was signed is taken away."""
        for request in self.out.glob("*.p10"):
            drawn = self.into / f".{request.stem}"
            self.openssl.sign(request, drawn)
            drawn.rename(self.into / f"{request.stem}.cer")
            request.unlink()
        for asked in self.out.glob("*.revoke.json"):
            said = json.loads(asked.read_text())
            self.openssl.revoke(said["serial"], said["reason"])
            asked.unlink()
        drawn = self.into / ".list"
        self.openssl.list_revoked(drawn)
        drawn.rename(self.into / "desk.crl")


def a_desk(folder: Path, gost: int = 0) -> Desk:
    """Folders and people; the authority signs by GOST with so many bits when told so."""
    desk = Desk(folder, OpensslCa(folder / "openssl", gost))
    desk.out.mkdir()
    desk.into.mkdir()
    return desk


@dataclass(frozen=True)
class Attended:
    """The connector with people who work off at once what they are waited for."""

    desk: Desk
    inner: FilesAuthority

    def request(self, order: CertificateOrder) -> Outcome[IssuedCertificate]:
        outcome = self.inner.request(order)
        if not isinstance(outcome, Waiting):
            return outcome
        self.desk.work()
        return self.inner.look_up(outcome.ticket)

    def look_up(self, ticket: str) -> Outcome[IssuedCertificate]:
        return self.inner.look_up(ticket)

    def effect_of(self, order: CertificateOrder) -> Effect[IssuedCertificate]:
        return self.inner.effect_of(order)

    def revoke(self, order: RevocationOrder) -> Outcome[Revoked]:
        outcome = self.inner.revoke(order)
        if not isinstance(outcome, Waiting):
            return outcome
        self.desk.work()
        return self.inner.revoke(order)

    def release(self, order: RevocationOrder) -> Outcome[Released]:
        assert isinstance(self.inner, SuspendingFiles)
        outcome = self.inner.release(order)
        if not isinstance(outcome, Waiting):
            return outcome
        self.desk.work()
        return self.inner.release(order)

    def status(self, serial: str) -> Revocation:
        return self.inner.status(serial)
