"""One device in place of another: for good, or until a day; both know of each other."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.orm import aliased

from portal.db import snapshots
from portal.db.findings import hold_devices
from portal.db.models import Device, DeviceReplacement
from portal.db.queries.device_life import life_of
from portal.db.transaction import Database
from portal.domain.audit import AuditTag
from portal.domain.device import DeviceState
from portal.domain.device_life import Operation, RevocationReason
from portal.domain.errors import Conflict, InvalidInput, NotFound, PolicyForbids
from portal.domain.ids import DeviceId
from portal.ports.clock import Clock
from portal.services.audit import record
from portal.services.device_holding import accepted
from portal.services.device_life import DeviceLife
from portal.services.device_operations import Begun, Wish, begin, write
from portal.services.reviews import judge

#: The new device is free, or the same person's already.
FREE: Final = DeviceState.CLEAN
HELD: Final = frozenset({DeviceState.ASSIGNED, DeviceState.PENDING, DeviceState.ISSUED})
AT_ONCE: Final = 100

_OWN: Final = DeviceReplacement
_OPEN: Final = select(_OWN.id, _OWN.old_id, _OWN.new_id, _OWN.ordered_by).where(_OWN.ended_at.is_(None))
_NEW: Final = aliased(Device)
#: For good, and the new device is issued.
_SETTLED: Final = _OPEN.join(_NEW, _NEW.id == _OWN.new_id).where(_OWN.until.is_(None), _NEW.state == DeviceState.ISSUED)


@dataclass(frozen=True, slots=True)
class ReplacementWish:
    """``serial`` names the new device; ``until`` is the day it is given back, None for good."""

    old: DeviceId
    serial: str
    actor: str
    until: datetime | None = None
    comment: str = ""
    version: int | None = None


@dataclass(frozen=True, slots=True)
class DeviceReplacing:
    """For good: the old device is revoked once the new one is issued. Until a day: it is disabled, and comes back."""

    database: Database
    clock: Clock
    life: DeviceLife

    def replace(self, wish: ReplacementWish) -> DeviceId:
        """Write the replacement down and give the new device to the holder; answers the new device.

        Raises as DeviceLife does, PolicyForbids ``holder_inactive`` and ``device_type``, InvalidInput (``serial``,
        ``until``), and Conflict ``replaced_already``.
        """
        now = self.clock.now()
        if wish.until is not None and wish.until <= now:
            raise InvalidInput({"until": "date_past"})
        asked = Wish(wish.old, Operation.REPLACE, wish.actor, comment=wish.comment, version=wish.version)
        with self.database.begin() as connection:
            new = _device(connection, wish.serial)
            hold_devices(connection, [wish.old, new])
            begun = begin(connection, asked)
            _refuse_second(connection, wish.old)
            _give(connection, begun, replace(asked, device=new), now)
            values = {"old_id": wish.old, "new_id": new, "until": wish.until, "reason": ""}
            connection.execute(insert(_OWN).values(**values, ordered_by=wish.actor, ordered_at=now))
            write(connection, asked, begun, now)
        if wish.until is not None:
            _if_possible(lambda: self.life.disable(wish.old, actor=wish.actor, comment=wish.comment))
        return new

    def give_back(self, number: int, *, device: DeviceId, actor: str) -> DeviceId:
        """End a temporary replacement of or by this device: the new one is revoked, the old one enabled and answered.

        Raises NotFound for a replacement the device has no part in.
        """
        part = (_OWN.old_id == device) | (_OWN.new_id == device)
        with self.database.begin() as connection:
            row = connection.execute(_OPEN.where(_OWN.id == number, _OWN.until.is_not(None), part)).one_or_none()
            if row is None:
                raise NotFound("replacement", id=str(number))
            _end(connection, row.id, row.old_id, actor=actor, now=self.clock.now())
        old, new = DeviceId(row.old_id), DeviceId(row.new_id)
        _if_possible(lambda: self.life.revoke(new, RevocationReason.SUPERSEDED, actor=actor))
        _if_possible(lambda: self.life.enable(old, actor=actor))
        return old

    def settle(self) -> int:
        """Revoke old devices whose successors are issued; answers how many."""
        with self.database.read() as connection:
            rows = connection.execute(_SETTLED.order_by(_OWN.id).limit(AT_ONCE)).all()
        for row in rows:
            self._settle(row.id, DeviceId(row.old_id), actor=row.ordered_by)
        return len(rows)

    def _settle(self, number: int, old: DeviceId, *, actor: str) -> None:
        _if_possible(lambda: self.life.revoke(old, RevocationReason.SUPERSEDED, actor=actor))
        with self.database.begin() as connection:
            _end(connection, number, old, actor=actor, now=self.clock.now())


def _device(connection: Connection, serial: str) -> DeviceId:
    found = connection.execute(select(Device.id).where(Device.serial == serial.strip())).scalar_one_or_none()
    if found is None:
        raise InvalidInput({"serial": "device_unknown"})
    return DeviceId(found)


def _refuse_second(connection: Connection, old: DeviceId) -> None:
    standing = connection.execute(_OPEN.where(_OWN.old_id == old)).first()
    if standing is not None:
        raise Conflict("replaced_already", by=standing.ordered_by)


def _give(connection: Connection, begun: Begun, wish: Wish, now: datetime) -> None:
    """The new device becomes the holder's, unless it is his already; raises InvalidInput for somebody else's."""
    found = life_of(connection, wish.device)
    state = found.standing.state if found else None
    if found is None or wish.device == begun.life.device or state not in {FREE, *HELD}:
        raise InvalidInput({"serial": "device_not_free"})
    if state is FREE and begun.life.holder is not None:
        accepted(connection, wish.device, snapshots.person(connection, begun.life.holder))
        assigned = replace(wish, operation=Operation.ASSIGN, person=begun.life.holder)
        write(connection, assigned, Begun(found, DeviceState.ASSIGNED), now, holder_id=begun.life.holder)
        judge(connection, wish.device, now)
    elif found.holder != begun.life.holder:
        raise InvalidInput({"serial": "device_not_free"})


def _end(connection: Connection, number: int, old: int, *, actor: str, now: datetime) -> None:
    ended = update(_OWN).where(_OWN.id == number, _OWN.ended_at.is_(None)).values(ended_at=now)
    if connection.execute(ended).rowcount:
        record(connection, AuditTag.DEVICE_REPLACEMENT_ENDED, actor=actor, subject=f"device:{old}", now=now)


def _if_possible(verb: Callable[[], object]) -> None:
    """What is done already, or not possible any more, is left as it is."""
    try:
        verb()
    except (PolicyForbids, Conflict):
        return
