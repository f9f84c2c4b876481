"""Updates one after another on a small fleet in bad weather; people who come, go and err; then a reconciliation."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

from sqlalchemy import insert, select, update

from portal.connectors.ca.builtin.approving import BuiltinApprovals
from portal.connectors.ca.builtin.templates import TEMPLATES
from portal.connectors.x509 import X509Reader
from portal.db import snapshots
from portal.db.models import IS_ACTIVE, Device, DriftFinding, PolicyAssignment, PolicyVersion, Update
from portal.domain import codec
from portal.domain.certificate import KeyAlgorithm, Purpose, TemplateKey
from portal.domain.drift import Decision, DriftKind, DriftState
from portal.domain.errors import Conflict
from portal.domain.ids import PolicyId, UpdateId
from portal.domain.outcomes import WaitingFor
from portal.domain.plan_items import Choices
from portal.domain.policy import CertificateTemplate, DeviceUsagePolicy, SubjectRecipe
from portal.domain.update_state import UpdateStatus
from portal.ports.journal import StepRecord
from portal.ports.token import Pin
from portal.services.boundaries import Boundary
from portal.services.debts import Debts
from portal.services.planning import consider
from portal.services.reconciliation.looking import Looking
from portal.services.reconciliation.mending import Mending
from portal.services.reconciliation.rounds import Rounds
from portal.services.step_context import Outside
from portal.services.steps import HANDLERS
from portal.services.update_orders import store_order
from portal.services.update_requests import ask_to_cancel, note_giving_up, note_settlement, wake
from portal.services.update_runner import RunnerRules, UpdateRunner
from tests.chaos.reconciling.audit import Opinion, opinion
from tests.chaos.reconciling.authority import CutLine
from tests.chaos.reconciling.tokens import KeyDesk, KeyToken
from tests.chaos.weather import Crash, Weather
from tests.fakes.authority import FakeAuthorities
from tests.fakes.identity import FakeIdentity
from tests.fakes.register import FakeRegisters
from tests.fakes.tickets import FakeCommons, FakeSoPins, FakeTickets
from tests.support.clock import NOON, FrozenClock
from tests.support.ledgers import Ledger, ledger
from tests.support.pki import CA_NAME, a_place, an_authority

PIN: Final = "correct"
RATES: Final = (0.0, 0.03, 0.08, 0.2)
ROUNDS: Final = 80
STORMY: Final = 25
LONG: Final = timedelta(days=900)  # every certificate is inside its window: each update renews


def _template(name: str, purpose: Purpose) -> CertificateTemplate:
    recipe = SubjectRecipe((("CN", "{cn}"),), (("email", "{email}"),))
    return CertificateTemplate(TemplateKey(CA_NAME, name, purpose), name, KeyAlgorithm.EC_P256, recipe, LONG)


POLICY: Final = DeviceUsagePolicy(
    PolicyId(1),
    1,
    "Модель",
    (replace(_template("vpn", Purpose.AUTHENTICATE), revoke_on_removal=True), _template("signature", Purpose.SIGN)),
)


class Storm(Weather):
    """As everywhere, and requests that arrive twice."""

    def odd(self, place: str) -> str:
        return "twice" if place == "ca.twice" and self.rng.random() < self.rate else ""


@dataclass(slots=True)
class Fleet:
    """A few devices, their tokens, one authority, and whoever works on them."""

    folder: Path
    ledger: Ledger
    rng: Random
    clock: FrozenClock
    weather: Storm
    line: CutLine
    approvals: BuiltinApprovals
    tokens: dict[int, KeyToken]
    tickets: FakeTickets
    ends: Counter[str] = field(default_factory=Counter)
    erred: int = 0

    def outside(self, device: int) -> Outside:
        self.weather.token = self.tokens[device]
        return Outside(
            desk=KeyDesk(self.tokens[device], self.weather),
            tickets=self.tickets,
            authorities=FakeAuthorities({CA_NAME: self.line}),
            registers=FakeRegisters({}),
            commons=FakeCommons({}),
            reader=X509Reader(),
            clock=self.clock,
            so_pins=FakeSoPins(),
            identity=FakeIdentity(self.clock, self.weather),
        )

    @property
    def looking(self) -> Looking:
        return Looking(self.ledger.database, self.outside(next(iter(self.tokens))))

    # ── updates ──

    def update_one(self, device: int) -> None:
        """Order, run through the storm, end."""
        self.weather.rate = self.rng.choice(RATES)
        number = self.order(device)
        for turn in range(ROUNDS):
            if turn == STORMY:
                self.weather.rate = 0.0
            self.run(number, device)
            self.pay(device)
            row = self.ledger.row(number)
            if not row.status.active:
                break
            self.people(row, device)
        row = self.ledger.row(number)
        if row.status.active:
            raise AssertionError(f"update {number} never ended: {row.status} {row.why}")
        self.ends[row.status.value] += 1
        self.clock.advance(seconds=30)

    def order(self, device: int) -> UpdateId:
        now = self.clock.now()
        self.see(device)
        with self.ledger.database.begin() as connection:
            value = snapshots.device(connection, device)
            found = consider(value, snapshots.assignments(connection), None, choices=Choices(), now=now)
            number = store_order(connection, found, found.plan.content_hash, actor="admin", now=now)
        self.tickets.keep(number, self.tokens[device].serial, Pin(PIN))
        return number

    def run(self, number: UpdateId, device: int) -> None:
        """One work-horse; it may die at any boundary."""
        runner = UpdateRunner(self.ledger.journal, HANDLERS, self.outside(device), RunnerRules("horse"), self.at)
        with suppress(Crash):
            runner.advance(number)
        self.clock.advance(seconds=16)

    def at(self, boundary: Boundary, record: StepRecord) -> None:
        if self.rng.random() < self.weather.rate / 4:
            raise Crash(f"{boundary} {record.seq}")

    def pay(self, device: int) -> None:
        with suppress(Crash):
            Debts(self.ledger.debts, HANDLERS, self.outside(device)).settle()

    def people(self, row: Any, device: int) -> None:
        """Bring the token, enter the PIN, approve, settle; sometimes cancel or give up, sometimes err."""
        number, now, stormy = UpdateId(row.id), self.clock.now(), self.weather.rate > 0
        self.tokens[device].plugged = True
        self.tokens[device].tries = 10
        with self.ledger.database.begin() as connection, suppress(Conflict):
            if row.status is UpdateStatus.STUCK and stormy and self.rng.random() < 0.2:
                note_giving_up(connection, number, comment="enough", actor="admin", now=now)
            elif row.status is UpdateStatus.STUCK:
                happened = self.rng.random() < 0.5  # nobody looks: half of all answers are wrong
                self.erred += 1
                note_settlement(connection, number, happened=happened, comment="so it seems", actor="admin", now=now)
            elif stormy and self.rng.random() < 0.05:
                ask_to_cancel(connection, number, leave_behind=False, actor="admin", now=now)
        if row.waiting_for is WaitingFor.CA:
            self.approve()
        if not self.tickets.alive(number):
            self.tickets.keep(number, self.tokens[device].serial, Pin(PIN))
        if row.wake_at is not None:
            self.clock.set(max(row.wake_at, self.clock.now()))
        with self.ledger.database.begin() as connection, suppress(Conflict):
            wake(connection, number, self.clock.now())

    def approve(self) -> None:
        for request in self.approvals.waiting():
            with suppress(Conflict):
                yes = self.rng.random() < 0.8
                self.approvals.decide(request.order_id, approve=yes, comment="" if yes else "no", by="approver")

    def see(self, device: int) -> None:
        """The token is plugged in somewhere and read."""
        contents = self.tokens[device].contents()
        values = {"contents": codec.to_json(contents), "contents_hash": contents.content_hash()}
        mine = update(Device).where(Device.id == device)
        with self.ledger.database.begin() as connection:
            connection.execute(mine.values(last_seen_at=self.clock.now(), **values))

    # ── reconciliation ──

    def reconcile(self, *, turns: int = 12) -> Counter[str]:
        """Look and do what is proposed until nothing is found any more; answers what was found, by kind."""
        found: Counter[str] = Counter()
        for _turn in range(turns):
            self.clock.advance(hours=2)
            for device in self.tokens:
                self.see(device)
            self.round()
            open_ = self.findings(DriftState.OPEN)
            found.update(row.kind.value for row in open_)
            if not open_ and not self.findings(DriftState.MENDING):
                break
            self.mend(open_)
        return found

    def round(self) -> None:
        rounds = Rounds(self.looking, lambda: (CA_NAME,))
        with suppress(Conflict):
            rounds.begin(actor="admin")
        while True:
            try:
                if rounds.advance() is None:
                    return
            except Crash:
                self.clock.advance(minutes=6)

    def mend(self, rows: list[Any]) -> None:
        mending = Mending(self.looking)
        for row in rows:
            decision = mending.propose(row.id)
            with suppress(Crash, Conflict):
                if decision is Decision.LOOK:
                    mending.decide(row.id, Decision.ACCEPT, actor="admin", comment="ordered by hand")
                else:
                    mending.decide(row.id, decision, actor="admin")
        self.finish_runs()
        for _try in range(8):
            self.clock.advance(minutes=16)
            self.pay(next(iter(self.tokens)))
            with suppress(Crash):
                mending.follow()
        self.update_those_in_need()

    def finish_runs(self) -> None:
        """What was ordered to be used, is."""
        with self.ledger.database.read() as connection:
            rows = connection.execute(select(Update.id, Update.device_id).where(IS_ACTIVE)).all()
        for row in rows:
            number = UpdateId(row.id)
            self.tickets.keep(number, self.tokens[row.device_id].serial, Pin(PIN))
            for _turn in range(ROUNDS):
                self.run(number, row.device_id)
                now = self.ledger.row(number)
                if not now.status.active:
                    break
                self.people(now, row.device_id)

    def update_those_in_need(self) -> None:
        """What a token lost, and what was left on it, is the business of its next update."""
        kinds = (DriftKind.GONE, DriftKind.OURS_WITHOUT_ROW)
        query = select(DriftFinding.device_id).where(DriftFinding.kind.in_(kinds), DriftFinding.decision.is_not(None))
        with self.ledger.database.read() as connection:
            devices = sorted({number for number in connection.execute(query).scalars() if number is not None})
        for device in devices:
            self.weather.rate = 0.0
            number = self.order(device)
            for _turn in range(ROUNDS):
                self.run(number, device)
                row = self.ledger.row(number)
                if not row.status.active:
                    break
                self.people(row, device)

    def order_and_finish(self, device: int) -> None:
        """One update in calm weather."""
        self.weather.rate = 0.0
        self.order(device)
        self.finish_runs()
        self.see(device)

    def issued(self) -> int:
        """How many certificates there are."""
        return len(self.line.inner.issued_since("").certificates)

    def findings(self, state: DriftState) -> list[Any]:
        query = select(DriftFinding.__table__).where(DriftFinding.state == state).order_by(DriftFinding.id)
        with self.ledger.database.read() as connection:
            return list(connection.execute(query))

    def opinion(self) -> Opinion:
        tokens = {token.serial: {place[1] for place in token.certificates} for token in self.tokens.values()}
        return opinion(self.folder / "portal.db", self.folder / "ca.db", tokens)


@contextmanager
def fleet(folder: Path, seed: int, devices: int, url: str = "") -> Iterator[Fleet]:
    """A fleet with its authority, on files in this folder; our own rows elsewhere when an address is given."""
    rng, clock = Random(seed), FrozenClock()
    place = a_place(f"sqlite:///{folder}/ca.db", folder, clock)
    inner = an_authority(place)
    approvals = BuiltinApprovals(CA_NAME, place.store, clock, TEMPLATES)
    approvals.switch("signature", manual=True)
    with ledger(url or f"sqlite:///{folder}/portal.db") as book:
        tokens = {int(book.device(f"t{n}")): KeyToken(f"t{n}", PIN) for n in range(devices)}
        _assign(book)
        weather = Storm(rng, 0.0, next(iter(tokens.values())))
        line = CutLine(inner, weather, {})
        yield Fleet(folder, book, rng, clock, weather, line, approvals, tokens, FakeTickets(clock))


def _assign(book: Ledger) -> None:
    with book.database.begin() as connection:
        body = {"body": codec.to_json(POLICY), "published_at": NOON}
        connection.execute(insert(PolicyVersion).values(policy_id=1, version=1, **body))
        connection.execute(insert(PolicyAssignment).values(policy_id=1, groups=[], priority=1, created_at=NOON))


@dataclass(frozen=True, slots=True)
class Report:
    """What came of it."""

    ends: Counter[str]
    before: Opinion
    found: Counter[str]
    after: Opinion
    twice: dict[str, int]
    still_open: int
    erred: int


def tell(folder: Path, updates: int, seed: int) -> Report:
    """So many updates in bad weather, and then a reconciliation in bad weather that ends in calm."""
    with fleet(folder, seed, max(2, updates // 5)) as world:
        numbers = sorted(world.tokens)
        for turn in range(updates):
            world.update_one(numbers[turn % len(numbers)])
        before = world.opinion()
        world.weather.rate = 0.05
        found = world.reconcile(turns=3)
        world.weather.rate = 0.0
        found += world.reconcile()
        twice = {serial: times for serial, times in world.line.revocations.items() if times > 1}
        open_ = len(world.findings(DriftState.OPEN)) + len(world.findings(DriftState.MENDING))
        return Report(world.ends, before, found, world.opinion(), twice, open_, world.erred)
