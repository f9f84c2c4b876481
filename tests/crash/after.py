"""What is left after the blow: the update carried to its end, and what the token and the CA hold."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import portal.connectors.token.gateway  # noqa: F401  loaded before the fork, the library itself after it
from portal.connectors.ca.builtin.store import CaStore
from portal.connectors.ca.builtin.tables import ORDERS, REVOCATIONS
from portal.domain.contents import TokenContents
from portal.domain.ids import UpdateId
from portal.domain.outcomes import Absent
from portal.domain.policy import Register
from portal.domain.update_state import UpdateStatus
from portal.ports.device_register import DeviceRegister
from portal.ports.token import Pin, ReadContents
from portal.services.step_context import Outside
from tests.crash.before import NONCE, done
from tests.crash.place import PIN_OF_ALL, Place
from tests.crash.work import runner
from tests.support.pins import Pins

ROUNDS: Final = 12
#: Certificates of this update in the CA's ledger, not those it needs for itself.
ORDERED: Final = ORDERS.c.order_id.startswith(f"{NONCE}-") & ORDERS.c.certificate.is_not(None)


@dataclass(frozen=True, slots=True)
class Found:
    """What the last process saw."""

    at_the_blow: TokenContents
    at_the_end: TokenContents
    status: UpdateStatus
    orders: dict[str, str]
    revoked: frozenset[str]
    registers: frozenset[Register]


def resumed(place: Place) -> Found:
    """Look at the token as the blow left it, carry the update to its end, look again."""
    struck_at = contents_of(place, place.outside())
    status = UpdateStatus.RUNNING
    for later in range(2, ROUNDS):
        outside = place.outside(ahead=later * timedelta(minutes=10))
        outside.tickets.keep(UpdateId(place.update), place.serial, Pin(PIN_OF_ALL))
        status = place.ledger().row(UpdateId(place.update)).status
        if not status.active:
            break
        place.ledger().wake(UpdateId(place.update), outside.clock.now())
        runner(place, outside).advance(UpdateId(place.update))
    return look(place, struck_at, status)


def look(place: Place, struck_at: TokenContents, status: UpdateStatus) -> Found:
    outside = place.outside()
    with CaStore(f"sqlite:///{place.folder}/ca.db")._engine.connect() as connection:
        orders = {row.order_id: row.serial for row in connection.execute(ORDERS.select().where(ORDERED))}
        revoked = frozenset(row.serial for row in connection.execute(REVOCATIONS.select()))
    kinds = ((kind, outside.registers.get(kind)) for kind in Register)
    known = frozenset(kind for kind, register in kinds if register and not _unknown(register, place.serial))
    return Found(struck_at, contents_of(place, outside), status, orders, revoked, known)


def _unknown(register: DeviceRegister, serial: str) -> bool:
    return isinstance(register.known(serial), Absent)


def contents_of(place: Place, outside: Outside) -> TokenContents:
    with outside.desk.gateway(place.serial, Pins(PIN_OF_ALL)) as gateway:
        contents = done(gateway.carry_out(ReadContents())).contents
    assert contents is not None
    return contents
