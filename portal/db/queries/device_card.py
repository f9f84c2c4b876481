"""The card of one device: what it is, which policy acts and why, what is wrong, what is on it, what was done."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, func, select

from portal.db import snapshots
from portal.db.models import Certificate, CertificatePlace, Policy
from portal.db.models import Device as DeviceTable
from portal.db.queries.certificates import CertificateRow, certificates_of
from portal.db.queries.device_life import LifeRow, life_of
from portal.db.queries.device_operations import DeviceStory, story_of
from portal.db.queries.device_rows import device_rows
from portal.db.queries.policies import ActingPolicy, acting_policy
from portal.db.queries.registers import RegisterRow, registers_of
from portal.db.queries.updates import UpdateRow, latest_updates
from portal.db.queries.views import DeviceRow
from portal.domain.device import UPDATABLE
from portal.domain.errors import NotFound
from portal.domain.findings import Finding
from portal.domain.people import Person
from portal.domain.reach import EVERYTHING, Reach
from portal.domain.update_reasons import find_update_reasons

_HISTORY: Final = 10


_REMOVED: Final = (
    select(func.count())
    .where(Certificate.device_id == bindparam("number"), Certificate.status == CertificatePlace.REMOVED)
    .scalar_subquery()
)
_OWN: Final = (
    select(DeviceTable.manufacturer, DeviceTable.comment, DeviceTable.free_memory, DeviceTable.created_at)
    .add_columns(Policy.name.label("policy"), _REMOVED.label("removed"))
    .outerjoin(Policy, Policy.id == DeviceTable.applied_policy_id)
    .where(DeviceTable.id == bindparam("number"))
)


@dataclass(frozen=True, slots=True)
class DeviceCard:
    """Everything the card shows. ``findings`` are judged now, so a card is never older than the clock.

    ``acting`` is None when nobody holds the device or no policy reaches the holder. ``removed`` counts certificates
    that were on the device once.
    """

    row: DeviceRow
    manufacturer: str
    comment: str
    free_memory: int | None
    created_at: datetime
    holder: Person | None
    applied_policy: str
    applied_version: int | None
    acting: ActingPolicy | None
    findings: tuple[Finding, ...]
    certificates: tuple[CertificateRow, ...]
    registers: tuple[RegisterRow, ...]
    leftovers: int
    removed: int
    updates: tuple[UpdateRow, ...]
    life: LifeRow
    story: DeviceStory

    @property
    def may_update(self) -> bool:
        """Whether an update may be ordered now."""
        free = self.row.state in UPDATABLE and self.row.update is None
        return free and self.acting is not None and self.holder is not None and self.holder.active


def device_card(connection: Connection, number: int, now: datetime, *, reach: Reach = EVERYTHING) -> DeviceCard:
    """The card of the device with this number; raises NotFound, also when it is out of reach."""
    rows = device_rows(connection, [number], reach=reach)
    if not rows:
        raise NotFound("device", id=str(number))
    device = snapshots.device(connection, number)
    acting = acting_policy(connection, device.holder)
    judged = acting is not None and device.state in UPDATABLE
    own = connection.execute(_OWN, {"number": number}).one()
    return DeviceCard(
        row=rows[0],
        manufacturer=own.manufacturer,
        comment=own.comment,
        free_memory=own.free_memory,
        created_at=own.created_at,
        holder=device.holder,
        applied_policy=own.policy or "",
        applied_version=device.applied.version if device.applied else None,
        acting=acting,
        findings=find_update_reasons(device, acting.policy, now) if acting and judged else (),
        certificates=certificates_of(connection, device, acting.policy if acting else None, now),
        registers=registers_of(connection, number),
        leftovers=len(device.leftovers),
        removed=own.removed,
        updates=latest_updates(connection, number, some=_HISTORY),
        life=_life(connection, number),
        story=story_of(connection, number, some=_HISTORY),
    )


def device_number(connection: Connection, serial: str) -> int:
    """The number of the device with this serial number; raises NotFound."""
    found = connection.execute(select(DeviceTable.id).where(DeviceTable.serial == serial)).scalar_one_or_none()
    if found is None:
        raise NotFound("device", serial=serial)
    return found


def _life(connection: Connection, number: int) -> LifeRow:
    found = life_of(connection, number)
    if found is None:
        raise NotFound("device", id=str(number))
    return found
