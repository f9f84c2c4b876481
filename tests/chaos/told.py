"""Registers that did not take what an update told them are told again after it, without the token."""

from contextlib import suppress
from typing import Final

from portal.domain.facts import DeviceRegistered, DeviceWithdrawn
from portal.domain.outcomes import Done
from portal.domain.policy import Register
from portal.ports.device_register import RegisterOrder
from tests.chaos.scenery import SERIAL
from tests.chaos.watch import Violation
from tests.chaos.weather import Crash, Weather
from tests.fakes.records import Records
from tests.fakes.register import FakeRegister

TRIES: Final = 60
STORMY: Final = 15


def tell_registers(records: Records, register: FakeRegister, weather: Weather) -> None:
    """Tell them until they take it: a person removes the cause of a refusal, and the weather calms down."""
    for number in range(TRIES):
        if number == STORMY:
            weather.rate = 0.0
        for kind, on in tuple(records.owed.items()):
            with suppress(Crash):
                _tell(records, register, kind, on=on)
    if records.owed:
        raise Violation(f"a register was never told: {records.owed}")


def _tell(records: Records, register: FakeRegister, kind: Register, *, on: bool) -> None:
    order = RegisterOrder("again", SERIAL, "ivanova")
    outcome = register.register(order) if on else register.withdraw(order)
    if isinstance(outcome, Done):
        records.apply(DeviceRegistered(kind) if on else DeviceWithdrawn(kind))
