"""The PIN of a run: given once, back in its ticket only after the token has accepted it."""

from portal.domain.ids import UpdateId
from portal.domain.troubles import Trouble, why
from portal.ports.token import Pin
from portal.services.pin_source import RunPins
from tests.fakes.tickets import FakeTickets
from tests.support.clock import FrozenClock
from tests.support.office import Tickets

UPDATE = UpdateId(7)
SERIAL = "00a1"


def tickets_with(pin: str) -> FakeTickets:
    tickets = FakeTickets(FrozenClock())
    tickets.keep(UPDATE, SERIAL, Pin(pin))
    return tickets


def test_the_ticket_ends_before_the_pin_is_tried() -> None:
    tickets = tickets_with("1234")
    given = RunPins(tickets, UPDATE, SERIAL).pin()
    assert given is not None
    assert given.reveal() == "1234"
    assert not tickets.alive(UPDATE)  # a work-horse that dies now leaves nothing to try a second time


def test_an_accepted_pin_may_be_used_again_after_a_crash() -> None:
    tickets = tickets_with("1234")
    pins = RunPins(tickets, UPDATE, SERIAL)
    pins.pin()
    pins.accepted()
    again = RunPins(tickets, UPDATE, SERIAL).pin()
    assert again is not None
    assert again.reveal() == "1234"


def test_a_refused_pin_is_never_given_again_even_when_a_person_enters_it_again() -> None:
    tickets = tickets_with("0000")
    pins = RunPins(tickets, UPDATE, SERIAL)
    pins.pin()
    pins.refused()
    assert pins.pin() is None
    tickets.keep(UPDATE, SERIAL, Pin("0000"))
    second = RunPins(tickets, UPDATE, SERIAL)
    assert second.pin() is None
    assert second.explain(why(Trouble.PIN_NEEDED)).trouble is Trouble.PIN_REPEATED
    assert not tickets.alive(UPDATE)


def test_a_run_that_waits_for_a_pin_leaves_no_ticket() -> None:
    tickets = tickets_with("1234")
    RunPins(tickets, UPDATE, SERIAL).end()
    assert not tickets.alive(UPDATE)


def test_while_tickets_cannot_be_reached_there_is_no_pin_and_none_is_lost() -> None:
    tickets = Tickets(FrozenClock())
    tickets.keep(UPDATE, SERIAL, Pin("1234"))
    tickets.keep_new(UPDATE, SERIAL, Pin("831056"))
    pins = RunPins(tickets, UPDATE, SERIAL)
    tickets.away = True
    assert (pins.pin(), pins.new_pin()) == (None, None)
    tickets.away = False
    given = [pin.reveal() for pin in (pins.pin(), pins.new_pin()) if pin is not None]
    assert given == ["1234", "831056"]
