"""A fleet whose updates went through bad weather, and then its reconciliation."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import insert, select

from portal.connectors.ca.builtin.approving import BuiltinApprovals
from portal.connectors.ca.builtin.templates import TEMPLATES
from portal.db.models import IS_ACTIVE, DriftFinding, PolicyAssignment, PolicyVersion, Update
from portal.domain import codec
from portal.domain.drift import Decision, DriftKind, DriftState
from portal.domain.errors import Conflict
from portal.domain.ids import UpdateId
from portal.ports.token import Pin
from portal.services.reconciliation.looking import Looking
from portal.services.reconciliation.mending import Mending
from portal.services.reconciliation.rounds import Rounds
from tests.chaos.reconciling.audit import Opinion, opinion
from tests.chaos.reconciling.authority import CutLine
from tests.chaos.reconciling.tokens import KeyToken
from tests.chaos.reconciling.updating import PIN, POLICY, ROUNDS, Storm, Updating
from tests.chaos.weather import Crash
from tests.fakes.tickets import FakeTickets
from tests.support.clock import NOON, FrozenClock
from tests.support.ledgers import Ledger, ledger
from tests.support.pki import CA_NAME, a_place, an_authority


@dataclass(slots=True)
class Fleet(Updating):
    """The fleet, and who looks for what its updates left behind."""

    @property
    def looking(self) -> Looking:
        return Looking(self.ledger.database, self.outside(next(iter(self.tokens))))

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
