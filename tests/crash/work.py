"""What the children do: carry the update, die on order, meet faults, wait for the approver."""

import os
import signal
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import portal.connectors.token.gateway  # noqa: F401  loaded before the fork, the library itself after it
from jobs.lifeline import lifeline
from portal.connectors.ca.builtin.approving import BuiltinApprovals
from portal.domain.ids import UpdateId
from portal.domain.update_state import StepStatus, UpdateStatus
from portal.domain.update_steps import StepKind
from portal.ports.journal import Claim, StepRecord, UpdateJournal
from portal.ports.token import Pin
from portal.services.boundaries import Boundary, Observer, nobody
from portal.services.lease import LeaseCheck
from portal.services.step_context import Outside
from portal.services.steps import HANDLERS
from portal.services.update_runner import RunnerRules, UpdateRunner
from tests.crash.place import CA_NAME, PIN_OF_ALL, Place
from tests.support.pki import a_place


def goes_back(boundary: Boundary, record: StepRecord) -> bool:
    """Whether this is a boundary of an undo."""
    undoing = record.status in {StepStatus.UNDOING, StepStatus.UNDONE}
    return undoing or (boundary is Boundary.BEFORE_INTENT and record.status is not StepStatus.PENDING)


@dataclass(slots=True)
class Blow:
    """Kill this process, or stop it, at a boundary of a kind of step, going forward or back; perhaps cancel before."""

    kind: StepKind
    boundary: Boundary
    back: bool = False
    cancel_at: StepKind | None = None
    place: Place | None = None
    by: signal.Signals = signal.SIGKILL
    cancelled: bool = field(default=False, init=False)

    def __call__(self, boundary: Boundary, record: StepRecord) -> None:
        kind = record.step.kind
        if kind is self.cancel_at and boundary is Boundary.AFTER_EFFECT and not self.cancelled and self.place:
            self.cancelled = True
            self.place.ledger().cancel(UpdateId(self.place.update), datetime.now(UTC))
        if kind is self.kind and boundary is self.boundary and goes_back(boundary, record) is self.back:
            os.kill(os.getpid(), self.by)


def runner(place: Place, outside: Outside, observe: Observer = nobody) -> UpdateRunner:
    rules = RunnerRules(f"horse-{os.getpid()}")
    return UpdateRunner(place.ledger().journal, HANDLERS, outside, rules, observe)


def wakes(place: Place, blow: Blow) -> UpdateStatus | None:
    """Carry the update until it is stopped; whoever wakes asks for his lease before he touches anything."""
    outside = place.outside()
    outside.tickets.keep(UpdateId(place.update), place.serial, Pin(PIN_OF_ALL))

    def hold(journal: UpdateJournal, claim: Claim, lease: timedelta) -> AbstractContextManager[LeaseCheck]:
        return nullcontext(lambda: journal.renew(claim, now=outside.clock.now(), lease=lease))

    stopping = runner(place, outside, replace(blow, place=place, by=signal.SIGSTOP))
    return replace(stopping, hold=hold).advance(UpdateId(place.update))


def struck(place: Place, blow: Blow, ahead: timedelta = timedelta()) -> None:
    """Carry the update until the blow."""
    outside = place.outside(ahead)
    outside.tickets.keep(UpdateId(place.update), place.serial, Pin(PIN_OF_ALL))
    runner(place, outside, replace(blow, place=place)).advance(UpdateId(place.update))


@dataclass(frozen=True, slots=True)
class Fault:
    """Rules of the fault module from the moment a kind of step is about to act; or another token put in."""

    kind: StepKind
    rules: tuple[str, ...] = ()
    swap: bool = False


def troubled(place: Place, fault: Fault, patience: float = 60) -> tuple[UpdateStatus | None, str]:
    """Carry the update through the fault; a token that hangs longer than ``patience`` ends this process."""
    outside = place.outside()
    outside.tickets.keep(UpdateId(place.update), place.serial, Pin(PIN_OF_ALL))
    struck: list[Boundary] = []

    def observe(boundary: Boundary, record: StepRecord) -> None:
        if record.step.kind is fault.kind and boundary is Boundary.AFTER_INTENT and not struck:
            struck.append(boundary)
            place.rules(*fault.rules)
            if fault.swap:
                place.swap_token(place.folder / "other")

    hold = lifeline(outside.clock, beat=timedelta(seconds=0.2), patience=timedelta(seconds=patience))
    engine = replace(runner(place, outside, observe), hold=hold)
    status = engine.advance(UpdateId(place.update))
    assert struck
    return status, trouble(place)


def tried(place: Place, pin: str, ahead: timedelta = timedelta(minutes=5)) -> tuple[UpdateStatus | None, str]:
    """Wake the update with this PIN."""
    outside = place.outside(ahead)
    update = UpdateId(place.update)
    outside.tickets.keep(update, place.serial, Pin(pin))
    place.ledger().wake(update, outside.clock.now())
    return runner(place, outside).advance(update), trouble(place)


def trouble(place: Place) -> str:
    why = place.ledger().row(UpdateId(place.update)).why
    return str(why["value"]["trouble"]) if why else ""


def _desk(place: Place) -> BuiltinApprovals:
    where = a_place(f"sqlite:///{place.folder}/ca.db", place.folder / "ca")
    return BuiltinApprovals(CA_NAME, where.store, where.clock, where.templates)


def asks_approver(place: Place, template: str) -> None:
    """From now on orders of this template wait for a person."""
    _desk(place).switch(template, manual=True)


def approver_decides(place: Place, approve: bool) -> None:
    """A person says yes, or no, to everything that waits."""
    for request in _desk(place).waiting():
        _desk(place).decide(request.order_id, approve=approve, comment="сказано", by="approver")


def approvals_open(place: Place) -> int:
    """How many orders still wait."""
    return len(_desk(place).waiting())


def cancelled(place: Place) -> None:
    """A person stops the update."""
    place.ledger().cancel(UpdateId(place.update), datetime.now(UTC))
