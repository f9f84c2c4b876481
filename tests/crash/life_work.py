"""What the children do with a device's life on a real token: clean it, wipe and issue it."""

from dataclasses import replace
from datetime import UTC, datetime

from portal.db import snapshots
from portal.domain.contents import TokenContents
from portal.domain.device import Device, DeviceState
from portal.domain.ids import DeviceId, PolicyId, UpdateId
from portal.domain.outcomes import Done
from portal.domain.plan_clean import CleaningChoices, plan_cleaning
from portal.domain.plan_items import Choices
from portal.domain.plan_steps import steps_of
from portal.domain.policy import DeviceRules, DeviceUsagePolicy
from portal.domain.update_plan import plan_update
from portal.domain.update_state import UpdateStatus
from portal.domain.update_steps import Step
from portal.ports.token import Pin, ReadContents
from tests.crash.before import SIGNATURE
from tests.crash.pin_work import Kept
from tests.crash.place import Place
from tests.crash.work import runner
from tests.support.pins import Pins

NEW = "831056"
POLICY = DeviceUsagePolicy(PolicyId(1), 1, "Модель", (SIGNATURE,), devices=DeviceRules(initialize=True))


def known(place: Place) -> Device:
    """The device as our rows have it."""
    with place.ledger().database.read() as connection:
        return snapshots.device(connection, place.device)


def cleaning(place: Place) -> tuple[Step, ...]:
    """The steps that clean it, every certificate revoked and every key given up."""
    device, chosen = known(place), CleaningChoices(revoke_all=True, give_up_keys=True)
    return steps_of(plan_cleaning(device, POLICY, chosen, datetime.now(UTC)), device, POLICY, "clean")


def issue(place: Place) -> tuple[Step, ...]:
    """The steps that wipe its token and issue it, as if nothing of ours were on it."""
    device = replace(known(place), state=DeviceState.ASSIGNED, managed=(), commons=(), registered=frozenset())
    plan = plan_update(device, POLICY, Choices(wipe=True), datetime.now(UTC))
    assert plan.initializes
    assert not plan.problems
    return steps_of(plan, device, POLICY, "issue")


def carried(place: Place, pin: str) -> tuple[UpdateStatus, TokenContents]:
    """Carry the run to its end with this PIN, and read the token with it."""
    number, doors = UpdateId(place.update), replace(place.outside(), so_pins=Kept())
    doors.tickets.keep(number, place.serial, Pin(pin))
    runner(place, doors).advance(number)
    with doors.desk.gateway(place.serial, Pins(pin)) as gateway:
        outcome = gateway.carry_out(ReadContents())
    assert isinstance(outcome, Done)
    assert outcome.reply.contents is not None
    return place.ledger().row(number).status, outcome.reply.contents


def ordered(place: Place, steps: tuple[Step, ...]) -> Place:
    """The world with a run of these steps."""
    return replace(place, update=place.ledger().order(DeviceId(place.device), steps))
