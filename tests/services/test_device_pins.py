"""Changing and resetting a PIN: one try at most, no guess, nothing kept."""

from dataclasses import dataclass

import pytest

from portal.db.base import Base
from portal.db.models import DeviceSecret
from portal.domain.device import DeviceState
from portal.domain.errors import Conflict, InvalidInput, PolicyForbids
from portal.domain.ids import UpdateId
from portal.domain.outcomes import Refused, WaitingFor
from portal.domain.troubles import Trouble, why
from portal.domain.update_state import UpdateStatus
from portal.ports.token import Pin
from portal.services.device_pins import DevicePins
from tests.support.office import PIN, SERIAL, Office

NEW = "831056"
LOST_ANSWER = Refused(why(Trouble.TOKEN_REMOVED), permanent=False, whom=WaitingFor.TOKEN)


@dataclass
class Desk:
    """An office with somebody at the PINs."""

    office: Office

    @property
    def pins(self) -> DevicePins:
        office = self.office
        return DevicePins(office.database, office.clock, office.tickets, office.bell, office.so_pins)

    def change(self, old: str = PIN, new: str = NEW) -> UpdateId:
        return self.pins.change(self.office.device, Pin(old), Pin(new), actor="operator")

    def reset(self, new: str = NEW) -> UpdateId:
        return self.pins.reset(self.office.device, Pin(new), actor="operator")

    def keep_so_pin(self, pin: str | None = None) -> None:
        self.pins.keep_so_pin(self.office.device, Pin(pin or self.office.token.so_pin))

    def why(self, number: UpdateId) -> str:
        stored = self.office.row(number).why
        return str(stored["value"]["trouble"]) if stored else ""


@pytest.fixture
def desk(office: Office) -> Desk:
    return Desk(office)


def test_the_new_pin_is_set_and_neither_is_kept(desk: Desk) -> None:
    number = desk.change()
    assert desk.office.line.calls, "a worker was called"
    assert desk.office.advance(number) is UpdateStatus.COMPLETED
    assert desk.office.token.pin == NEW
    assert (desk.office.tickets.kept, desk.office.tickets.new) == ({}, {})
    assert desk.office.device_row().state is DeviceState.ISSUED
    assert desk.office.device_row().applied_policy_id is None, "a new PIN brings nothing in line with a policy"


def test_a_wrong_old_pin_spends_one_try_and_a_person_goes_on(desk: Desk) -> None:
    number = desk.change(old="999999")
    assert desk.office.advance(number) is UpdateStatus.WAITING
    assert (desk.office.token.wrong_tries, desk.office.row(number).waiting_for) == (1, WaitingFor.PIN)
    desk.office.enter_pin(number)
    assert desk.office.advance(number) is UpdateStatus.COMPLETED
    assert (desk.office.token.pin, desk.office.token.wrong_tries) == (NEW, 1)


def test_after_a_lost_answer_no_machine_guesses(desk: Desk) -> None:
    number = desk.change()
    desk.office.nature.lost["token.carry_out"] = [LOST_ANSWER]
    assert desk.office.advance(number) is UpdateStatus.WAITING
    assert desk.office.token.pin == NEW, "it was set, and nobody knows"
    desk.office.put(number, wake_at=desk.office.now)
    assert desk.office.advance(number) is UpdateStatus.WAITING
    assert (desk.office.token.wrong_tries, desk.why(number)) == (0, "pin_needed")
    desk.office.enter_pin(number, NEW)
    assert desk.office.advance(number) is UpdateStatus.COMPLETED
    assert desk.office.token.wrong_tries == 0


def test_when_the_new_pin_is_gone_the_one_in_force_is_named(desk: Desk) -> None:
    number = desk.change()
    desk.office.nature.lost["token.carry_out"] = [LOST_ANSWER]
    desk.office.advance(number)
    desk.office.clock.advance(minutes=11)
    desk.office.enter_pin(number, NEW)
    assert desk.office.advance(number) is UpdateStatus.FAILED
    assert (desk.why(number), desk.office.token.wrong_tries) == ("new_pin_lost", 0)


@pytest.mark.parametrize(
    ("new", "code"), [("8310", "pin_short"), ("1" * 8, "pin_trivial"), ("8" * 9 + "12345678", "pin_long")]
)
def test_the_policy_says_what_a_pin_is_like(desk: Desk, new: str, code: str) -> None:
    for order in (desk.change, desk.reset):
        with pytest.raises(InvalidInput) as caught:
            order(new=new)
        assert caught.value.fields == {"new_pin": code}
    assert not desk.office.tickets.kept


def test_two_people_at_once(desk: Desk) -> None:
    desk.change()
    with pytest.raises(Conflict) as caught:
        desk.pins.change(desk.office.device, Pin(PIN), Pin("910573"), actor="boris")
    assert (caught.value.code, caught.value.data["by"]) == ("update_running", "operator")


def test_a_locked_token_opens_again_with_a_pin_it_refused_before(desk: Desk) -> None:
    desk.office.token.tries = 0
    desk.office.tickets.remember_refused(SERIAL, Pin(NEW))
    desk.keep_so_pin()
    number = desk.reset()
    assert desk.office.advance(number) is UpdateStatus.COMPLETED
    assert (desk.office.token.pin, desk.office.token.tries) == (NEW, 10)
    assert not desk.office.tickets.was_refused(SERIAL, Pin(NEW))


def test_a_reset_needs_the_administrator_pin(desk: Desk) -> None:
    with pytest.raises(PolicyForbids) as caught:
        desk.reset()
    assert caught.value.code == "life_no_so_pin"


def test_a_wrong_administrator_pin_is_sent_once(desk: Desk) -> None:
    desk.keep_so_pin("00000000")
    for _time in range(2):
        number = desk.reset()
        assert desk.office.advance(number) is UpdateStatus.FAILED
        assert desk.why(number) == "so_pin_refused"
    assert desk.office.token.pin == PIN
    assert desk.office.token.so_tries == 1


def test_the_administrator_pin_lies_sealed(desk: Desk) -> None:
    desk.keep_so_pin("4929331700")
    with desk.office.database.read() as connection:
        row = connection.execute(DeviceSecret.__table__.select()).one()
    assert b"4929331700" not in row.so_pin
    found = desk.office.so_pins.open(SERIAL)
    assert found is not None
    assert found.reveal() == "4929331700"


def test_a_reset_whose_answer_was_lost_is_made_again(desk: Desk) -> None:
    desk.keep_so_pin()
    number = desk.reset()
    desk.office.nature.lost["token.carry_out"] = [LOST_ANSWER]
    assert desk.office.advance(number) is UpdateStatus.WAITING
    desk.office.put(number, wake_at=desk.office.now)
    assert desk.office.advance(number) is UpdateStatus.COMPLETED
    assert desk.office.token.pin == NEW


def test_no_pin_is_in_any_row(desk: Desk) -> None:
    desk.keep_so_pin("soqzwxecrv")
    marked = "qzwxecrv7"
    desk.office.advance(desk.change(new=marked))
    desk.office.advance(desk.reset(new=marked + "8"))
    with desk.office.database.read() as connection:
        rows = {table.name: repr(connection.execute(table.select()).all()) for table in Base.metadata.sorted_tables}
    assert [name for name, said in rows.items() if "qzwxecrv" in said] == []
