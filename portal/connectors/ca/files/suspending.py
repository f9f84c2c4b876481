"""An authority behind two folders whose people put certificates on hold and take that back."""

from portal.connectors.ca.answering import RELEASE, answered
from portal.connectors.ca.files.authority import FilesAuthority, reached
from portal.domain.outcomes import Outcome
from portal.ports.certificate_authority import Released, RevocationOrder


class SuspendingFiles(FilesAuthority):
    """Implements Suspender besides."""

    __slots__ = ()
    holds = True

    def release(self, order: RevocationOrder) -> Outcome[Released]:
        return answered(lambda: reached(lambda: self._released(order.serial)))

    def _released(self, serial: str) -> Released:
        self._carried_out(serial, RELEASE)
        return Released(self.clock.now())
