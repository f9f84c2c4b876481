"""One update from order to end, in bad weather, with people who come and go."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Final

from portal.domain.audit import AuditTag
from portal.domain.update_state import UpdateStatus
from portal.ports.journal import Claim, LeaseLost, StepRecord, UpdateJournal
from portal.services.boundaries import Boundary
from portal.services.debts import Debts
from portal.services.lease import LeaseCheck
from portal.services.step_context import Outside
from portal.services.steps import HANDLERS
from portal.services.update_runner import RunnerRules, UpdateRunner
from tests.chaos.people import MODEL_READER, People
from tests.chaos.scenery import CA, COMMONS, DEVICE, SERIAL, START, UPDATE, Gallery, Scene
from tests.chaos.told import tell_registers
from tests.chaos.verdict import given_up, judge
from tests.chaos.watch import SWEEPER, Violation, Watch
from tests.chaos.weather import Crash, Weather
from tests.fakes.authority import FakeAuthorities, FakeAuthority
from tests.fakes.debts import MemoryDebtBook
from tests.fakes.identity import FakeIdentity
from tests.fakes.journal import MemoryJournal, Row
from tests.fakes.records import Records
from tests.fakes.register import FakeRegister, FakeRegisters
from tests.fakes.sim_token import SimDesk
from tests.fakes.tickets import FakeCommons, FakeSoPins, FakeTickets
from tests.support.clock import FrozenClock

ROUNDS: Final = 120
STORMY: Final = 30  # rounds until the weather calms down
RATES: Final = (0.0, 0.01, 0.03, 0.08, 0.2)
COMMON: Final = FakeCommons(dict(COMMONS))


@dataclass(slots=True)
class Story:
    """Everything one update meets; the dice decide, the seed decides the dice."""

    rng: Random
    scene: Scene
    clock: FrozenClock = field(default_factory=lambda: FrozenClock(START))
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    runs: int = 0
    nested: bool = False
    weather: Weather = field(init=False)
    tickets: FakeTickets = field(init=False)
    ca: FakeAuthority = field(init=False)
    register: FakeRegister = field(init=False)
    desk: SimDesk = field(init=False)
    identity: FakeIdentity = field(init=False)
    outside: Outside = field(init=False)
    watch: Watch = field(init=False)
    people: People = field(init=False)

    def __post_init__(self) -> None:
        scene = self.scene
        self.weather = Weather(self.rng, self.rng.choice(RATES), scene.token)
        self.tickets = FakeTickets(self.clock)
        self.ca = FakeAuthority(self.clock, self.weather, revoked=scene.revoked)
        self.register = FakeRegister(self.weather, {SERIAL} if scene.device.registered else set())
        self.desk = SimDesk(scene.token, self.weather)
        self.identity = FakeIdentity(self.clock, self.weather)
        self.outside = Outside(
            self.desk,
            self.tickets,
            FakeAuthorities({CA: self.ca}),
            FakeRegisters(dict.fromkeys(scene.policy.registers | scene.device.registered, self.register)),
            COMMON,
            MODEL_READER,
            self.clock,
            FakeSoPins(),
            self.identity,
        )
        self.journal.records[DEVICE] = _records(scene)
        self.watch = Watch(scene, self.journal, self.ca, self.clock)
        self.identity.on_confirm = self.watch.on_confirm
        self.people = People(
            self.rng,
            scene,
            self.clock,
            self.journal,
            self.weather,
            self.tickets,
            self.desk,
            self.ca,
            self.register,
            self.watch,
        )

    @property
    def row(self) -> Row:
        return self.journal.rows[UPDATE]

    def live(self) -> UpdateStatus:
        """From the order to the end."""
        self.journal.order(DEVICE, SERIAL, "ivanova", self.scene.steps)
        self.people.enter_pin()
        if self.weather.rate and self.rng.random() < 0.1:
            self.people.change_the_token()
        for round_no in range(ROUNDS):
            if round_no == STORMY:
                self.weather.rate = 0.0
            self.run()
            self.sweep()
            if not self.row.status.active:
                break
            self.people.come_and_go()
        self.pay_what_is_owed()
        tell_registers(self.journal.records[DEVICE], self.register, self.weather)
        self.check_pins()
        self.check_end()
        self.check_made_known()
        judge(self.watch, self.tickets, self.register)
        return self.row.status

    def run(self) -> None:
        """One work-horse from start to end, or to its death."""
        self.runs += 1
        owner = f"worker-{self.runs}"
        rules = RunnerRules(owner)
        runner = UpdateRunner(self.journal, HANDLERS, self.outside, rules, self.at, self.hold)
        self.watch.acting.append(owner)
        try:
            runner.advance(UPDATE)
        except Crash:
            self.clock.advance(seconds=16)
        finally:
            self.watch.acting.pop()

    def sweep(self) -> None:
        """The sweeper pays what is owed and due; it may die of it, and the next one goes on."""
        self.watch.acting.append(SWEEPER)
        with suppress(Crash):
            Debts(MemoryDebtBook(self.journal), HANDLERS, self.outside).settle()
        self.watch.acting.pop()

    def pay_what_is_owed(self) -> None:
        """The run is over; days pass, and the weather calms down."""
        for round_no in range(ROUNDS):
            if not self.row.owed:
                break
            if round_no == STORMY:
                self.weather.rate = 0.0
            self.clock.advance(minutes=15)
            self.sweep()

    def hold(self, _journal: UpdateJournal, claim: Claim, _lease: timedelta) -> "_Heartbeat":
        """A heartbeat that knows when it was asleep too long."""
        return _Heartbeat(self, claim.fence)

    def at(self, boundary: Boundary, record: StepRecord) -> None:
        """Between two breaths anything may happen: death, a long sleep, a person who wants to stop."""
        rate = self.weather.rate
        if not rate or self.rng.random() >= rate:
            return
        match self.rng.choice(("crash", "sleep", "cancel", "twice")):
            case "crash":
                self.weather.struck.append(f"{boundary} of {record.step.kind} {record.seq}: crash")
                raise Crash(boundary)
            case "sleep" if not self.nested:
                self.sleep_past_the_lease(boundary, record)
            case "cancel" if self.rng.random() < 0.1:
                self.people.cancel()
            case _:
                self.second_delivery()

    def sleep_past_the_lease(self, boundary: Boundary, record: StepRecord) -> None:
        """Stopped longer than the lease; somebody else goes on; then it wakes as a zombie."""
        self.weather.struck.append(f"{boundary} of {record.step.kind} {record.seq}: sleeps")
        self.clock.advance(seconds=16)
        self.nested = True
        self.run()
        self.nested = False

    def second_delivery(self) -> None:
        """The same job once more, while the first runs: it must get nothing."""
        if self.row.lease_until is None or self.row.lease_until <= self.clock.now():
            return
        if self.journal.claim(UPDATE, owner="twin", now=self.clock.now(), lease=RunnerRules("").lease):
            raise Violation("I7: two hold one update")

    def check_end(self) -> None:
        """I6: what passes by itself, or once people did their part, does not change the end."""
        asked_to_stop = any(tag is AuditTag.UPDATE_CANCEL_REQUESTED for tag, _ in self.row.audit)
        ended_by_a_person = asked_to_stop or given_up(self.watch)
        bad_luck = self.weather.hard or ended_by_a_person or self.watch.changed_before
        if self.row.status is not UpdateStatus.COMPLETED and not bad_luck:
            raise Violation(f"I6: another end than without faults: {self.row.status}, {self.row.why}")

    def check_made_known(self) -> None:
        """Where the policy wants it, accounts of the state know of every certificate that needed them, once."""
        wanted = self.watch.demanding if self.scene.policy.identity.announce else 0
        told = len(self.identity.told)
        if told > wanted or (told < wanted and self.row.status is UpdateStatus.COMPLETED):
            raise Violation(f"{told} certificates were made known to accounts of the state, not {wanted}")

    def check_pins(self) -> None:
        if self.scene.token.wrong_tries > len(self.people.entered):
            raise Violation("I5: a refused PIN was tried again")


def _records(scene: Scene) -> Records:
    device = scene.device
    records = Records(revoked=set(scene.revoked))
    places = [(c.fingerprint, c.key_id) for c in device.managed] + [(c.fingerprint, c.key_id) for c in device.commons]
    records.certificates = dict.fromkeys((fingerprint for fingerprint, _ in places), "written")
    records.keys = {key_id for _, key_id in places}
    records.registered = set(device.registered)
    records.leftovers = {(left.key_id, left.fingerprint) for left in device.leftovers}
    return records


@dataclass(slots=True)
class _Heartbeat:
    story: Story
    fence: int

    def __enter__(self) -> LeaseCheck:
        return self.check

    def __exit__(self, *_: object) -> None:
        return None

    def check(self) -> None:
        row = self.story.row
        if row.fence != self.fence or row.status is not UpdateStatus.RUNNING:
            raise LeaseLost(UPDATE)


def tell(seed: int, gallery: Gallery) -> UpdateStatus:
    """The story of this seed, to its end. Raises Violation."""
    return Story(Random(seed), gallery.scene_of(seed)).live()


def retell(seed: int) -> list[str]:
    """The same story with everything that happened, line by line."""
    painted = Gallery().scene_of(seed)
    story = Story(Random(seed), painted)
    try:
        ended = str(story.live())
    except Violation as violation:
        ended = f"VIOLATION {violation}"
    steps = [
        f"{r.seq:>3} {r.step.kind} of item {r.step.item}: {r.status} {r.why.trouble if r.why else ''}"
        for r in story.row.steps
    ]
    plan = [f"{number:>3} {item.action} {item.name}" for number, item in enumerate(painted.plan.items)]
    lines = [f"{tag} {seq or ''}" for tag, seq in story.row.audit]
    return ["plan", *plan, "steps", *steps, "what struck", *story.weather.struck, "journal", *lines, ended]
