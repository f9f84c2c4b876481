"""Policies given to parts of the directory: new, changed, removed; what it would do is asked before it is done."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from portal.db import snapshots
from portal.db.base import AnyRow
from portal.db.marks import mark_unit
from portal.db.models import Group, Policy, PolicyAssignment, Unit
from portal.db.transaction import Database
from portal.domain.audit import AuditTag
from portal.domain.effective_policy import Assignment
from portal.domain.errors import Conflict, InvalidInput, NotFound
from portal.domain.ids import AssignmentId, PolicyId
from portal.ports.clock import Clock
from portal.services.audit import record
from portal.services.what_if import Hypothesis

WEAKEST = 9999
#: Stands for an assignment that is not stored yet.
NEW = AssignmentId(0)


@dataclass(frozen=True, slots=True)
class AssignmentWish:
    """A policy for a unit (None: the whole directory), perhaps only for some groups in it."""

    policy: PolicyId
    unit: int | None
    groups: frozenset[str]
    priority: int


@dataclass(frozen=True, slots=True)
class Assignments:
    """What people do with assignments; each verb is one short transaction."""

    database: Database
    clock: Clock

    def add(self, wish: AssignmentWish, *, actor: str) -> AssignmentId:
        """Give the policy; raises InvalidInput."""
        now = self.clock.now()
        with self.database.begin() as connection:
            made = _checked(connection, wish, NEW, now)
            values = {**_columns(wish), "created_at": now, "changed_by": actor, "changed_at": now}
            added = connection.execute(insert(PolicyAssignment).values(values).returning(PolicyAssignment.id))
            number = AssignmentId(added.scalar_one())
            mark_unit(connection, wish.unit, now)
            _tell(connection, AuditTag.ASSIGNMENT_ADDED, replace(made, id=number), actor=actor, now=now)
        return number

    def change(self, number: AssignmentId, wish: AssignmentWish, *, version: int, actor: str) -> None:
        """Change what was seen as ``version``; raises NotFound, InvalidInput, Conflict ``assignment_changed``."""
        now = self.clock.now()
        with self.database.begin() as connection:
            before = _held(connection, number, version)
            made = _checked(connection, wish, number, now)
            values = {**_columns(wish), "version": version + 1, "changed_by": actor, "changed_at": now}
            connection.execute(update(PolicyAssignment).where(PolicyAssignment.id == number).values(values))
            for unit in dict.fromkeys((before.unit_id, wish.unit)):
                mark_unit(connection, unit, now)
            _tell(connection, AuditTag.ASSIGNMENT_CHANGED, made, actor=actor, now=now)

    def remove(self, number: AssignmentId, *, version: int, actor: str) -> None:
        """Take it away; raises NotFound, Conflict ``assignment_changed``."""
        now = self.clock.now()
        with self.database.begin() as connection:
            before = _held(connection, number, version)
            known = next(one for one in snapshots.assignments(connection) if one.id == number)
            # nothing stands in the way of its unit any more; the row itself goes when no device names it
            values = {"removed_at": now, "unit_id": None, "changed_by": actor, "changed_at": now}
            connection.execute(update(PolicyAssignment).where(PolicyAssignment.id == number).values(values))
            mark_unit(connection, before.unit_id, now)
            _tell(connection, AuditTag.ASSIGNMENT_REMOVED, known, actor=actor, now=now)

    # ── what it would do ──

    def if_saved(self, wish: AssignmentWish, number: AssignmentId = NEW) -> Hypothesis:
        """All assignments as they would be with this one; raises InvalidInput."""
        with self.database.read() as connection:
            made = _checked(connection, wish, number, self.clock.now())
            given = snapshots.assignments(connection)
            before = _units_of(connection, number)
        others = tuple(one for one in given if one.id != number)
        return Hypothesis((*others, made), units=frozenset({wish.unit, *before}), subject=made)

    def if_removed(self, number: AssignmentId) -> Hypothesis:
        """All assignments without this one."""
        with self.database.read() as connection:
            given, before = snapshots.assignments(connection), _units_of(connection, number)
        gone = next((one for one in given if one.id == number), None)
        return Hypothesis(tuple(one for one in given if one.id != number), units=before, subject=gone)


def _units_of(connection: Connection, number: AssignmentId) -> frozenset[int | None]:
    query = select(PolicyAssignment.unit_id).where(PolicyAssignment.id == number)
    return frozenset(connection.execute(query).scalars())


def _columns(wish: AssignmentWish) -> dict[str, object]:
    return {
        "policy_id": wish.policy,
        "unit_id": wish.unit,
        "groups": sorted(wish.groups),
        "priority": wish.priority,
    }


def _held(connection: Connection, number: AssignmentId, version: int) -> AnyRow:
    """The row, held until the transaction ends; somebody else's change comes first."""
    own = PolicyAssignment
    query = select(own.unit_id, own.version, own.removed_at, own.changed_by, own.changed_at).where(own.id == number)
    row = connection.execute(query.with_for_update()).one_or_none()
    if row is None:
        raise NotFound("assignment", id=str(number))
    if row.removed_at is not None or row.version != version:
        code = "assignment_removed" if row.removed_at else "assignment_changed"
        at = row.changed_at.isoformat() if row.changed_at else ""
        raise Conflict(code, who=row.changed_by, at=at)
    return row


def _checked(connection: Connection, wish: AssignmentWish, number: AssignmentId, now: datetime) -> Assignment:
    """The assignment the wish amounts to; raises InvalidInput by field."""
    own = select(Policy.current_version, Policy.withdrawn_at).where(Policy.id == wish.policy)
    policy = connection.execute(own).one_or_none()
    path = _path(connection, wish.unit)
    known = set(connection.execute(select(Group.name).where(Group.name.in_(wish.groups))).scalars())
    problems = {
        "policy": "required" if policy is None else "policy_withdrawn" if policy.withdrawn_at else "",
        "unit": "unknown_unit" if path is None else "",
        "groups": "" if known == wish.groups else "unknown_group",
        "priority": "" if 1 <= wish.priority <= WEAKEST else "out_of_range",
    }
    if not any(problems.values()) and _same(connection, wish, number):
        problems["policy"] = "assignment_repeated"
    if policy is None or path is None or any(problems.values()):
        raise InvalidInput({name: code for name, code in problems.items() if code})
    body = snapshots.policy_version(connection, wish.policy, policy.current_version)
    since = connection.execute(select(PolicyAssignment.created_at).where(PolicyAssignment.id == number)).scalar()
    return Assignment(number, body, path, wish.groups, wish.priority, since or now)


def _path(connection: Connection, unit: int | None) -> tuple[str, ...] | None:
    if unit is None:
        return ()
    path = connection.execute(select(Unit.path).where(Unit.id == unit)).scalar_one_or_none()
    return None if path is None else tuple(path)


def _same(connection: Connection, wish: AssignmentWish, number: AssignmentId) -> bool:
    """Whether this very policy is given to the same place and groups already."""
    own = PolicyAssignment
    mine = (own.policy_id == wish.policy, own.unit_id.is_not_distinct_from(wish.unit), own.removed_at.is_(None))
    rows = connection.execute(select(own.groups).where(*mine, own.id != number))
    return any(frozenset(row.groups) == wish.groups for row in rows)


def _tell(connection: Connection, tag: AuditTag, made: Assignment, *, actor: str, now: datetime) -> None:
    place = " / ".join(made.container) or "—"
    what = {"name": made.policy.name, "unit": place, "groups": ", ".join(sorted(made.groups))}
    record(connection, tag, actor=actor, subject=f"assignment:{made.id}", now=now, **what, priority=made.priority)
