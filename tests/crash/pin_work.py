"""What the children do to PINs: set one, die on order, and find out which is in force."""

import os
import signal
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from sqlalchemy import update

from portal.db.models import Update
from portal.domain.ids import DeviceId, UpdateId
from portal.domain.outcomes import Done
from portal.domain.update_state import UpdateStatus
from portal.domain.update_steps import Step, StepKind
from portal.ports.journal import StepRecord
from portal.ports.token import Pin, ReadContents
from portal.services.boundaries import Boundary
from portal.services.step_context import Outside
from tests.crash.before import ORDINARY
from tests.crash.place import PIN_OF_ALL, Place
from tests.crash.work import runner
from tests.support.pins import Pins
from tests.support.tokens import SO_PIN

#: Steps that are no part of an update; each is the only step of its run.
PIN_STEPS: Final = frozenset(StepKind) - ORDINARY
NEW: Final = "831056"
NEW_SO: Final = "910573482611"


@dataclass(frozen=True, slots=True)
class Kept:
    """The vault holds the administrator PIN of every token."""

    def open(self, _serial: str) -> Pin:
        return Pin(SO_PIN)

    def upcoming(self, _serial: str) -> tuple[Pin, bool]:
        return Pin(NEW_SO), True


def ordered(place: Place, kind: StepKind) -> Place:
    """The prepared world with a run of this one step in place of its update."""
    ledger = place.ledger()
    with ledger.database.begin() as connection:
        connection.execute(update(Update).values(status=UpdateStatus.CANCELLED))
    seen = ledger.device_row(DeviceId(place.device)).contents_hash
    step = Step(kind, item=0, label="Ключ", content_hash=seen)
    return replace(place, update=ledger.order(DeviceId(place.device), (step,)))


def outside(place: Place, ahead: timedelta = timedelta()) -> Outside:
    """The doors, with the ticket of the new PIN."""
    made = replace(place.outside(ahead), so_pins=Kept())
    made.tickets.keep_new(UpdateId(place.update), place.serial, Pin(NEW))
    return made


def struck(place: Place, kind: StepKind, boundary: Boundary) -> None:
    """Carry the run until its process is killed."""

    def observe(here: Boundary, record: StepRecord) -> None:
        if here is boundary and record.step.kind is kind:
            os.kill(os.getpid(), signal.SIGKILL)

    doors = outside(place)
    first = PIN_OF_ALL if kind is StepKind.CHANGE_PIN else NEW
    doors.tickets.keep(UpdateId(place.update), place.serial, Pin(first))
    runner(place, doors, observe).advance(UpdateId(place.update))


def waited(place: Place) -> UpdateStatus:
    """Resume without the PIN that opens the token, as after a crash."""
    number = UpdateId(place.update)
    runner(place, outside(place, timedelta(minutes=5))).advance(number)
    status: UpdateStatus = place.ledger().row(number).status
    return status


def in_force(place: Place) -> str:
    """The PIN that opens the token."""
    return next(pin for pin in (NEW, PIN_OF_ALL) if opens(place, pin))


def opens(place: Place, pin: str) -> bool:
    """Whether this PIN opens the token."""
    with place.outside().desk.gateway(place.serial, Pins(pin)) as gateway:
        return isinstance(gateway.carry_out(ReadContents()), Done)


def entered(place: Place, pin: str) -> UpdateStatus:
    """A person enters a PIN, and the run goes on to its end."""
    doors, number = outside(place, timedelta(minutes=8)), UpdateId(place.update)
    doors.tickets.keep(number, place.serial, Pin(pin))
    place.ledger().wake(number, doors.clock.now())
    runner(place, doors).advance(number)
    status: UpdateStatus = place.ledger().row(number).status
    return status


def certificates(place: Place) -> int:
    """How many certificates are on the token."""
    with place.outside().desk.gateway(place.serial, Pins(NEW)) as gateway:
        outcome = gateway.carry_out(ReadContents())
    assert isinstance(outcome, Done)
    assert outcome.reply.contents is not None
    return len(outcome.reply.contents.certificates)
