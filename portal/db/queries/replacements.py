"""Temporary replacements whose day has come: somebody has to take the second device back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, bindparam, select
from sqlalchemy.orm import aliased

from portal.db.base import UtcTime
from portal.db.models import Device, DeviceReplacement, Person
from portal.domain.ids import DeviceId


@dataclass(frozen=True, slots=True)
class ReplacementOver:
    """The device that comes back, the one that stood in for it, and the day."""

    id: int
    device: DeviceId
    serial: str
    stand_in: str
    holder: str
    until: datetime


_OWN: Final = DeviceReplacement
_NEW: Final = aliased(Device)
_OVER: Final = (
    select(_OWN.id, _OWN.old_id, Device.serial, _NEW.serial.label("stand_in"), Person.name.label("holder"), _OWN.until)
    .join(Device, Device.id == _OWN.old_id)
    .join(_NEW, _NEW.id == _OWN.new_id)
    .outerjoin(Person, Person.id == _NEW.holder_id)
    .where(_OWN.ended_at.is_(None), _OWN.until <= bindparam("b_now", type_=UtcTime()))
    .order_by(_OWN.until, _OWN.id)
)


def replacements_over(
    connection: Connection, now: datetime, *where: ColumnElement[bool], most: int
) -> tuple[ReplacementOver, ...]:
    """The longest over first; conditions are about the device that comes back."""
    rows = connection.execute(_OVER.where(*where).limit(most), {"b_now": now})
    return tuple(
        ReplacementOver(row.id, DeviceId(row.old_id), row.serial, row.stand_in, row.holder or "", row.until)
        for row in rows
    )
