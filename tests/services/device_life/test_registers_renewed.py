"""A register that knows a device already hears of it when an update changes the certificates on it, once."""

from dataclasses import dataclass, field, replace

import pytest
from sqlalchemy import func, select

from portal.db.models import DeviceOperation, Registration
from portal.domain.device_life import Operation
from portal.domain.ids import OperationId
from portal.domain.outcomes import Done, Outcome, Refused
from portal.domain.policy import CertificateTemplate, Register
from portal.domain.troubles import Trouble, why
from portal.domain.update_state import UpdateStatus
from portal.ports.device_register import RegisterOrder
from tests.fakes.register import FakeRegister
from tests.support.office import SERIAL, Office, template
from tests.support.register_bureau import Bureau

AWAY = Refused(why(Trouble.REGISTER_UNAVAILABLE), permanent=False)
SIGN, SEAL = template("Подпись", "signature"), template("Печать", "seal")
KINDS = pytest.mark.parametrize("kind", list(Register), ids=[kind.value for kind in Register])


@dataclass(slots=True)
class Keeping(FakeRegister):
    """Knows the certificates of each device it was told of."""

    lists: list[list[str]] = field(default_factory=list)

    def register(self, order: RegisterOrder) -> Outcome[str]:
        outcome = FakeRegister.register(self, order)
        if isinstance(outcome, Done):
            self.lists.append([one.serial for one in order.certificates])
        return outcome


class Desk(Bureau):
    """A device its register knows."""

    def __init__(self, office: Office, kind: Register) -> None:
        self.register = Keeping(office.nature)
        super().__init__(office, kind, self.register)
        assert self.update() is UpdateStatus.COMPLETED

    def demands(self, *templates: CertificateTemplate) -> None:
        """The policy asks for these certificates from now on."""
        self.office.policy = replace(self.office.policy, templates=templates)
        self.switch(on=True)

    def there(self) -> list[str]:
        """Serial numbers of what the authority has given so far."""
        return [certificate.serial for _order, certificate in self.office.ca.ledger]

    def operations(self) -> int:
        """How often a register was to be told apart from an update."""
        query = select(func.count()).where(DeviceOperation.kind == Operation.TELL_REGISTERS)
        with self.office.database.read() as connection:
            return connection.execute(query).scalar_one()


@pytest.fixture
def bureau(office: Office) -> Desk:
    return Desk(office, Register.CONTRACT)


@KINDS
def test_a_further_certificate_and_one_that_is_gone_are_told_once_each(office: Office, kind: Register) -> None:
    bureau = Desk(office, kind)
    assert (bureau.operations(), len(bureau.register.lists)) == (0, 1), "told by the update itself"
    bureau.demands(SIGN, SEAL)
    assert bureau.update() is UpdateStatus.COMPLETED
    assert (bureau.result(), len(bureau.register.lists), bureau.planned()) == (("register", "pending"), 1, False)
    for _look in range(3):
        bureau.sweep(minutes=6)
    sign, seal = bureau.there()
    assert bureau.register.lists[1:] == [[sign, seal]]
    bureau.demands(SEAL)
    bureau.update()
    bureau.sweep(minutes=6)
    assert (bureau.register.lists[2:], bureau.result(), bureau.owed()) == ([[seal]], ("register", "done"), False)
    assert bureau.operations() == 2


def test_an_update_that_changes_no_certificate_tells_nobody(bureau: Desk) -> None:
    bureau.demands(SIGN, SEAL)
    bureau.office.nature.troubles["ca.request"] = [Refused(why(Trouble.CA_REFUSED), permanent=True)]
    assert bureau.update() is UpdateStatus.FAILED
    assert (bureau.operations(), bureau.result()) == (0, ("register", "done"))


def test_what_waits_already_is_told_with_the_new_list(bureau: Desk) -> None:
    bureau.troubles["register.register"] = [AWAY]
    bureau.demands(SIGN, SEAL)
    bureau.update()
    bureau.sweep(minutes=1)
    bureau.demands(SEAL)
    bureau.update()
    for _look in range(3):
        bureau.sweep(minutes=6)
    assert bureau.register.lists[1:] == [bureau.there()[1:]], "once, and as it is at last"


def test_a_device_disabled_before_it_was_told_is_told_of_when_it_is_enabled(bureau: Desk) -> None:
    bureau.demands(SIGN, SEAL)
    bureau.update()
    bureau.life.disable(bureau.device, actor="operator")
    bureau.sweep(minutes=6)
    assert (len(bureau.register.lists), bureau.register.inactive, bureau.owed()) == (1, {SERIAL}, True)
    bureau.life.enable(bureau.device, actor="operator")
    for _look in range(3):
        bureau.sweep(minutes=6)
    assert (bureau.register.lists[1:], bureau.register.inactive) == ([bureau.there()], set())


class Killed(BaseException):
    """The worker's process ends here."""


def test_a_worker_that_died_is_followed_without_waiting_for_its_lease(
    bureau: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_register: Keeping, _order: RegisterOrder) -> Outcome[str]:
        raise Killed

    bureau.demands(SIGN, SEAL)
    bureau.update()
    number, orders = OperationId(1), bureau.orders
    bureau.office.clock.advance(minutes=1)
    assert not orders.dropped(number, 0), "nobody was at it"
    monkeypatch.setattr(Keeping, "register", die)
    for attempt in (0, 1):
        with pytest.raises(Killed):
            orders.carry(number)
        assert orders.ring_due() == 0, "its lease still runs"
        bureau.calls.calls.clear()
        assert not orders.dropped(number, attempt + 1), "of another attempt"
        assert orders.dropped(number, attempt)
        assert not orders.dropped(number, attempt)
        assert bureau.calls.calls == ([(number, 1)] if attempt == 0 else [])
        assert orders.ring_due() == (attempt == 0), "one that died twice is not hurried"
    monkeypatch.undo()
    bureau.sweep(seconds=2)
    assert bureau.register.lists[1:] == [bureau.there()]


def test_a_revoked_device_is_not_told_of(bureau: Desk) -> None:
    bureau.demands(SIGN, SEAL)
    number = bureau.office.order()
    bureau.office.enter_pin(number)
    bureau.revoke()
    bureau.sweep()
    bureau.office.advance(number)
    bureau.sweep(minutes=6)
    assert (bureau.operations(), bureau.register.devices) == (0, set())
    with bureau.office.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(Registration)).scalar_one() == 0
