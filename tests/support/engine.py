"""The engine on fakes: one device, one plan of a few steps, and doors that answer what a test says."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from portal.domain.certificate import KeyAlgorithm, Purpose, TemplateKey
from portal.domain.ids import DeviceId, UpdateId
from portal.domain.outcomes import Refused, Waiting
from portal.domain.policy import Register
from portal.domain.update_state import StepStatus, UpdateStatus
from portal.domain.update_steps import Step, StepKind
from portal.ports.journal import StepRecord
from portal.ports.token import Pin
from portal.services.boundaries import Boundary
from portal.services.pin_source import RunPins
from portal.services.step_context import Outside, StepContext
from portal.services.steps import HANDLERS
from portal.services.update_runner import RunnerRules, UpdateRunner
from tests.fakes.authority import FakeAuthorities, FakeAuthority
from tests.fakes.identity import FakeIdentity
from tests.fakes.journal import MemoryJournal, Row
from tests.fakes.nature import Calm
from tests.fakes.reader import ModelReader
from tests.fakes.register import FakeRegister, FakeRegisters
from tests.fakes.sim_token import SimDesk, SimGateway, SimToken
from tests.fakes.tickets import FakeCommons, FakeSoPins, FakeTickets
from tests.support.clock import FrozenClock

SERIAL = "token-1"
PIN = "1234"
CA = "main"
KEY = TemplateKey(CA, "user", Purpose.SIGN)
UPDATE = UpdateId(1)
NEW = Step(
    StepKind.GENERATE_KEY,
    item=0,
    template=KEY,
    template_name="Подпись",
    algorithm=KeyAlgorithm.EC_P256,
    key_id="aa",
    label="Подпись",
    order_id="order-0",
    subject=(("CN", "Иванова"),),
)


@dataclass
class Moody(Calm):
    """Answers the troubles a test has lined up for a place, then behaves."""

    troubles: dict[str, list[Refused | Waiting | None]] = field(default_factory=dict)
    lost: dict[str, list[Refused]] = field(default_factory=dict)
    oddities: dict[str, list[str]] = field(default_factory=dict)

    def before(self, place: str) -> Refused | Waiting | None:
        return self.troubles[place].pop(0) if self.troubles.get(place) else None

    def after(self, place: str) -> Refused | None:
        return self.lost[place].pop(0) if self.lost.get(place) else None

    def odd(self, place: str) -> str:
        return self.oddities[place].pop(0) if self.oddities.get(place) else ""


def issue(*kinds: StepKind) -> tuple[Step, ...]:
    """Steps of one new certificate, all fields filled as a plan does."""
    return tuple(replace(NEW, kind=kind) for kind in kinds)


WHOLE_ISSUE = issue(
    StepKind.GENERATE_KEY,
    StepKind.SIGN_REQUEST,
    StepKind.REQUEST_CERTIFICATE,
    StepKind.WRITE_CERTIFICATE,
    StepKind.VERIFY_CERTIFICATE,
)


@dataclass
class Engine:
    """Everything around one update."""

    steps: tuple[Step, ...]
    clock: FrozenClock = field(default_factory=FrozenClock)
    nature: Moody = field(default_factory=Moody)
    token: SimToken = field(default_factory=lambda: SimToken(SERIAL, PIN))
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    seen: list[tuple[Boundary, StepKind, StepStatus]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tickets = FakeTickets(self.clock)
        self.ca = FakeAuthority(self.clock, self.nature)
        self.register = FakeRegister(self.nature)
        self.commons = FakeCommons()
        self.so_pins = FakeSoPins()
        self.identity = FakeIdentity(self.clock, self.nature)
        self.authorities = FakeAuthorities({CA: self.ca})
        self.registers = FakeRegisters({Register.SECRET_NET: self.register})
        self.desk = SimDesk(self.token, self.nature)
        self.journal.order(DeviceId(1), SERIAL, "ivanova", self.steps)
        self.enter_pin()

    @property
    def outside(self) -> Outside:
        return Outside(
            desk=self.desk,
            tickets=self.tickets,
            authorities=self.authorities,
            registers=self.registers,
            commons=self.commons,
            reader=ModelReader(),
            clock=self.clock,
            so_pins=self.so_pins,
            identity=self.identity,
        )

    @property
    def row(self) -> Row:
        return self.journal.rows[UPDATE]

    def enter_pin(self, pin: str = PIN) -> None:
        self.tickets.keep(UPDATE, SERIAL, Pin(pin))

    def observe(self, boundary: Boundary, record: StepRecord) -> None:
        self.seen.append((boundary, record.step.kind, record.status))

    def advance(self, *, attempts: int = 10) -> UpdateStatus | None:
        rules = RunnerRules("one", attempts=attempts)
        return UpdateRunner(self.journal, HANDLERS, self.outside, rules, self.observe).advance(UPDATE)

    def wake(self) -> None:
        self.journal.wake(UPDATE, self.clock.now())

    def statuses(self) -> list[StepStatus]:
        return [record.status for record in self.row.steps]

    def context(self, records: Iterable[StepRecord] = ()) -> StepContext:
        """What a handler gets, with these earlier steps; the token is signed in to when it is first asked."""
        pins = RunPins(self.tickets, UPDATE, SERIAL)
        gateway = SimGateway(self.token, SERIAL, pins, self.nature)
        return StepContext(SERIAL, "ivanova", self.outside, lambda: gateway, list(records), pins.new_pin)
