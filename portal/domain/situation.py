"""What every line of a plan is decided from."""

from dataclasses import dataclass
from datetime import datetime

from portal.domain.certificate import ManagedCertificate, Purpose, Revocation
from portal.domain.device import Device
from portal.domain.plan_items import Choices
from portal.domain.policy import DeviceUsagePolicy


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything a line of the plan is decided from."""

    device: Device
    policy: DeviceUsagePolicy
    choices: Choices
    now: datetime

    def guarded(self, certificate: ManagedCertificate) -> bool:
        """Whether its key is perhaps the only one that opens old mail, and nobody gave it up."""
        if certificate.template.purpose is not Purpose.ENCRYPT or certificate.escrow:
            return False
        given_up = certificate.fingerprint in self.choices.drop_history
        return not given_up and not self.device.key_gone(certificate.key_id)

    def revocable(self, certificate: ManagedCertificate) -> bool:
        """Whether revoking it at the CA still means something."""
        return certificate.revocation is not Revocation.REVOKED and not certificate.expired(self.now)
