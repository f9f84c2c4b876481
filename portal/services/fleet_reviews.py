"""Parts of the fleet that were marked are judged again: some thousand devices at a time, in short transactions."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, exists, func, select, update
from sqlalchemy.exc import DBAPIError

from portal.db import snapshots
from portal.db.base import AnyRow
from portal.db.fleet_acting import Part
from portal.db.fleet_rules import fleet_rules
from portal.db.fleet_writing import FleetWriting
from portal.db.models import Device, FleetReview, PolicyAssignment
from portal.db.reach import subtree
from portal.db.transaction import Database, one_state, overtaken
from portal.ports.clock import Clock

#: Devices of one transaction: other writers wait no longer than it takes.
AT_ONCE: Final = 10_000


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
            part = replace(_of_mark(connection, mark), above=mark.after_id)
            found = select(Device.id).where(*part.devices()).order_by(Device.id).limit(AT_ONCE).subquery()
            # told in one row: to fetch each number takes as long as to judge the devices
            number, last = connection.execute(select(func.count(), func.max(found.c.id))).one()
        try:
            with self.database.begin() as connection:
                one_state(connection)
                if number:
                    _judge(connection, replace(part, up_to=last), now)
                _go_on(connection, mark, last, done=number < AT_ONCE)
        except DBAPIError as error:
            if not overtaken(error):
                raise
            return 0  # somebody changed one of them meanwhile: the mark is where it was
        return int(number)


def _of_mark(connection: Connection, mark: AnyRow) -> Part:
    if mark.policy_id is not None:
        return Part(policy=mark.policy_id)
    if mark.unit_id is not None:
        return Part(units=frozenset(subtree(connection, [mark.unit_id])))
    return Part()


def _judge(connection: Connection, part: Part, now: datetime) -> None:
    rules = fleet_rules(connection, snapshots.assignments(connection), now)
    FleetWriting(connection, rules, now, part).write()


def _go_on(connection: Connection, mark: AnyRow, last: int, *, done: bool) -> None:
    """Note how far it has come, unless somebody marked the same part again meanwhile."""
    same = (FleetReview.id == mark.id, FleetReview.after_id == mark.after_id)
    if not done:
        connection.execute(update(FleetReview).where(*same).values(after_id=last))
        return
    connection.execute(delete(FleetReview).where(*same))
    acts = exists().where(Device.effective_assignment_id == PolicyAssignment.id)
    connection.execute(delete(PolicyAssignment).where(PolicyAssignment.removed_at.is_not(None), ~acts))
