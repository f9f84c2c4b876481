"""People around one update: who brings the token, enters a PIN, answers a question, cancels, and meddles."""

from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Final

from portal.domain.errors import Conflict
from portal.domain.outcomes import WaitingFor
from portal.domain.update_state import StepStatus, UpdateStatus
from portal.domain.update_steps import StepKind
from portal.ports.journal import StepRecord
from portal.ports.token import Pin
from tests.chaos.scenery import PIN, SERIAL, START, UPDATE, Scene
from tests.chaos.watch import Watch
from tests.chaos.weather import Weather
from tests.fakes.authority import FakeAuthority
from tests.fakes.journal import IN_DOUBT, MemoryJournal, Row
from tests.fakes.reader import ModelCertificate, ModelReader
from tests.fakes.register import FakeRegister
from tests.fakes.sim_token import SimDesk, SimToken
from tests.fakes.tickets import FakeTickets
from tests.support.clock import FrozenClock

MODEL_READER: Final = ModelReader()


@dataclass(frozen=True, slots=True)
class People:
    """Whom the dice let come, go and err."""

    rng: Random
    scene: Scene
    clock: FrozenClock
    journal: MemoryJournal
    weather: Weather
    tickets: FakeTickets
    desk: SimDesk
    ca: FakeAuthority
    register: FakeRegister
    watch: Watch
    entered: set[str] = field(default_factory=set)

    @property
    def row(self) -> Row:
        return self.journal.rows[UPDATE]

    def come_and_go(self) -> None:
        """Whoever it may concern does the next thing, now and then another."""
        row = self.row
        if self.weather.rate and self.rng.random() < 0.02:
            self.cancel()
        match row.status:
            case UpdateStatus.STUCK if self.weather.rate and self.rng.random() < 0.1:
                self.journal.give_up(UPDATE, self.clock.now())
            case UpdateStatus.STUCK:
                self.journal.settle(UPDATE, happened=self.what_the_operator_sees(), now=self.clock.now())
            case UpdateStatus.WAITING:
                self.move_it_on(row)
            case _:
                self.clock.advance(seconds=16)

    def move_it_on(self, row: Row) -> None:
        match row.waiting_for:
            case WaitingFor.TOKEN:
                self.bring_the_token(row)
            case WaitingFor.PIN if not self.tickets.alive(UPDATE):
                self.enter_pin()
            case WaitingFor.PIN:
                pass  # the sweeper sees the token and a living ticket
            case _:
                self.clock.set(max(row.wake_at or self.clock.now(), self.clock.now()))
        self.journal.wake(UPDATE, self.clock.now())

    def bring_the_token(self, row: Row) -> None:
        if row.unwinding is not None and self.weather.rate and self.rng.random() < 0.3:
            self.cancel(leave_behind=True)
        elif self.weather.rate and self.rng.random() < 0.3:
            self.desk.token = SimToken("other", PIN, keys={"aa": b"aa"})
        else:
            self.desk.token = self.scene.token
            self.scene.token.plugged = True

    def cancel(self, *, leave_behind: bool = False) -> None:
        with suppress(Conflict):  # too late, or not the moment
            self.journal.cancel(UPDATE, self.clock.now(), leave_behind=leave_behind)

    def enter_pin(self) -> None:
        """Mostly the right one; sometimes a wrong one, and the same wrong one again."""
        if self.weather.rate and self.scene.token.tries > 3 and self.rng.random() < 0.15:
            pin = self.rng.choice(("wrong", "wronger"))
            self.entered.add(pin)
        else:
            pin = PIN
            self.scene.token.tries = max(self.scene.token.tries, 3)  # somebody unlocked it
        if self.weather.rate and self.rng.random() < 0.1:
            self.clock.advance(minutes=11)
        self.tickets.keep(UPDATE, SERIAL, Pin(pin))

    def change_the_token(self) -> None:
        other = ModelCertificate("foreign", "ffff", b"foreign", START, START)
        self.scene.token.keys["f0"] = b"foreign"
        self.scene.token.certificates["f0", MODEL_READER.certificate(other.der()).fingerprint] = other.der()
        self.scene.foreign["f0"] = other.der()
        self.watch.changed_before = True

    def what_the_operator_sees(self) -> bool:
        """The truth about the step in doubt, as a person would find it out."""
        doubtful = next((r for r in self.row.steps if r.status in IN_DOUBT), None)
        return doubtful is not None and (self._there(doubtful) is not (doubtful.status is StepStatus.UNDOING))

    def _there(self, record: StepRecord) -> bool:
        """Whether what the step brings is there: for a removal, whether it is gone."""
        step, token = record.step, self.scene.token
        match step.kind:
            case StepKind.GENERATE_KEY:
                return step.key_id in token.keys
            case StepKind.WRITE_CERTIFICATE:
                return any(place[0] == step.key_id for place in token.certificates)
            case StepKind.WRITE_COMMON:
                return step.key_id in token.keys or any(place[0] == step.key_id for place in token.certificates)
            case StepKind.REMOVE_CERTIFICATE:
                return (step.key_id, step.fingerprint) not in token.certificates
            case StepKind.REMOVE_KEY:
                return step.key_id not in token.keys
            case StepKind.REQUEST_CERTIFICATE:
                issued = self.ca.issued(step.order_id)
                return issued is not None and issued.serial not in self.ca.revoked
            case StepKind.REVOKE_CERTIFICATE:
                return step.serial in self.ca.revoked
            case StepKind.REGISTER_DEVICE:
                return SERIAL in self.register.devices
            case StepKind.WITHDRAW_DEVICE:
                return SERIAL not in self.register.devices
            case _:
                return False
