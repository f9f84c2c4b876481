"""Registers that are away or refuse: the update ends, and telling them goes on without the token until they take it."""

from typing import Any

import pytest

from portal.db import register_book
from portal.db.models import OrderKind, OrderStatus
from portal.domain.device import DeviceState
from portal.domain.errors import Conflict
from portal.domain.facts import DeviceRegistered, RegisterOwed
from portal.domain.outcomes import Refused
from portal.domain.policy import Register
from portal.domain.troubles import Trouble, why
from portal.domain.update_state import UpdateStatus
from portal.services.device_descriptions import Descriptions
from tests.fakes.register import FakeRegister
from tests.support.office import SERIAL, Office
from tests.support.register_bureau import Bureau

AWAY = Refused(why(Trouble.REGISTER_UNAVAILABLE), permanent=False)
NEVER = Refused(why(Trouble.REGISTER_REFUSED, "owner_unknown"), permanent=True)
KINDS = pytest.mark.parametrize("kind", list(Register), ids=[kind.value for kind in Register])


class Desk(Bureau):
    """With a register that is what a test makes of it."""

    def __init__(self, office: Office, kind: Register) -> None:
        self.register = FakeRegister(office.nature)
        super().__init__(office, kind, self.register)


@pytest.fixture
def bureau(office: Office) -> Desk:
    return Desk(office, Register.CONTRACT)


@KINDS
def test_a_life_in_step_with_a_register(office: Office, kind: Register) -> None:
    bureau = Desk(office, kind)
    assert bureau.update() is UpdateStatus.COMPLETED
    assert (bureau.register.devices, bureau.result()) == ({SERIAL}, ("register", "done"))
    bureau.life.disable(bureau.device, actor="operator")
    bureau.sweep()
    assert (bureau.register.inactive, bureau.result()) == ({SERIAL}, ("suspend", "done"))
    bureau.life.enable(bureau.device, actor="operator")
    bureau.sweep()
    assert (bureau.register.inactive, bureau.result()) == (set(), ("resume", "done"))
    bureau.switch(on=False)
    assert bureau.planned(), "the register still knows it"
    bureau.switch(on=True)
    bureau.revoke()
    bureau.sweep()
    assert (bureau.register.devices, bureau.result()) == (set(), ("withdraw", "done"))


@KINDS
def test_a_register_that_is_down_for_an_hour_is_told_without_the_token(office: Office, kind: Register) -> None:
    bureau = Desk(office, kind)
    bureau.troubles["register.register"] = [AWAY] * 100
    assert bureau.update() is UpdateStatus.COMPLETED, "the certificates are done and shown as done"
    touched, tries = len(office.ca.ledger), len(bureau.troubles["register.register"])
    office.token.plugged = False
    office.watch.tokens.clear()
    assert (office.device_row().need, bureau.planned()) == (0, False), "not due: it is on its way"
    assert bureau.result() == ("register", "pending")
    for _minute in range(60):
        bureau.sweep(minutes=1)
    assert 5 < tries - len(bureau.troubles["register.register"]) < 30, "with growing pauses"
    bureau.troubles["register.register"].clear()
    bureau.sweep(minutes=6)
    assert (bureau.register.devices, bureau.result()) == ({SERIAL}, ("register", "done"))
    assert (office.device_row().need, len(office.ca.ledger)) == (0, touched)
    bureau.sweep(minutes=6)
    assert not bureau.calls.calls


def test_another_update_is_not_held_up_and_doubles_nothing(bureau: Desk) -> None:
    bureau.troubles["register.register"] = [AWAY] * 3
    bureau.update()
    bureau.switch(on=False)
    assert bureau.update() is UpdateStatus.COMPLETED, "it is not blocked, and takes back what was to be told"
    assert bureau.result() == ("withdraw", "done")
    bureau.troubles["register.register"].clear()
    for _look in range(3):
        bureau.sweep(minutes=6)
    assert bureau.register.devices == set(), "nobody tells what was taken back"


def test_what_a_worker_may_be_telling_is_told_again_after_him(bureau: Desk) -> None:
    bureau.troubles["register.register"] = [AWAY]
    bureau.update()
    bureau.switch(on=False)
    number = bureau.office.order()
    bureau.office.enter_pin(number)
    honest = bureau.register.register

    def slowly(order: Any) -> Any:
        """The update ends while the register is being told; its answer comes last."""
        assert bureau.office.advance(number) is UpdateStatus.COMPLETED
        return honest(order)

    bureau.office.registers[bureau.kind] = _Slow(bureau.register, slowly)
    bureau.sweep(minutes=1)
    assert bureau.register.devices == {SERIAL}
    assert bureau.result() == ("withdraw", "pending")
    bureau.sweep(minutes=1)
    assert (bureau.register.devices, bureau.result()) == (set(), ("withdraw", "done"))


def test_a_device_disabled_before_it_was_known_is_made_known_when_it_is_enabled(bureau: Desk) -> None:
    bureau.troubles["register.register"] = [AWAY]
    bureau.update()
    bureau.life.disable(bureau.device, actor="operator")
    bureau.sweep(minutes=6)
    assert (bureau.register.devices, bureau.result()) == (set(), ("suspend", "done"))
    bureau.troubles["register.register"] = [AWAY]
    bureau.life.enable(bureau.device, actor="operator")
    bureau.sweep()
    assert bureau.result() == ("register", "pending"), "first it must know the device"
    bureau.sweep(minutes=6)
    assert (bureau.register.devices, bureau.result()) == ({SERIAL}, ("resume", "done"))
    assert not bureau.owed()


def test_a_revoked_device_is_not_made_known_any_more(bureau: Desk) -> None:
    bureau.troubles["register.register"] = [AWAY]
    bureau.update()
    bureau.revoke()
    for _look in range(3):
        bureau.sweep(minutes=6)
    assert (bureau.register.devices, bureau.result()) == (set(), ("withdraw", "done"))
    assert bureau.office.device_row().state is DeviceState.REVOKED


@pytest.mark.parametrize("took", [False, True], ids=["silent", "took it"])
def test_a_register_forgets_what_an_update_told_it_after_the_revocation(bureau: Desk, *, took: bool) -> None:
    """Such an update may be stuck until long after it: the revocation is over by then."""
    bureau.update()
    bureau.revoke()
    bureau.sweep()
    fact = DeviceRegistered(bureau.kind) if took else RegisterOwed(bureau.kind, on=True, why=AWAY.why)
    bureau.register.devices.add(SERIAL)
    with bureau.office.database.begin() as connection:
        register_book.apply(connection, bureau.device, fact, bureau.office.now)
    assert bureau.result() == ("withdraw", "pending")
    bureau.sweep(minutes=6)
    assert (bureau.register.devices, bureau.result()) == (set(), ("withdraw", "done"))


def test_a_register_that_shall_forget_a_device_is_told_so_whatever_comes_next(bureau: Desk) -> None:
    bureau.update()
    bureau.switch(on=False)
    bureau.troubles["register.withdraw"] = [AWAY]
    assert bureau.update() is UpdateStatus.COMPLETED
    assert (bureau.result(), bureau.planned()) == (("withdraw", "pending"), False)
    bureau.life.disable(bureau.device, actor="operator")
    bureau.sweep(minutes=6)
    assert (bureau.register.devices, bureau.result()) == (set(), ("withdraw", "done"))


def test_a_refusal_waits_for_a_person_who_has_it_told_again(bureau: Desk) -> None:
    bureau.troubles["register.register"] = [NEVER, NEVER]
    assert bureau.update() is UpdateStatus.COMPLETED
    assert (bureau.result(), bureau.office.device_row().need) == (("register", "refused"), 0)
    bureau.sweep(hours=1)
    assert bureau.result() == ("register", "refused"), "nobody tells it by himself"
    for status, devices in (("refused", set()), ("done", {SERIAL})):
        bureau.telling.repeat(bureau.device, bureau.kind, actor="operator")
        bureau.sweep()
        assert (bureau.result()[1], bureau.register.devices) == (status, devices)
    assert ("portal:device:register_repeated", "operator") in bureau.office.told()
    assert bureau.telling.repeat(bureau.device, bureau.kind, actor="operator") is None, "nothing is left to tell"
    with pytest.raises(Conflict):
        bureau.telling.settle(bureau.device, bureau.kind, actor="operator")


def test_what_waits_is_told_at_once_when_a_person_wants_it(bureau: Desk) -> None:
    bureau.troubles["register.register"] = [AWAY] * 8
    bureau.update()
    for _try in range(7):
        bureau.sweep(minutes=6)
    first = bureau.telling.repeat(bureau.device, bureau.kind, actor="operator")
    assert bureau.telling.repeat(bureau.device, bureau.kind, actor="operator") == first, "one order, woken"
    bureau.sweep()
    assert bureau.result() == ("register", "done")


def test_a_person_who_looked_there_settles_it(bureau: Desk) -> None:
    bureau.troubles["register.register"] = [NEVER]
    bureau.update()
    bureau.telling.settle(bureau.device, bureau.kind, actor="operator")
    assert (bureau.result(), bureau.owed()) == (("register", "done"), False)
    assert ("portal:device:register_settled", "operator") in bureau.office.told()


def test_what_was_settled_is_not_told_any_more(bureau: Desk) -> None:
    bureau.troubles["register.register"] = [AWAY]
    bureau.update()
    bureau.telling.settle(bureau.device, bureau.kind, actor="operator")
    bureau.sweep(minutes=6)
    assert bureau.register.devices == set()


def test_a_register_is_told_whose_the_device_is_and_what_is_on_it(bureau: Desk) -> None:
    bureau.update()
    order = Descriptions(bureau.office.database).order("o", SERIAL, "")
    assert (order.login, order.owner_name) == (f"u{SERIAL}", "Беляева Марина")
    (certificate,) = order.certificates
    assert certificate.serial == bureau.office.ca.ledger[-1][1].serial
    assert Descriptions(bureau.office.database).order("o", "unknown", "login").login == "login"


def test_orders_of_registers_and_authorities_are_told_apart() -> None:
    of_registers = {kind.value for kind in OrderKind if kind.of_register}
    assert of_registers == {"register", "suspend", "resume", "withdraw"}
    assert OrderStatus.DONE.value == "done", "written out in an index"


class _Slow:
    """A register whose first registration takes as long as a test wants."""

    def __init__(self, behind: FakeRegister, register: Any) -> None:
        self._behind = behind
        self._first: Any = register

    def __getattr__(self, name: str) -> Any:
        return getattr(self._behind, name)

    def register(self, order: Any) -> Any:
        first, self._first = self._first, self._behind.register
        return first(order)
