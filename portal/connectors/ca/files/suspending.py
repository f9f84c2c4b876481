"""An authority behind two folders whose people put certificates on hold and take that back."""

from portal.connectors.ca.answering import answered
from portal.connectors.ca.files.authority import FilesAuthority, reached
from portal.connectors.ca.revocations import RELEASE
from portal.domain.outcomes import Outcome
from portal.ports.certificate_authority import Released, RevocationOrder, Revoked


class SuspendingFiles(FilesAuthority):
    """Implements Suspender besides."""

    __slots__ = ()

    def release(self, order: RevocationOrder) -> Outcome[Released]:
        return answered(lambda: reached(lambda: self._released(order.serial)))

    def _revoked(self, order: RevocationOrder) -> Revoked:
        return self._ended(order)

    def _released(self, serial: str) -> Released:
        self._carried_out(serial, RELEASE)
        return Released(self.clock.now())
