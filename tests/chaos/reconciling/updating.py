"""Updates one after another on a small fleet in bad weather, and people who come, go and err."""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

from sqlalchemy import update

from portal.connectors.ca.builtin.approving import BuiltinApprovals
from portal.connectors.x509 import X509Reader
from portal.db import snapshots
from portal.db.contents import store_contents
from portal.db.models import Device
from portal.domain.certificate import KeyAlgorithm, Purpose, TemplateKey
from portal.domain.errors import Conflict
from portal.domain.ids import DeviceId, PolicyId, UpdateId
from portal.domain.outcomes import WaitingFor
from portal.domain.plan_items import Choices
from portal.domain.policy import CertificateTemplate, DeviceUsagePolicy, SubjectRecipe
from portal.domain.update_state import UpdateStatus
from portal.ports.journal import StepRecord
from portal.ports.token import Pin
from portal.services.boundaries import Boundary
from portal.services.debts import Debts
from portal.services.planning import consider
from portal.services.step_context import Outside
from portal.services.steps import HANDLERS
from portal.services.update_orders import store_order
from portal.services.update_requests import ask_to_cancel, note_giving_up, note_settlement, wake
from portal.services.update_runner import RunnerRules, UpdateRunner
from tests.chaos.reconciling.authority import CutLine
from tests.chaos.reconciling.tokens import KeyDesk, KeyToken
from tests.chaos.weather import Crash, Weather
from tests.fakes.authority import FakeAuthorities
from tests.fakes.identity import FakeIdentity
from tests.fakes.register import FakeRegisters
from tests.fakes.tickets import FakeCommons, FakeSoPins, FakeTickets
from tests.support.clock import FrozenClock
from tests.support.ledgers import Ledger
from tests.support.pki import CA_NAME

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
class Updating:
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
        mine = update(Device).where(Device.id == device)
        with self.ledger.database.begin() as connection:
            connection.execute(mine.values(last_seen_at=self.clock.now()))
            store_contents(connection, DeviceId(device), self.tokens[device].contents())
