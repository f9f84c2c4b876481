"""Who holds a device and what it is called: added, assigned, taken back, edited."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from portal.db import snapshots
from portal.db.models import Device, DeviceTag, SearchTerm, TermKind
from portal.db.transaction import Database
from portal.db.words import device_words, fold
from portal.domain.device import DeviceState
from portal.domain.device_life import Operation
from portal.domain.effective_policy import NoPolicy, effective_policy
from portal.domain.errors import Conflict, InvalidInput, PolicyForbids
from portal.domain.ids import DeviceId, OperationId, PersonId
from portal.domain.people import Person
from portal.domain.policy import DeviceUsagePolicy
from portal.ports.clock import Clock
from portal.ports.token import Pin
from portal.services.administrator_pins import AdministratorPins
from portal.services.device_life import RETURNED
from portal.services.device_operations import Begun, Wish, begin, write
from portal.services.devices import DeviceDraft, add_devices
from portal.services.planning import demand_accepted
from portal.services.reviews import judge

LONGEST_TAG: Final = 60
MOST_TAGS: Final = 20


@dataclass(frozen=True, slots=True)
class DeviceWords:
    """What people say of a device; ``so_pin`` replaces the one that is kept, None leaves it."""

    label: str = ""
    comment: str = ""
    tags: tuple[str, ...] = ()
    so_pin: Pin | None = None


@dataclass(frozen=True, slots=True)
class DeviceHolding:
    """Each verb is one transaction; they raise as those of DeviceLife do."""

    database: Database
    clock: Clock
    so_pins: AdministratorPins

    def add(self, draft: DeviceDraft, words: DeviceWords, *, actor: str, holder: PersonId | None = None) -> DeviceId:
        """Take a device in, as assigned where a holder is named.

        Raises InvalidInput (``serial``), Conflict ``device_known``, and what ``assign`` raises.
        """
        now, serial = self.clock.now(), draft.serial.strip()
        if not serial or len(serial) > 64 or not serial.isprintable():  # noqa: PLR2004  as wide as its column
            raise InvalidInput({"serial": "invalid" if serial else "required"})
        with self.database.begin() as connection:
            known = connection.execute(select(Device.id).where(Device.serial == serial)).scalar_one_or_none()
            if known is not None:
                raise Conflict("device_known", serial=serial, device=str(known))
            asked = replace(draft, serial=serial, label=words.label, comment=words.comment, state=DeviceState.CLEAN)
            try:
                (device,) = add_devices(connection, [replace(asked, holder=None)], now)
            except IntegrityError as problem:  # another process was quicker
                raise Conflict("device_known", serial=serial) from problem
            self._keep(connection, device, words, now)
            wish = Wish(device, Operation.ADD, actor, comment=words.comment)
            begun = begin(connection, replace(wish, operation=Operation.EDIT))
            write(connection, wish, begun, now)
            if holder is not None:
                _give(connection, replace(wish, operation=Operation.ASSIGN, person=holder), now)
        return device

    def assign(
        self, device: DeviceId, person: PersonId, *, actor: str, comment: str = "", version: int | None = None
    ) -> OperationId:
        """Give the device to a person, within the rules of the policy that acts for him.

        Besides raises PolicyForbids ``holder_inactive``, ``device_type`` and ``devices_enough``.
        """
        wish = Wish(device, Operation.ASSIGN, actor, comment=comment, version=version, person=person)
        with self.database.begin() as connection:
            return _give(connection, wish, self.clock.now())

    def unassign(self, device: DeviceId, *, actor: str, comment: str = "", version: int | None = None) -> OperationId:
        """Take a device that was never issued from its holder."""
        wish = Wish(device, Operation.UNASSIGN, actor, comment=comment, version=version)
        now = self.clock.now()
        with self.database.begin() as connection:
            begun = begin(connection, wish)
            if begun.repeated is not None:
                return begun.repeated
            number = write(connection, replace(wish, person=begun.life.holder), begun, now, **RETURNED)
            judge(connection, device, now)
        return number

    def edit(self, device: DeviceId, words: DeviceWords, *, actor: str, version: int | None = None) -> OperationId:
        """Write down what people call the device, and the administrator PIN somebody entered."""
        wish, now = Wish(device, Operation.EDIT, actor, version=version), self.clock.now()
        with self.database.begin() as connection:
            begun = begin(connection, wish)
            self._keep(connection, device, words, now)
            _rename(connection, begun, words.label)
            return write(connection, wish, begun, now, label=words.label, comment=words.comment)

    def _keep(self, connection: Connection, device: DeviceId, words: DeviceWords, now: datetime) -> None:
        tags = clean_tags(words.tags)
        connection.execute(delete(DeviceTag).where(DeviceTag.device_id == device))
        if tags:
            connection.execute(insert(DeviceTag), [{"tag": tag, "device_id": device} for tag in tags])
        if words.so_pin is not None:
            self.so_pins.keep(connection, device, words.so_pin, now)


def clean_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Tags as they are stored: folded, each once, in order; raises InvalidInput (``tags``)."""
    found = sorted({fold(tag) for tag in tags} - {""})
    if len(found) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in found):
        raise InvalidInput({"tags": "too_long"})
    return tuple(found)


def _give(connection: Connection, wish: Wish, now: datetime) -> OperationId:
    if wish.person is None:
        raise ValueError("a device is given to somebody")
    holder = snapshots.person(connection, wish.person)
    begun = begin(connection, wish)
    if begun.repeated is not None:
        return begun.repeated
    _check_rules(connection, wish, holder)
    number = write(connection, wish, begun, now, holder_id=wish.person)
    judge(connection, wish.device, now)
    return number


def accepted(connection: Connection, device: DeviceId, holder: Person) -> DeviceUsagePolicy | None:
    """The policy that acts for somebody who may be given the device, None when none acts; raises PolicyForbids."""
    if not holder.active:
        raise PolicyForbids("holder_inactive")
    try:
        policy = effective_policy(holder, snapshots.assignments(connection)).policy
    except NoPolicy:  # nothing forbids it; the card tells that no policy acts
        return None
    kind = connection.execute(select(Device.type).where(Device.id == device)).scalar_one()
    demand_accepted(kind, policy)
    return policy


def _check_rules(connection: Connection, wish: Wish, holder: Person) -> None:
    policy = accepted(connection, wish.device, holder)
    if policy is None:
        return
    gone = (DeviceState.REVOKED, DeviceState.DISABLED)
    held = select(func.count()).select_from(Device).where(Device.holder_id == wish.person, Device.state.not_in(gone))
    most = policy.devices.per_person
    if most and connection.execute(held).scalar_one() >= most:
        raise PolicyForbids("devices_enough", policy=policy.name, most=str(most))


def _rename(connection: Connection, begun: Begun, label: str) -> None:
    """The words the device is found by follow its label."""
    device = begun.life.device
    mine = (SearchTerm.kind == TermKind.DEVICE, SearchTerm.entity_id == device)
    connection.execute(delete(SearchTerm).where(*mine))
    words = device_words(begun.life.serial, label)
    connection.execute(
        insert(SearchTerm), [{"kind": TermKind.DEVICE, "term": word, "entity_id": device} for word in words]
    )
