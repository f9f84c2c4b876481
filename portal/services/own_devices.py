"""What a holder does with his own device besides updating it: as far as its policy lets him."""

from dataclasses import dataclass
from typing import Final

from portal.db.queries.device_life import life_of
from portal.db.transaction import Database
from portal.domain.device import DeviceState
from portal.domain.device_life import RevocationReason
from portal.domain.errors import InvalidInput, PolicyForbids
from portal.domain.ids import DeviceId, OperationId, UpdateId
from portal.domain.self_service import SelfServiceRule
from portal.ports.token import Pin
from portal.services.device_life import DeviceLife
from portal.services.device_pins import DevicePins
from portal.services.self_service import demand_of_holder

#: The others are for those who keep the devices.
REPORTED: Final = (RevocationReason.LOST, RevocationReason.BROKEN, RevocationReason.COMPROMISED)


@dataclass(frozen=True, slots=True)
class OwnDevices:
    """Each raises PolicyForbids ``self_service`` when the policy keeps it from holders, else what the verb raises."""

    database: Database
    life: DeviceLife
    pins: DevicePins

    def demand(self, device: DeviceId, rule: SelfServiceRule) -> None:
        """Raise unless the holder may do this with the device; NotFound when there is none."""
        with self.database.read() as connection:
            demand_of_holder(connection, device, rule)

    def suspend(self, device: DeviceId, *, actor: str) -> OperationId:
        """Put the certificates of the device on hold."""
        self.demand(device, SelfServiceRule.SUSPEND)
        return self.life.disable(device, actor=actor)

    def resume(self, device: DeviceId, *, actor: str) -> OperationId:
        """Take one's own hold back; what somebody else switched off is his to switch on (``disabled_by_other``)."""
        self.demand(device, SelfServiceRule.SUSPEND)
        with self.database.read() as connection:
            life = life_of(connection, device)
        if life is not None and life.standing.state is DeviceState.DISABLED and life.disabled_by != actor:
            raise PolicyForbids("disabled_by_other")
        return self.life.enable(device, actor=actor)

    def report(self, device: DeviceId, reason: RevocationReason, *, actor: str, comment: str = "") -> OperationId:
        """Revoke a device that is lost, broken or in wrong hands; InvalidInput (field ``reason``) for other reasons."""
        self.demand(device, SelfServiceRule.REVOKE)
        if reason not in REPORTED:
            raise InvalidInput({"reason": "invalid"})
        return self.life.revoke(device, reason, actor=actor, comment=comment)

    def change_pin(self, device: DeviceId, old: Pin, new: Pin, *, actor: str) -> UpdateId:
        """Order a run that sets the new PIN."""
        self.demand(device, SelfServiceRule.CHANGE_PIN)
        return self.pins.change(device, old, new, actor=actor)
