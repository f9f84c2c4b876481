"""Parts of the fleet that were marked are judged again: a few thousand devices at a time, in short transactions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, delete, exists, select, update

from portal.db import snapshots
from portal.db.base import AnyRow
from portal.db.findings import hold_devices
from portal.db.fleet_truth import Part
from portal.db.models import Device, FleetReview, Membership, Person, PolicyAssignment
from portal.db.reach import subtree
from portal.db.transaction import Database
from portal.ports.clock import Clock
from portal.services.fleet_judging import judge_part

#: Devices of one transaction: other writers wait no longer than it takes.
AT_ONCE: Final = 2000


@dataclass(frozen=True, slots=True)
class FleetReviews:
    """Works off what ``portal.db.marks`` wrote down, the oldest first."""

    database: Database
    clock: Clock

    def advance(self) -> int | None:
        """Judge the next devices of the oldest mark; answers how many were looked at, None when no mark is left."""
        now = self.clock.now()
        with self.database.read() as connection:
            mark = connection.execute(select(FleetReview.__table__).order_by(FleetReview.id).limit(1)).one_or_none()
            if mark is None:
                return None
            part = _of_mark(connection, mark)
            query = select(Device.id).where(*part, Device.id > mark.after_id).order_by(Device.id).limit(AT_ONCE)
            numbers = list(connection.execute(query).scalars())
        last = numbers[-1] if numbers else mark.after_id
        within = (*part, Device.id > mark.after_id, Device.id <= last)
        with self.database.begin() as connection:
            if numbers:
                _judge(connection, numbers, within, now)
            _go_on(connection, mark, last, done=len(numbers) < AT_ONCE)
        return len(numbers)


def part_of(conditions: tuple[ColumnElement[bool], ...]) -> Part:
    """The devices that pass, and the memberships of their holders."""
    held = select(Device.holder_id).where(*conditions)
    return Part(conditions, (Membership.person_id.in_(held),))


def _of_mark(connection: Connection, mark: AnyRow) -> tuple[ColumnElement[bool], ...]:
    if mark.policy_id is not None:
        return (Device.effective_policy_id == mark.policy_id,)
    if mark.unit_id is not None:
        people = select(Person.id).where(Person.unit_id.in_(subtree(connection, [mark.unit_id])))
        return (Device.holder_id.in_(people),)
    return (Device.holder_id.is_not(None),)


def _judge(connection: Connection, numbers: list[int], within: tuple[ColumnElement[bool], ...], now: datetime) -> None:
    hold_devices(connection, numbers)
    judge_part(connection, part_of(within), snapshots.assignments(connection), now)


def _go_on(connection: Connection, mark: AnyRow, last: int, *, done: bool) -> None:
    """Note how far it has come, unless somebody marked the same part again meanwhile."""
    same = (FleetReview.id == mark.id, FleetReview.after_id == mark.after_id)
    if not done:
        connection.execute(update(FleetReview).where(*same).values(after_id=last))
        return
    connection.execute(delete(FleetReview).where(*same))
    acts = exists().where(Device.effective_assignment_id == PolicyAssignment.id)
    connection.execute(delete(PolicyAssignment).where(PolicyAssignment.removed_at.is_not(None), ~acts))
