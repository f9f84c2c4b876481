"""What a person asks of a run under way: here is the PIN, stop, it happened or it did not."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, select, update

from portal.db.base import AnyRow
from portal.db.models import Device, Update, UpdateStep
from portal.domain import codec
from portal.domain.audit import AuditTag
from portal.domain.errors import Conflict, InvalidInput, NotFound
from portal.domain.ids import UpdateId
from portal.domain.troubles import Trouble, why
from portal.domain.update_state import StepStatus, UpdateStatus
from portal.ports.token import Pin
from portal.ports.vault import PinTickets
from portal.services.audit import record

#: The longest PIN any token takes (CK_TOKEN_INFO allows more, no maker uses it).
LONGEST_PIN = 64
#: With a lease that has ended: whoever comes first may claim it.
_FREED: Final = {"lease_owner": None, "attempts": 0, "why": None}


def check_pin(tickets: PinTickets, serial: str, pin: Pin) -> None:
    """Refuse what no token would take, and what this token has refused before; raises InvalidInput (field ``pin``)."""
    if not 0 < len(pin.reveal()) <= LONGEST_PIN:
        raise InvalidInput({"pin": "pin_length"})
    if tickets.was_refused(serial, pin):
        raise InvalidInput({"pin": "pin_repeated"})


def note_pin(connection: Connection, number: UpdateId, *, actor: str, now: datetime) -> None:
    """A PIN was handed over: the run is due."""
    held_update(connection, number)
    wake(connection, number, now)
    record(connection, AuditTag.UPDATE_RESUMED, actor=actor, subject=f"update:{number}", now=now, by="pin")


def ask_to_cancel(connection: Connection, number: UpdateId, *, leave_behind: bool, actor: str, now: datetime) -> None:
    """Note that a person wants the run to stop or, when it goes back already, to leave behind what it cannot reach."""
    row = held_update(connection, number)
    if row.status is UpdateStatus.STUCK:
        raise Conflict("update_stuck", update=str(number))
    if leave_behind is (row.unwinding is None):
        raise Conflict("update_not_going_back" if leave_behind else "update_going_back", update=str(number))
    _change(connection, number, cancel_requested=True)
    wake(connection, number, now)
    how = {"leave_behind": "yes"} if leave_behind else {}
    record(connection, AuditTag.UPDATE_CANCEL_REQUESTED, actor=actor, subject=f"update:{number}", now=now, **how)


def note_settlement(
    connection: Connection, number: UpdateId, *, happened: bool, comment: str, actor: str, now: datetime
) -> None:
    """Note a person's word on the step in doubt and let the run be claimed again."""
    row = held_update(connection, number)
    if row.status is not UpdateStatus.STUCK:
        raise Conflict("not_stuck", update=str(number))
    doubtful = (StepStatus.INTENDED, StepStatus.UNDOING)
    step = update(UpdateStep).where(UpdateStep.update_id == number, UpdateStep.status.in_(doubtful))
    connection.execute(step.values(settled=happened))
    _change(connection, number, status=UpdateStatus.RUNNING, **_FREED, lease_until=now)
    what = {"happened": "yes" if happened else "no", "comment": comment[:1000]}
    record(connection, AuditTag.UPDATE_SETTLED, actor=actor, subject=f"update:{number}", now=now, **what)


def note_giving_up(connection: Connection, number: UpdateId, *, comment: str, actor: str, now: datetime) -> None:
    """Note that a person ends a stuck run: it goes back through what this code knows, and asks nobody any more."""
    if held_update(connection, number).status is not UpdateStatus.STUCK:
        raise Conflict("not_stuck", update=str(number))
    given_up = {"unwinding": codec.to_json(why(Trouble.GIVEN_UP)), "cancel_requested": True}
    _change(connection, number, status=UpdateStatus.RUNNING, **_FREED, lease_until=now, **given_up)
    what = {"gave_up": "yes", "comment": comment[:1000]}
    record(connection, AuditTag.UPDATE_SETTLED, actor=actor, subject=f"update:{number}", now=now, **what)


def wake(connection: Connection, number: UpdateId, now: datetime) -> None:
    """Make a waiting run due; others are not touched."""
    waiting = update(Update).where(Update.id == number, Update.status == UpdateStatus.WAITING)
    connection.execute(waiting.values(wake_at=now))


def active_update(connection: Connection, number: UpdateId) -> AnyRow:
    """Status, way and serial of a run that is not over; raises NotFound or Conflict ``update_over``."""
    return _active(connection, _STANDING, number)


def held_update(connection: Connection, number: UpdateId) -> AnyRow:
    """The same, and nobody else changes the run before this transaction ends; raises as ``active_update``.

    Its worker takes the row first, too, and the audit log last: taken in another order they could wait for each other.
    """
    return _active(connection, _STANDING.with_for_update(of=Update, key_share=True), number)


_STANDING: Final = select(Update.status, Update.unwinding, Device.serial).join(Device, Device.id == Update.device_id)


def _active(connection: Connection, standing: Select[*tuple[Any, ...]], number: UpdateId) -> AnyRow:
    row = connection.execute(standing.where(Update.id == number)).one_or_none()
    if row is None:
        raise NotFound("update", id=str(number))
    if not row.status.active:
        raise Conflict("update_over", update=str(number), status=row.status.value)
    return row


def _change(connection: Connection, number: UpdateId, **values: Any) -> None:
    counted = {**values, "sequence": Update.sequence + 1}
    connection.execute(update(Update).where(Update.id == number).values(counted))
