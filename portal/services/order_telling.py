"""Telling an authority or a register what a device's operation orders; telling it twice does no harm."""

from dataclasses import dataclass, field

from portal.db.models import OrderKind
from portal.domain.errors import OutsideUnavailable
from portal.domain.outcomes import Outcome, Refused
from portal.domain.policy import Register
from portal.domain.troubles import Trouble, why
from portal.ports.certificate_authority import Authorities, RevocationOrder, Suspender
from portal.ports.device_descriptions import DeviceDescriptions, Plain
from portal.ports.device_register import DeviceRegisters


@dataclass(frozen=True, slots=True)
class Order:
    """One order as it was written down. ``device`` is the token's serial number, ``serial`` the certificate's."""

    id: int
    kind: OrderKind
    target: str
    serial: str
    reason: str
    device: str
    login: str


@dataclass(frozen=True, slots=True)
class OrderTeller:
    """The doors to everybody who has to be told."""

    authorities: Authorities
    registers: DeviceRegisters
    describe: DeviceDescriptions = field(default_factory=Plain)

    def tell(self, order: Order) -> Outcome[object]:
        """Tell it, and answer what was said."""
        return self._register(order) if order.kind.of_register else self._authority(order)

    def _authority(self, order: Order) -> Outcome[object]:
        try:
            authority = self.authorities.get(order.target)
        except OutsideUnavailable:
            return Refused(why(Trouble.CA_UNAVAILABLE, order.target), permanent=False)
        if authority is None:
            return Refused(why(Trouble.CA_UNKNOWN, order.target), permanent=True)
        told = RevocationOrder(f"life-{order.id}", order.serial, order.reason)
        if order.kind is OrderKind.REVOKE:
            return authority.revoke(told)
        door: object = authority
        if not isinstance(door, Suspender):
            return Refused(why(Trouble.CA_REFUSED, "no_hold", about=order.target), permanent=True)
        return door.release(told) if order.kind is OrderKind.RELEASE else authority.revoke(told)

    def _register(self, order: Order) -> Outcome[object]:
        register = self.registers.get(Register(order.target))
        if register is None:
            return Refused(why(Trouble.REGISTER_UNAVAILABLE, order.target), permanent=False)
        told = self.describe.order(f"life-{order.id}", order.device, order.login)
        match order.kind:
            case OrderKind.REGISTER:
                return register.register(told)
            case OrderKind.SUSPEND:
                return register.suspend(told)
            case OrderKind.RESUME:
                return register.resume(told)
            case _:
                return register.withdraw(told)
