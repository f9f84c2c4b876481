"""An update that is in the way of a revocation: a lost token is waited for by nobody."""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select

from portal.db.base import AnyRow
from portal.db.models import IS_ACTIVE, Update
from portal.domain.ids import DeviceId, UpdateId
from portal.domain.outcomes import WaitingFor
from portal.domain.update_state import UpdateStatus
from portal.services.bell import Bell, Ring
from portal.services.update_requests import ask_to_cancel, held_update

#: What a run that goes back may wait for without end once its token is lost.
UNREACHABLE: Final = frozenset({WaitingFor.TOKEN, WaitingFor.PIN, WaitingFor.AGENT})


def stop_run(connection: Connection, bell: Bell, device: DeviceId, *, actor: str, now: datetime) -> Ring | None:
    """Ask the device's update to stop, and one that goes back already to leave behind what it cannot reach.

    The run's row is taken before the device's, as its worker does. One that is stuck waits for a person as before.
    """
    run = active_run(connection, device)
    if run is None or run.status is UpdateStatus.STUCK or run.cancel_requested:
        return None
    number = UpdateId(run.id)
    held_update(connection, number)
    going_back = run.unwinding is not None
    if going_back and run.waiting_for not in UNREACHABLE:
        return None
    ask_to_cancel(connection, number, leave_behind=going_back, actor=actor, now=now)
    return bell.post(connection, number, now)


def active_run(connection: Connection, device: DeviceId) -> AnyRow | None:
    """The device's update that is not over."""
    columns = (Update.id, Update.status, Update.unwinding, Update.waiting_for, Update.cancel_requested)
    return connection.execute(select(*columns).where(Update.device_id == device, IS_ACTIVE)).one_or_none()
