"""Which updates wait for a certification authority, by the number of their order."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, select

from portal.db.models import Device, Person, Update, UpdateStep
from portal.db.reach import updates_within
from portal.domain.ids import DeviceId, PersonId, UpdateId
from portal.domain.outcomes import WaitingFor
from portal.domain.reach import EVERYTHING, Reach
from portal.domain.update_state import StepStatus, UpdateStatus


@dataclass(frozen=True, slots=True)
class WaitingOrder:
    """An update that waits for the authority's decision, its device and the holder."""

    update: UpdateId
    device: DeviceId
    serial: str
    model: str
    person: PersonId | None
    holder: str


_WAITING: Final = (
    select(UpdateStep.ticket, Update.id, Update.device_id, Device.serial, Device.model, Device.holder_id, Person.name)
    .select_from(Update)
    .join(UpdateStep, UpdateStep.update_id == Update.id)
    .join(Device, Device.id == Update.device_id)
    .outerjoin(Person, Person.id == Device.holder_id)
    .where(Update.status == UpdateStatus.WAITING, Update.waiting_for == WaitingFor.CA)
    .where(UpdateStep.status == StepStatus.WAITING)
)


def waiting_orders(connection: Connection, *, reach: Reach = EVERYTHING) -> dict[str, WaitingOrder]:
    """By the ticket the authority gave."""
    rows = connection.execute(_WAITING.where(*updates_within(reach)))
    return {
        row.ticket: WaitingOrder(
            UpdateId(row.id),
            DeviceId(row.device_id),
            row.serial,
            row.model or "",
            None if row.holder_id is None else PersonId(row.holder_id),
            row.name or "",
        )
        for row in rows
    }
