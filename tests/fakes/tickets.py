"""Secrets in memory: PIN tickets with the same short life, and what a vault keeps."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from portal.domain.ids import UpdateId
from portal.ports.clock import Clock
from portal.ports.token import Pin
from portal.ports.vault import KeyMaterial


@dataclass(slots=True)
class FakeTickets:
    """Implements PinTickets."""

    clock: Clock
    life: timedelta = timedelta(minutes=10)
    kept: dict[UpdateId, tuple[str, str, datetime]] = field(default_factory=dict)
    new: dict[UpdateId, tuple[str, str, datetime]] = field(default_factory=dict)
    refused: set[tuple[str, str]] = field(default_factory=set)

    def keep(self, update: UpdateId, serial: str, pin: Pin) -> None:
        self.kept[update] = (serial, pin.reveal(), self.clock.now() + self.life)

    def take(self, update: UpdateId, serial: str) -> Pin | None:
        if not self.alive(update):
            return None
        kept, pin, _ = self.kept[update]
        return Pin(pin) if kept == serial else None

    def keep_new(self, update: UpdateId, serial: str, pin: Pin) -> None:
        self.new[update] = (serial, pin.reveal(), self.clock.now() + self.life)

    def take_new(self, update: UpdateId, serial: str) -> Pin | None:
        kept, pin, end = self.new.get(update, ("", "", self.clock.now()))
        return Pin(pin) if kept == serial and end > self.clock.now() else None

    def destroy_new(self, update: UpdateId) -> None:
        self.new.pop(update, None)

    def destroy(self, update: UpdateId) -> None:
        self.kept.pop(update, None)

    def alive(self, update: UpdateId) -> bool:
        return update in self.kept and self.kept[update][2] > self.clock.now()

    def remember_refused(self, serial: str, pin: Pin) -> None:
        self.refused.add((serial, pin.reveal()))

    def forget_refused(self, serial: str, pin: Pin) -> None:
        self.refused.discard((serial, pin.reveal()))

    def was_refused(self, serial: str, pin: Pin) -> bool:
        return (serial, pin.reveal()) in self.refused


@dataclass(slots=True)
class FakeCommons:
    """Common certificates that open to what a test put in."""

    material: dict[tuple[str, int], KeyMaterial] = field(default_factory=dict)

    def open(self, name: str, version: int) -> KeyMaterial | None:
        return self.material.get((name, version))


@dataclass(slots=True)
class FakeSoPins:
    """Administrator PINs by serial number: those in force, and those to be set next."""

    kept: dict[str, str] = field(default_factory=dict)
    coming: dict[str, str] = field(default_factory=dict)

    def open(self, serial: str) -> Pin | None:
        return Pin(self.kept[serial]) if serial in self.kept else None

    def upcoming(self, serial: str) -> tuple[Pin, bool]:
        before = serial in self.coming
        return Pin(self.coming.setdefault(serial, "24681357")), before
