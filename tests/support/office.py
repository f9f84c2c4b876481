"""One person, one device, one token on a desk: everything around an update, on a real database and fake ports."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update

from portal.connectors.vault_local import LocalVault
from portal.db.journal import SqlUpdateJournal
from portal.db.models import AuditEntry, OutboxJob, Update, UpdateStep
from portal.db.transaction import Database
from portal.domain.certificate import KeyAlgorithm, Purpose, TemplateKey
from portal.domain.contents import PinTries, TokenSighting
from portal.domain.device import DeviceState
from portal.domain.errors import OutsideUnavailable
from portal.domain.ids import DeviceId, PolicyId, UpdateId
from portal.domain.plan_items import Choices
from portal.domain.policy import CertificateTemplate, DeviceUsagePolicy, Register, SubjectRecipe
from portal.domain.update_state import StepStatus, UpdateStatus
from portal.ports.device_register import DeviceRegister
from portal.ports.identity_check import IdentityChecker
from portal.ports.token import Pin, TokenDesk
from portal.services.administrator_pins import AdministratorPins
from portal.services.bell import Bell
from portal.services.boundaries import Observer, nobody
from portal.services.devices import DeviceDraft, add_devices
from portal.services.monitor import Monitor
from portal.services.people import PersonDraft, add_people
from portal.services.policies import assign, publish
from portal.services.step_context import Outside
from portal.services.steps import HANDLERS
from portal.services.sweeping import Sweeper
from portal.services.update_runner import RunnerRules, UpdateRunner
from portal.services.updates import Updates
from tests.fakes.authority import FakeAuthorities, FakeAuthority
from tests.fakes.identity import FakeIdentity
from tests.fakes.reader import ModelCertificate, ModelReader
from tests.fakes.register import FakeRegisters
from tests.fakes.sim_token import SimDesk, SimToken
from tests.fakes.tickets import FakeCommons, FakeTickets
from tests.support.clock import FrozenClock
from tests.support.engine import Moody
from tests.support.ledgers import Deaf, device_row

CA = "main"
UNIT = ("Ключ", "Отдел продаж")
SERIAL = "00a1b2c3"
PIN = "12345678"


def template(name: str, ca_template: str, purpose: Purpose = Purpose.SIGN) -> CertificateTemplate:
    recipe = SubjectRecipe((("CN", "{cn}"),))
    key = TemplateKey(CA, ca_template, purpose)
    return CertificateTemplate(key, name, KeyAlgorithm.EC_P256, recipe, renewal_window=timedelta(days=30))


def foreign(office: "Office", name: str = "Партнёр") -> bytes:
    """A certificate somebody else put on a token."""
    until = office.now + timedelta(days=365)
    return ModelCertificate(name, "77", b"key", office.now, until).der()


@dataclass
class Watch:
    """Sees the tokens that lie on the desk."""

    tokens: list[SimToken] = field(default_factory=list)

    def seen(self, serial: str) -> TokenSighting | None:
        return next((sighting for sighting in self.all_seen() if sighting.serial == serial), None)

    def all_seen(self) -> tuple[TokenSighting, ...]:
        return tuple(
            TokenSighting(token.serial, "", "", "", PinTries.PLENTY, token.contents())
            for token in self.tokens
            if token.plugged
        )


@dataclass
class Tickets(FakeTickets):
    """In memory, and away when told so."""

    away: bool = False
    broken: set[int] = field(default_factory=set)

    def _answers(self, update: UpdateId | None = None) -> None:
        if self.away or update in self.broken:
            raise OutsideUnavailable("redis_unavailable")

    def keep(self, update: UpdateId, serial: str, pin: Pin) -> None:
        self._answers(update)
        FakeTickets.keep(self, update, serial, pin)

    def take(self, update: UpdateId, serial: str) -> Pin | None:
        self._answers(update)
        return FakeTickets.take(self, update, serial)

    def destroy(self, update: UpdateId) -> None:
        self._answers(update)
        FakeTickets.destroy(self, update)

    def keep_new(self, update: UpdateId, serial: str, pin: Pin) -> None:
        self._answers(update)
        FakeTickets.keep_new(self, update, serial, pin)

    def take_new(self, update: UpdateId, serial: str) -> Pin | None:
        self._answers(update)
        return FakeTickets.take_new(self, update, serial)

    def alive(self, update: UpdateId) -> bool:
        self._answers(update)
        return FakeTickets.alive(self, update)

    def was_refused(self, serial: str, pin: Pin) -> bool:
        self._answers()
        return FakeTickets.was_refused(self, serial, pin)


@dataclass
class Line:
    """The queue: who was called, and nobody is while it is away."""

    calls: list[tuple[int, int]] = field(default_factory=list)
    away: bool = False

    def advance_update(self, update: UpdateId, run: int) -> None:
        if not self.away:
            self.calls.append((update, run))


class Office:
    """Updates, their sweeper and a worker's runner around one database; nothing happens until a test says so."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = FrozenClock()
        self.token = SimToken(SERIAL, PIN)
        self.watch = Watch([self.token])
        self.tickets = Tickets(self.clock)
        self.line = Line()
        self.feed = Deaf()
        self.nature = Moody()
        self.ca = FakeAuthority(self.clock, self.nature)
        self.bell = Bell(database, self.line, self.feed)
        self.updates = Updates(database, self.clock, self.watch, self.tickets, self.bell)
        self.monitor = Monitor(database, self.clock)
        self.registers: dict[Register, DeviceRegister] = {}
        self.identity: IdentityChecker = FakeIdentity(self.clock, self.nature)
        self.so_pins = AdministratorPins(database, LocalVault(bytes(32)))
        self.policy = self.publish(template("Подпись", "signature"))
        with database.begin() as connection:
            assign(connection, self.policy.id, container=UNIT, priority=1, now=self.clock.now())
        self.device = self.add_device(SERIAL)

    @property
    def journal(self) -> SqlUpdateJournal:
        return SqlUpdateJournal(self.database, self.feed)

    @property
    def now(self) -> Any:
        return self.clock.now()

    def sweeper(self) -> Sweeper:
        return Sweeper(self.database, self.clock, self.watch, self.tickets, self.bell)

    def publish(self, *templates: CertificateTemplate, tracking: bool = False, **more: Any) -> DeviceUsagePolicy:
        draft = DeviceUsagePolicy(PolicyId(0), 0, "Сотрудники", templates, tracking=tracking, **more)
        with self.database.begin() as connection:
            return publish(connection, draft, actor="admin", now=self.now)

    def add_device(self, serial: str, **values: Any) -> DeviceId:
        """A device of a person of its own, with nothing on it."""
        login = f"u{serial}"
        attributes = {"login": login, "surname": "Беляева", "given_name": "Марина", "cn": "Беляева Марина"}
        with self.database.begin() as connection:
            (holder,) = add_people(connection, [PersonDraft(UNIT, attributes)], self.now)
            draft = DeviceDraft(serial, **{"holder": holder, "state": DeviceState.ISSUED, **values})
            return add_devices(connection, [draft], self.now)[0]

    def add_waiting(self, serial: str) -> UpdateId:
        """A run of a further device that waits for its token."""
        number = self.order(self.add_device(serial))
        self.put(number, status=UpdateStatus.WAITING, waiting_for="token")
        return number

    # ── what people and workers do ──

    def order(self, device: DeviceId | None = None) -> UpdateId:
        which = device or self.device
        plan = self.updates.plan(which, Choices()).plan
        return self.updates.order(which, Choices(), plan.content_hash, actor="operator")

    def enter_pin(self, number: UpdateId, pin: str = PIN) -> None:
        self.updates.enter_pin(number, Pin(pin), actor="operator")

    def desk(self) -> TokenDesk:
        """Where tokens are."""
        return SimDesk(self.token, self.nature)

    def advance(self, number: UpdateId, observe: Observer = nobody) -> UpdateStatus | None:
        outside = Outside(
            desk=self.desk(),
            tickets=self.tickets,
            authorities=FakeAuthorities({CA: self.ca}),
            registers=FakeRegisters(self.registers),
            commons=FakeCommons(),
            reader=ModelReader(),
            clock=self.clock,
            so_pins=self.so_pins,
            identity=self.identity,
        )
        return UpdateRunner(self.journal, HANDLERS, outside, RunnerRules("worker"), observe).advance(number)

    def work(self) -> None:
        """Everybody who was called is served, once."""
        for number in sorted({number for number, _ in self.line.calls}):
            self.advance(UpdateId(number))
        self.line.calls.clear()

    # ── what is there now ──

    def put(self, number: UpdateId, **values: Any) -> None:
        """Set what a test begins with."""
        with self.database.begin() as connection:
            connection.execute(update(Update).where(Update.id == number).values(**values))

    def row(self, number: UpdateId) -> Any:
        with self.database.read() as connection:
            return connection.execute(select(Update.__table__).where(Update.id == number)).one()

    def device_row(self, device: DeviceId | None = None) -> Any:
        with self.database.read() as connection:
            return connection.execute(device_row(device or self.device)).one()

    def steps(self, number: UpdateId) -> list[tuple[str, StepStatus]]:
        query = select(UpdateStep.kind, UpdateStep.status).where(UpdateStep.update_id == number)
        with self.database.read() as connection:
            return [(row.kind, row.status) for row in connection.execute(query.order_by(UpdateStep.seq))]

    def count(self, table: type) -> int:
        with self.database.read() as connection:
            number: int = connection.execute(select(func.count()).select_from(table)).scalar_one()
            return number

    def bells(self) -> int:
        return self.count(OutboxJob)

    def told(self) -> list[tuple[str, str]]:
        """Tags and actors of the audit log, oldest first."""
        with self.database.read() as connection:
            rows = connection.execute(select(AuditEntry.tag, AuditEntry.actor).order_by(AuditEntry.id))
            return [(row.tag, row.actor) for row in rows]

    @contextmanager
    def away(self) -> Iterator[None]:
        """While Redis is away nobody is called, no token is seen and no PIN is kept."""
        tokens, self.watch.tokens = self.watch.tokens, []
        self.tickets.away = self.line.away = True
        yield
        self.watch.tokens = tokens
        self.tickets.away = self.line.away = False
