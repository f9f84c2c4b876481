"""An authority behind EST. Asked again it might issue again: a lost answer is for a person to settle."""

from base64 import encodebytes
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import quote

from cryptography import x509

from portal.connectors.ca.answering import (
    answered,
    deciding,
    expected,
    given,
    lost_order,
    refused,
    settled,
    wanted_key,
)
from portal.connectors.ca.believing import believed
from portal.connectors.ca.certificates import certificates_of
from portal.connectors.ca.listed import Listed
from portal.connectors.http import Reply, Server
from portal.domain.certificate import Revocation
from portal.domain.connectors.est import UNLABELLED
from portal.domain.outcomes import Effect, Outcome
from portal.ports.certificate_authority import CertificateOrder, IssuedCertificate, RevocationOrder, Revoked
from portal.ports.clock import Clock

_OK: Final = 200
_ACCEPTED: Final = 202
_REFUSALS: Final = frozenset({400, 404, 405, 413, 415, 422})
_BODY: Final = {"Content-Type": "application/pkcs10", "Content-Transfer-Encoding": "base64"}
_LONGEST: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class EstAuthority:
    """``anchors`` are the certificates an issued one must lead to."""

    server: Server
    anchors: tuple[x509.Certificate, ...]
    listed: Listed
    clock: Clock
    poll: timedelta

    def request(self, order: CertificateOrder) -> Outcome[IssuedCertificate]:
        return answered(lambda: self._ordered(order))

    def look_up(self, ticket: str) -> Outcome[IssuedCertificate]:
        """Only the whole order can be asked about: see ``ask_again``."""
        return answered(lambda: _never(ticket))

    def ask_again(self, order: CertificateOrder) -> Outcome[IssuedCertificate]:
        return answered(lambda: self._ordered(order))

    def effect_of(self, order: CertificateOrder) -> Effect[IssuedCertificate]:
        return settled(lambda: _lost(order.order_id))

    def revoke(self, order: RevocationOrder) -> Outcome[Revoked]:
        return answered(lambda: self.listed.revoked(order))

    def status(self, serial: str) -> Revocation:
        return self.listed.state(serial)

    def authorities(self) -> tuple[bytes, ...]:
        """The certificates the server says are its authority's; raises Stopped, NoAnswer or NotBelieved."""
        return certificates_of(expected(self.server.ask("GET", _path("", "cacerts")), _OK).body)

    def attributes(self) -> int:
        """How the server answers when it is asked what requests should hold; raises NoAnswer."""
        return self.server.ask("GET", _path("", "csrattrs")).status

    def _ordered(self, order: CertificateOrder) -> IssuedCertificate:
        wanted = wanted_key(order.request)
        path, body = _path(order.template, "simpleenroll"), encodebytes(order.request)
        reply = given(lambda: self.server.ask("POST", path, body, _BODY))
        if reply.status == _ACCEPTED:
            raise deciding(order.order_id, self._again(reply))
        if reply.status in _REFUSALS:
            raise refused("said_no", f"HTTP {reply.status}: {reply.body[:120].decode(errors='replace')}")
        sent = certificates_of(expected(reply, _OK).body)
        return believed(wanted, sent, self.anchors, self.clock.now())

    def _again(self, reply: Reply) -> datetime:
        """When it wants to be asked again, within reason."""
        now, said = self.clock.now(), reply.headers.get("retry-after", "")
        try:
            asked = timedelta(seconds=int(said)) if said.isdigit() else parsedate_to_datetime(said) - now
        except (ValueError, TypeError, OverflowError):
            asked = self.poll
        return now + min(max(asked, timedelta(seconds=1)), _LONGEST)


def _path(template: str, operation: str) -> str:
    label = "" if template in {"", UNLABELLED} else f"/{quote(template, safe='')}"
    return f"/.well-known/est{label}/{operation}"


def _never(ticket: str) -> IssuedCertificate:
    raise refused("unknown_ticket", ticket)


def _lost(order_id: str) -> IssuedCertificate | None:
    raise lost_order(order_id)
