"""A device's life in the office: its certificates, registers, and the worker who tells the world."""

from dataclasses import dataclass, field

from sqlalchemy import insert, select

from portal.db.models import Certificate, DeviceOperation, DeviceOrder, OperationStatus, Registration
from portal.domain.certificate import Revocation
from portal.domain.ids import DeviceId, OperationId
from portal.domain.policy import Register
from portal.domain.update_state import UpdateStatus
from portal.ports.device_register import RegisterOrder
from portal.services.device_life import DeviceLife
from portal.services.device_orders import DeviceOrders
from portal.services.order_telling import OrderTeller
from tests.fakes.authority import FakeAuthorities
from tests.fakes.register import FakeRegister, FakeRegisters
from tests.support.office import CA, SERIAL, Office


@dataclass
class Calls:
    """The queue of operations: which were called, and at which attempt."""

    calls: list[tuple[OperationId, int]] = field(default_factory=list)

    def carry_operation(self, operation: OperationId, attempt: int) -> None:
        self.calls.append((operation, attempt))


class Life:
    """An office whose device was issued, with one certificate and one register that knows it."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.calls = Calls()
        self.register = FakeRegister(office.nature)
        office.registers[Register.ACCESS_MANAGER] = self.register
        teller = OrderTeller(FakeAuthorities({CA: office.ca}), FakeRegisters({Register.ACCESS_MANAGER: self.register}))
        rest = (office.database, office.clock, office.bell, self.calls)
        self.life = DeviceLife(*rest)
        self.orders = DeviceOrders(*rest, teller)
        self.device: DeviceId = office.device

    def issue(self) -> None:
        """A first update, and a register that knows the device."""
        number = self.office.order()
        self.office.enter_pin(number)
        assert self.office.advance(number) is UpdateStatus.COMPLETED
        self.register.register(RegisterOrder("before", SERIAL, "login"))
        known = {"device_id": self.device, "register": Register.ACCESS_MANAGER, "registered_at": self.office.now}
        with self.office.database.begin() as connection:
            connection.execute(insert(Registration).values(known))

    def work(self) -> None:
        """Whoever was called is served, once."""
        called, self.calls.calls = self.calls.calls, []
        for number, _attempt in called:
            self.orders.carry(number)

    def sweep(self) -> None:
        """The sweeper rings, and a worker comes."""
        self.orders.ring_due()
        self.work()

    @property
    def serial(self) -> str:
        """The serial number of the last certificate the authority issued."""
        return self.office.ca.ledger[-1][1].serial

    def at_the_ca(self) -> Revocation:
        return self.office.ca.status(self.serial)

    def certificate(self) -> Revocation:
        """What our own row says of that certificate."""
        query = select(Certificate.revocation).where(Certificate.serial == self.serial)
        with self.office.database.read() as connection:
            return connection.execute(query).scalar_one()

    def told(self) -> list[tuple[str, str]]:
        """Every order that was written, with where it stands."""
        query = select(DeviceOrder.kind, DeviceOrder.status).order_by(DeviceOrder.id)
        with self.office.database.read() as connection:
            return [(row.kind.value, row.status.value) for row in connection.execute(query)]

    def status(self, number: OperationId) -> OperationStatus:
        query = select(DeviceOperation.status).where(DeviceOperation.id == number)
        with self.office.database.read() as connection:
            return connection.execute(query).scalar_one()
