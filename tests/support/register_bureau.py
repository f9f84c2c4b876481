"""A register outside beside an office: a policy that switches it on, and whoever tells it."""

from dataclasses import replace
from typing import Any

from sqlalchemy import select

from portal.db.models import RegisterResult, Registration
from portal.domain.device_life import RevocationReason
from portal.domain.ids import DeviceId
from portal.domain.plan_items import Choices
from portal.domain.policy import Register
from portal.domain.update_state import UpdateStatus
from portal.ports.device_register import DeviceRegister
from portal.services.device_descriptions import Descriptions
from portal.services.device_life import DeviceLife
from portal.services.device_orders import DeviceOrders
from portal.services.order_telling import OrderTeller
from portal.services.policies import publish
from portal.services.register_telling import RegisterTelling
from tests.fakes.authority import FakeAuthorities
from tests.fakes.register import FakeRegisters
from tests.support.life import Calls
from tests.support.office import CA, Office


class Bureau:
    """An office whose policy switches this register on, and the worker who tells it."""

    def __init__(self, office: Office, kind: Register, register: DeviceRegister) -> None:
        self.office = office
        self.kind = kind
        office.registers[kind] = register
        self.calls = Calls()
        #: what update and worker look into
        self.registers = FakeRegisters(office.registers)
        teller = OrderTeller(FakeAuthorities({CA: office.ca}), self.registers, Descriptions(office.database))
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

    def revoke(self) -> None:
        self.life.revoke(self.device, RevocationReason.LOST, actor="operator")

    def owed(self) -> bool:
        """Whether the device is still on its way into the register."""
        with self.office.database.read() as connection:
            return connection.execute(select(Registration.owed_since)).scalar_one() is not None
