"""The PIN of a run that waits for one: tried once, never the same again, and none while tickets are away."""

from portal.domain.errors import OutsideUnavailable
from portal.domain.ids import UpdateId
from portal.domain.outcomes import WaitingFor
from portal.domain.troubles import Trouble, why
from portal.domain.update_state import UpdateStatus
from portal.ports.token import Pin
from portal.services.pin_source import RunPins
from tests.fakes.tickets import FakeTickets
from tests.support.clock import FrozenClock
from tests.support.engine import PIN, SERIAL, UPDATE, WHOLE_ISSUE, Engine


def test_a_wrong_pin_is_tried_once_and_never_again() -> None:
    engine = Engine(WHOLE_ISSUE)
    engine.enter_pin("9999")
    assert engine.advance() is UpdateStatus.WAITING
    assert (engine.row.waiting_for, engine.token.wrong_tries) == (WaitingFor.PIN, 1)
    assert not engine.tickets.alive(UPDATE)
    engine.enter_pin("9999")
    engine.wake()
    engine.advance()
    assert engine.token.wrong_tries == 1
    assert engine.row.why == why(Trouble.PIN_REPEATED)
    engine.enter_pin()
    engine.wake()
    assert engine.advance() is UpdateStatus.COMPLETED


def test_without_a_ticket_it_waits_for_the_pin() -> None:
    engine = Engine(WHOLE_ISSUE)
    engine.tickets.destroy(UPDATE)
    engine.advance()
    assert engine.row.why == why(Trouble.PIN_NEEDED)


class Unreachable(FakeTickets):
    """Redis is away."""

    def keep(self, update: UpdateId, serial: str, pin: Pin) -> None:
        raise OutsideUnavailable("redis_unavailable")

    def take(self, update: UpdateId, serial: str) -> Pin | None:
        raise OutsideUnavailable("redis_unavailable")

    def destroy(self, update: UpdateId) -> None:
        raise OutsideUnavailable("redis_unavailable")


def test_unreachable_tickets_are_no_pin() -> None:
    pins = RunPins(Unreachable(FrozenClock()), UPDATE, SERIAL)
    assert pins.pin() is None
    pins.accepted()
    pins.refused()
    pins.end()


def test_an_accepted_pin_survives_tickets_that_went_away() -> None:
    tickets = FakeTickets(FrozenClock())
    tickets.keep(UPDATE, SERIAL, Pin(PIN))
    pins = RunPins(tickets, UPDATE, SERIAL)
    assert pins.pin() is not None
    pins._tickets = Unreachable(FrozenClock())
    pins.accepted()
    pins.wipe()
    pins.wipe()
