"""An authority by CMP that puts certificates on hold and takes that back; people say of which that is true."""

from portal.connectors.ca.answering import RELEASE, answered, refused
from portal.connectors.ca.cmp.authority import CmpAuthority
from portal.connectors.ca.cmp.revoking import was_revoked
from portal.domain.outcomes import Outcome
from portal.ports.certificate_authority import Released, RevocationOrder


class SuspendingCmp(CmpAuthority):
    """Implements Suspender besides."""

    __slots__ = ()
    holds = True

    def release(self, order: RevocationOrder) -> Outcome[Released]:
        return answered(lambda: self._released(order.serial))

    def _released(self, serial: str) -> Released:
        """Only its yes counts: a list that does not show the hold may be older than that."""
        if was_revoked(self._told_of(serial, RELEASE)):
            raise refused("revoked_for_good", serial)
        return Released(self.talk.clock.now())
