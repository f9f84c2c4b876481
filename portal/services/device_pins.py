"""Changing and resetting the user PIN: runs of the engine, so that a pulled token loses nobody his PIN."""

from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from sqlalchemy import Connection

from portal.db import snapshots
from portal.db.transaction import Database
from portal.domain.device import Device
from portal.domain.device_life import Operation
from portal.domain.effective_policy import NoPolicy, effective_policy
from portal.domain.errors import InvalidInput
from portal.domain.ids import DeviceId, UpdateId
from portal.domain.pin_rules import pin_fault
from portal.domain.plan_pin import pin_plan
from portal.domain.policy import DeviceRules, DeviceUsagePolicy
from portal.domain.run_kind import RunKind
from portal.ports.clock import Clock
from portal.ports.token import Pin
from portal.ports.vault import PinTickets
from portal.services.administrator_pins import AdministratorPins
from portal.services.bell import Bell
from portal.services.device_operations import Wish, begin, write
from portal.services.run_rows import RunDraft, refuse_if_running, store_run
from portal.services.update_requests import check_pin, wake

KINDS: Final = {Operation.CHANGE_PIN: RunKind.CHANGE_PIN, Operation.RESET_PIN: RunKind.RESET_PIN}


@dataclass(frozen=True, slots=True)
class NewPin:
    """The PIN to set; ``old`` opens the token when the administrator's does not. ``version`` as everywhere."""

    new: Pin
    old: Pin | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class DevicePins:
    """Both raise NotFound, NoPolicy, InvalidInput (fields ``pin``, ``new_pin``), PolicyForbids ``life_…``, Conflict."""

    database: Database
    clock: Clock
    tickets: PinTickets
    bell: Bell
    so_pins: AdministratorPins

    def change(self, device: DeviceId, old: Pin, new: Pin, *, actor: str, version: int | None = None) -> UpdateId:
        """Order the change; the run sets the new PIN as soon as the token is there, and spends at most one try."""
        return self._order(Wish(device, Operation.CHANGE_PIN, actor, version=version), NewPin(new, old))

    def reset(self, device: DeviceId, new: Pin, *, actor: str, version: int | None = None) -> UpdateId:
        """Order the reset: the PIN is set with the administrator PIN out of the vault; a locked one is free again."""
        return self._order(Wish(device, Operation.RESET_PIN, actor, version=version), NewPin(new))

    def rules(self, device: DeviceId) -> DeviceRules:
        """What a new PIN of this device must be like; raises NotFound, NoPolicy."""
        with self.database.read() as connection:
            return ruling(connection, snapshots.device(connection, device)).devices

    def keep_so_pin(self, device: DeviceId, pin: Pin) -> None:
        """Seal the administrator PIN somebody entered, in place of the one kept before."""
        with self.database.begin() as connection:
            self.so_pins.keep(connection, device, pin, self.clock.now())

    def _order(self, wish: Wish, pins: NewPin) -> UpdateId:
        now = self.clock.now()
        with self.database.read() as connection:
            known = snapshots.device(connection, wish.device)
            policy = ruling(connection, known)
        self._check(known.serial, policy.devices, pins)
        with self.database.begin() as connection:
            refuse_if_running(connection, known)
            begun = begin(connection, wish)
            plan, steps = pin_plan(known, policy, KINDS[wish.operation])
            draft = RunDraft(known, plan, steps, str(uuid4()), kind=KINDS[wish.operation])
            update = store_run(connection, draft, actor=wish.actor, now=now)
            write(connection, wish, begun, now)
        self._hand_over(update, known.serial, pins)
        return update

    def _check(self, serial: str, rules: DeviceRules, pins: NewPin) -> None:
        if pins.old is not None:
            check_pin(self.tickets, serial, pins.old)
        fault = pin_fault(pins.new.reveal(), rules, old=pins.old.reveal() if pins.old else "")
        if fault:
            raise InvalidInput({"new_pin": fault})

    def _hand_over(self, update: UpdateId, serial: str, pins: NewPin) -> None:
        """For a reset the new PIN is the run's own: it opens the token once it is set."""
        self.tickets.keep(update, serial, pins.old or pins.new)
        if pins.old is not None:
            self.tickets.keep_new(update, serial, pins.new)
        now = self.clock.now()
        with self.database.begin() as connection:
            wake(connection, update, now)
            ring = self.bell.post(connection, update, now)
        self.bell.ring(ring)


def ruling(connection: Connection, device: Device) -> DeviceUsagePolicy:
    """The policy that acts for the holder, else the one the device was last brought in line with; raises NoPolicy."""
    if device.holder is not None:
        try:
            return effective_policy(device.holder, snapshots.assignments(connection)).policy
        except NoPolicy:
            if device.applied is None:
                raise
    if device.applied is None:
        raise NoPolicy(serial=device.serial)
    return snapshots.policy_version(connection, device.applied.id, device.applied.version)
