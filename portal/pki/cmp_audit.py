"""What programs of other people were given and had revoked, in the audit log: once for each certificate."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from portal.bootstrap import BUILTIN_CA, Portal
from portal.connectors.x509 import X509Reader
from portal.domain.audit import AuditTag
from portal.domain.outcomes import Done, Outcome
from portal.ports.certificate_authority import CertificateAuthority, IssuedCertificate, RevocationOrder
from portal.services.audit import AuditLog


@dataclass(frozen=True, slots=True)
class Book:
    """``actor`` is whoever is written down as the one who did it."""

    portal: Portal
    ca: CertificateAuthority
    actor: str

    def issuing(self, order_id: str, work: Callable[[], Outcome[IssuedCertificate]]) -> Outcome[IssuedCertificate]:
        """Have it done; written down when there was no certificate before and is one now."""
        known = self.portal.ca_place.store.order(BUILTIN_CA, order_id)
        outcome = work()
        if isinstance(outcome, Done) and (known is None or known.certificate is None):
            facts = X509Reader().certificate(outcome.reply.certificate)
            self._write(AuditTag.PROGRAM_CERTIFIED, order_id, serial=facts.serial, holder=facts.subject)
        return outcome

    def revoking(
        self, about: str, order: RevocationOrder, work: Callable[[RevocationOrder], Outcome[Any]]
    ) -> Outcome[Any]:
        """Have it done; written down when the certificate stands otherwise than before."""
        before = self.ca.status(order.serial)
        outcome = work(order)
        if isinstance(outcome, Done) and self.ca.status(order.serial) is not before:
            self._write(AuditTag.PROGRAM_REVOKED, about, serial=order.serial, reason=order.reason)
        return outcome

    def _write(self, tag: AuditTag, order_id: str, **particulars: str) -> None:
        log = AuditLog(self.portal.database, self.portal.clock)
        log.record(tag, actor=self.actor[:100], subject=f"order:{order_id}", **particulars)
