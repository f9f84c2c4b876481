"""Registers that are away or refuse: the update ends, and telling them goes on without the token until they take it."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from portal.db.models import OrderKind, OrderStatus, RegisterResult, Registration
from portal.domain.device import DeviceState
from portal.domain.device_life import RevocationReason
from portal.domain.errors import Conflict
from portal.domain.ids import DeviceId
from portal.domain.outcomes import Refused
from portal.domain.plan_items import Choices
from portal.domain.policy import Register
from portal.domain.troubles import Trouble, why
from portal.domain.update_state import UpdateStatus
from portal.services.device_descriptions import Descriptions
from portal.services.device_life import DeviceLife
from portal.services.device_orders import DeviceOrders
from portal.services.order_telling import OrderTeller
from portal.services.policies import publish
from portal.services.register_telling import RegisterTelling
from tests.fakes.authority import FakeAuthorities
from tests.fakes.register import FakeRegister, FakeRegisters
from tests.support.life import Calls
from tests.support.office import CA, SERIAL, Office

AWAY = Refused(why(Trouble.REGISTER_UNAVAILABLE), permanent=False)
NEVER = Refused(why(Trouble.REGISTER_REFUSED, "owner_unknown"), permanent=True)
KINDS = pytest.mark.parametrize("kind", list(Register), ids=[kind.value for kind in Register])


class Bureau:
    """An office whose policy switches a register on, and the worker who tells it."""

    def __init__(self, office: Office, kind: Register) -> None:
        self.office = office
        self.kind = kind
        self.register = FakeRegister(office.nature)
        office.registers[kind] = self.register
        self.calls = Calls()
        registers = FakeRegisters({kind: self.register})
        teller = OrderTeller(FakeAuthorities({CA: office.ca}), registers, Descriptions(office.database))
        rest = (office.database, office.clock, office.bell, self.calls)
        self.life = DeviceLife(*rest)
        self.orders = DeviceOrders(*rest, teller)
        self.telling = RegisterTelling(office.database, office.clock, self.calls)
        self.switch(on=True)

    @property
    def device(self) -> DeviceId:
        return self.office.device

    @property
    def troubles(self) -> dict[str, list[Any]]:
        return self.office.nature.troubles

    def switch(self, *, on: bool) -> None:
        registers = frozenset({self.kind}) if on else frozenset[Register]()
        with self.office.database.begin() as connection:
            policy = replace(self.office.policy, registers=registers)
            publish(connection, policy, actor="admin", now=self.office.now)
        self.look()

    def look(self) -> None:
        """The monitor has seen the device again."""
        for _part in range(3):
            self.office.monitor.review_due()
            self.office.monitor.review_marked()

    def update(self) -> UpdateStatus | None:
        number = self.office.order()
        self.office.enter_pin(number)
        ended = self.office.advance(number)
        self.look()
        return ended

    def sweep(self, **later: float) -> None:
        """Time passes, and whoever is due is called and served."""
        self.office.clock.advance(**later)
        self.orders.ring_due()
        called, self.calls.calls = self.calls.calls, []
        for number in dict.fromkeys(number for number, _attempt in called):
            self.orders.carry(number)

    def result(self) -> tuple[str, str]:
        """What the register was last told, and how that stands."""
        with self.office.database.read() as connection:
            row = connection.execute(select(RegisterResult.kind, RegisterResult.status)).one()
        return (row.kind.value, row.status.value)

    def planned(self) -> bool:
        return not self.office.updates.plan(self.device, Choices()).plan.empty


@pytest.fixture
def bureau(office: Office) -> Bureau:
    return Bureau(office, Register.CONTRACT)


@KINDS
def test_a_life_in_step_with_a_register(office: Office, kind: Register) -> None:
    bureau = Bureau(office, kind)
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
    _revoke(bureau)
    bureau.sweep()
    assert (bureau.register.devices, bureau.result()) == (set(), ("withdraw", "done"))


@KINDS
def test_a_register_that_is_down_for_an_hour_is_told_without_the_token(office: Office, kind: Register) -> None:
    bureau = Bureau(office, kind)
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


def test_another_update_is_not_held_up_and_doubles_nothing(bureau: Bureau) -> None:
    bureau.troubles["register.register"] = [AWAY] * 3
    bureau.update()
    bureau.switch(on=False)
    assert bureau.update() is UpdateStatus.COMPLETED, "it is not blocked, and takes back what was to be told"
    assert bureau.result() == ("withdraw", "done")
    bureau.troubles["register.register"].clear()
    for _look in range(3):
        bureau.sweep(minutes=6)
    assert bureau.register.devices == set(), "nobody tells what was taken back"


def test_what_a_worker_may_be_telling_is_told_again_after_him(bureau: Bureau) -> None:
    bureau.troubles["register.register"] = [AWAY]
    bureau.update()
    bureau.switch(on=False)
    number = bureau.office.order()
    bureau.office.enter_pin(number)
    honest = bureau.register.register

    def slowly(order: Any) -> Any:
        """The update ends while the register is being told; its answer comes last."""
        bureau.register.register = honest  # type: ignore[method-assign]
        assert bureau.office.advance(number) is UpdateStatus.COMPLETED
        return honest(order)

    bureau.register = bureau.office.registers[bureau.kind] = _Slow(bureau.register, slowly)  # type: ignore[assignment]
    bureau.orders.teller.registers.by_kind[bureau.kind] = bureau.register  # type: ignore[attr-defined]
    bureau.sweep(minutes=1)
    assert bureau.register.devices == {SERIAL}
    assert bureau.result() == ("withdraw", "pending")
    bureau.sweep(minutes=1)
    assert (bureau.register.devices, bureau.result()) == (set(), ("withdraw", "done"))


def test_a_device_disabled_before_it_was_known_is_made_known_when_it_is_enabled(bureau: Bureau) -> None:
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
    assert not _owed(bureau)


def test_a_revoked_device_is_not_made_known_any_more(bureau: Bureau) -> None:
    bureau.troubles["register.register"] = [AWAY]
    bureau.update()
    _revoke(bureau)
    for _look in range(3):
        bureau.sweep(minutes=6)
    assert (bureau.register.devices, bureau.result()) == (set(), ("withdraw", "done"))
    assert bureau.office.device_row().state is DeviceState.REVOKED


def test_a_register_that_shall_forget_a_device_is_told_so_whatever_comes_next(bureau: Bureau) -> None:
    bureau.update()
    bureau.switch(on=False)
    bureau.troubles["register.withdraw"] = [AWAY]
    assert bureau.update() is UpdateStatus.COMPLETED
    assert (bureau.result(), bureau.planned()) == (("withdraw", "pending"), False)
    bureau.life.disable(bureau.device, actor="operator")
    bureau.sweep(minutes=6)
    assert (bureau.register.devices, bureau.result()) == (set(), ("withdraw", "done"))


def test_a_refusal_waits_for_a_person_who_has_it_told_again(bureau: Bureau) -> None:
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
    with pytest.raises(Conflict):
        bureau.telling.repeat(bureau.device, bureau.kind, actor="operator")


def test_what_waits_is_told_at_once_when_a_person_wants_it(bureau: Bureau) -> None:
    bureau.troubles["register.register"] = [AWAY] * 8
    bureau.update()
    for _try in range(7):
        bureau.sweep(minutes=6)
    first = bureau.telling.repeat(bureau.device, bureau.kind, actor="operator")
    assert bureau.telling.repeat(bureau.device, bureau.kind, actor="operator") == first, "one order, woken"
    bureau.sweep()
    assert bureau.result() == ("register", "done")


def test_a_person_who_looked_there_settles_it(bureau: Bureau) -> None:
    bureau.troubles["register.register"] = [NEVER]
    bureau.update()
    bureau.telling.settle(bureau.device, bureau.kind, actor="operator")
    assert (bureau.result(), _owed(bureau)) == (("register", "done"), False)
    assert ("portal:device:register_settled", "operator") in bureau.office.told()


def test_what_was_settled_is_not_told_any_more(bureau: Bureau) -> None:
    bureau.troubles["register.register"] = [AWAY]
    bureau.update()
    bureau.telling.settle(bureau.device, bureau.kind, actor="operator")
    bureau.sweep(minutes=6)
    assert bureau.register.devices == set()


def test_a_register_is_told_whose_the_device_is_and_what_is_on_it(bureau: Bureau) -> None:
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


def _owed(bureau: Bureau) -> bool:
    with bureau.office.database.read() as connection:
        return connection.execute(select(Registration.owed_since)).scalar_one() is not None


def _revoke(bureau: Bureau) -> None:
    bureau.life.revoke(bureau.device, RevocationReason.LOST, actor="operator")
