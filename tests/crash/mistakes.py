"""What a CA may get wrong, done by the real built-in authority on its real database and key."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from portal.connectors.authorities import ConfiguredAuthorities
from portal.connectors.ca.builtin.authority import BuiltinAuthority
from portal.connectors.ca.builtin.setup import open_authority
from portal.connectors.ca.builtin.store import CaStore
from portal.connectors.ca.builtin.tables import ORDERS
from portal.connectors.ca.builtin.templates import TEMPLATES, CaTemplate
from portal.connectors.clock import ShiftedClock
from portal.domain.certificate import Revocation
from portal.domain.ids import UpdateId
from portal.domain.outcomes import Effect, Outcome
from portal.domain.update_state import StepStatus, UpdateStatus
from portal.domain.update_steps import StepKind
from portal.ports.certificate_authority import (
    CertificateAuthority,
    CertificateOrder,
    IssuedCertificate,
    RevocationOrder,
    Revoked,
)
from portal.ports.journal import StepRecord
from portal.ports.token import Pin
from portal.services.boundaries import Boundary
from portal.services.step_context import Outside
from tests.crash.place import CA_NAME, PIN_OF_ALL, Place
from tests.crash.work import runner, trouble
from tests.support.issuing import ready_key
from tests.support.pki import a_place, a_request

Spoil = Callable[[CertificateOrder], CertificateOrder]


@dataclass(frozen=True, slots=True)
class Mistaken:
    """The authority takes every order for another one; the rest it does as ever."""

    right: BuiltinAuthority
    spoil: Spoil

    def request(self, order: CertificateOrder) -> Outcome[IssuedCertificate]:
        return self.right.request(self.spoil(order))

    def look_up(self, ticket: str) -> Outcome[IssuedCertificate]:
        return self.right.look_up(ticket)

    def effect_of(self, order: CertificateOrder) -> Effect[IssuedCertificate]:
        return self.right.effect_of(self.spoil(order))

    def revoke(self, order: RevocationOrder) -> Outcome[Revoked]:
        return self.right.revoke(order)

    def status(self, serial: str) -> Revocation:
        return self.right.status(serial)


def another_key(order: CertificateOrder) -> CertificateOrder:
    return replace(order, request=a_request(ready_key("p256", number=11)))


def another_person(order: CertificateOrder) -> CertificateOrder:
    return replace(order, subject=(("CN", "Петров Пётр"),))


def _brief(templates: Mapping[str, CaTemplate]) -> Mapping[str, CaTemplate]:
    """Certificates begin five minutes ago: these have ended by now."""
    return {name: replace(template, validity=timedelta(minutes=-4)) for name, template in templates.items()}


#: The orders it confuses, how far its clock is from ours, and what it makes of its templates.
CONFUSED: Final[Mapping[str, Spoil]] = {"another key": another_key, "another person": another_person}
CLOCKS: Final = {"not valid yet": timedelta(days=1)}
SETTINGS: Final = {"not valid any more": _brief(TEMPLATES), "no such template": {}}
MISTAKES: Final = (*CONFUSED, *CLOCKS, *SETTINGS)


def _authority(place: Place, mistake: str, outside: Outside) -> Outside:
    """The same doors, but for an authority that makes this mistake."""
    clock = ShiftedClock(CLOCKS.get(mistake, timedelta()))
    where = a_place(f"sqlite:///{place.folder}/ca.db", place.folder / "ca", clock)
    where = replace(where, templates=SETTINGS.get(mistake, TEMPLATES))

    def opened() -> BuiltinAuthority | Mistaken | None:
        right = open_authority(where, CA_NAME)
        return Mistaken(right, CONFUSED[mistake]) if right and mistake in CONFUSED else right

    return replace(outside, authorities=ConfiguredAuthorities({CA_NAME: opened}))


def misled(place: Place, mistake: str, number: int) -> tuple[UpdateStatus | None, str]:
    """Carry the update; the authority makes the mistake at the order with this number, counted from one."""
    outside = place.outside()
    outside.tickets.keep(UpdateId(place.update), place.serial, Pin(PIN_OF_ALL))
    orders: list[int] = []
    wrong = _authority(place, mistake, outside).authorities
    right = outside.authorities

    class Turning:
        """The right one until its turn has come."""

        def get(self, name: str) -> CertificateAuthority | None:
            return (wrong if len(orders) == number else right).get(name)

    def observe(boundary: Boundary, record: StepRecord) -> None:
        going = boundary is Boundary.AFTER_INTENT and record.status is StepStatus.INTENDED
        if going and record.step.kind is StepKind.REQUEST_CERTIFICATE:
            orders.append(record.seq)

    engine = runner(place, replace(outside, authorities=Turning()), observe)
    return engine.advance(UpdateId(place.update)), trouble(place)


def forget(place: Place, order_id: str) -> None:
    """Let the authority's database lose an order, as after a restored backup."""
    with CaStore(f"sqlite:///{place.folder}/ca.db")._engine.begin() as connection:
        assert connection.execute(ORDERS.delete().where(ORDERS.c.order_id == order_id)).rowcount == 1
