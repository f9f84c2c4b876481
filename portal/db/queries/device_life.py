"""How devices stand in their life: everything that decides what may be done, and what was done last."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, exists, func, or_, select
from sqlalchemy.orm import aliased

from portal.db.models import (
    IS_ACTIVE,
    Certificate,
    CertificatePlace,
    Device,
    DeviceOperation,
    DeviceSecret,
    LeftoverObject,
    OperationStatus,
    Update,
)
from portal.domain.certificate import CertificateKind
from portal.domain.device import DeviceState
from portal.domain.device_life import Operation, Standing
from portal.domain.ids import DeviceId, OperationId, PersonId

_OURS: Final = or_(
    exists().where(
        Certificate.device_id == Device.id,
        Certificate.status == CertificatePlace.WRITTEN,
        Certificate.kind != CertificateKind.TRACKED,
    ),
    exists().where(LeftoverObject.device_id == Device.id),
)
_RUNNING: Final = exists().where(Update.device_id == Device.id, IS_ACTIVE)
_OWED: Final = exists().where(DeviceOperation.device_id == Device.id, DeviceOperation.status == OperationStatus.OPEN)
_SO_PIN: Final = exists().where(DeviceSecret.device_id == Device.id, DeviceSecret.so_pin.is_not(None))
_NEWEST: Final = aliased(DeviceOperation)
#: What the portal does by itself stands in nobody's way.
_LAST: Final = (
    select(func.max(DeviceOperation.id))
    .where(DeviceOperation.device_id == bindparam("device"), DeviceOperation.kind != Operation.TELL_REGISTERS)
    .scalar_subquery()
)
_STANDING: Final = (
    select(
        *(Device.id, Device.serial, Device.state, Device.holder_id),
        *(_OURS.label("ours"), _RUNNING.label("running"), _OWED.label("owed"), _SO_PIN.label("so_pin")),
        *(_NEWEST.id.label("last"), _NEWEST.kind, _NEWEST.ordered_by, _NEWEST.ordered_at),
    )
    .outerjoin(_NEWEST, _NEWEST.id == _LAST)
    .where(Device.id == bindparam("device"))
)
_DISABLED: Final = (
    select(DeviceOperation.ordered_by)
    .where(DeviceOperation.device_id == bindparam("device"), DeviceOperation.kind == Operation.DISABLE)
    .order_by(DeviceOperation.id.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class LastOperation:
    """What was done last, by whom and when."""

    id: OperationId
    kind: Operation
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LifeRow:
    """A device as its life's table sees it; ``version`` grows with each operation.

    ``disabled_by`` is who switched it off, empty while it is on or when nobody knows.
    """

    device: DeviceId
    serial: str
    holder: PersonId | None
    standing: Standing
    last: LastOperation | None
    disabled_by: str = ""

    @property
    def version(self) -> int:
        """The number of the last operation, 0 before the first."""
        return self.last.id if self.last else 0


def life_of(connection: Connection, device: int) -> LifeRow | None:
    """How the device stands, None when there is no such device."""
    row = connection.execute(_STANDING, {"device": device}).one_or_none()
    if row is None:
        return None
    standing = Standing(
        row.state,
        held=row.holder_id is not None,
        running=row.running,
        owed=row.owed,
        ours=row.ours,
        so_pin=row.so_pin,
    )
    return LifeRow(
        DeviceId(row.id),
        row.serial,
        None if row.holder_id is None else PersonId(row.holder_id),
        standing,
        None if row.last is None else LastOperation(OperationId(row.last), row.kind, row.ordered_by, row.ordered_at),
        _disabled_by(connection, device) if row.state is DeviceState.DISABLED else "",
    )


def _disabled_by(connection: Connection, device: int) -> str:
    return connection.execute(_DISABLED, {"device": device}).scalar_one_or_none() or ""


def known_serials(connection: Connection, serials: Collection[str]) -> frozenset[str]:
    """Which of these serial numbers belong to devices of the list."""
    found = connection.execute(select(Device.serial).where(Device.serial.in_(list(serials)))).scalars()
    return frozenset(found)


def keeps_so_pin(connection: Connection, device: int) -> bool:
    """Whether the administrator PIN of the device's token is kept."""
    query = select(DeviceSecret.device_id).where(DeviceSecret.device_id == device, DeviceSecret.so_pin.is_not(None))
    return connection.execute(query).first() is not None
