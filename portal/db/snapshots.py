"""Rows as the frozen values the rules work on, made in one place."""

from collections.abc import Collection, Mapping
from typing import Final
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, select
from sqlalchemy.pool import Pool

from portal.db.base import AnyRow
from portal.db.device_parts import DeviceParts, device_parts
from portal.db.models import Device as DeviceTable
from portal.db.models import Group, Membership, Policy, PolicyAssignment, PolicyVersion, Unit
from portal.db.models import Person as PersonTable
from portal.domain import codec
from portal.domain.contents import TokenContents
from portal.domain.device import AppliedPolicy, Device
from portal.domain.effective_policy import Assignment
from portal.domain.errors import NotFound
from portal.domain.ids import AssignmentId, DeviceId, PersonId, PolicyId
from portal.domain.people import Person
from portal.domain.policy import DeviceUsagePolicy

#: Published versions never change, so each is read once per database and process.
_published: Final[WeakKeyDictionary[Pool, dict[tuple[int, int], DeviceUsagePolicy]]] = WeakKeyDictionary()


def policy_version(connection: Connection, policy: int, version: int) -> DeviceUsagePolicy:
    """A published version of a policy; raises NotFound."""
    known = _published.setdefault(connection.engine.pool, {})
    found = known.get((policy, version))
    if found is None:
        query = select(PolicyVersion.body).where(PolicyVersion.policy_id == policy, PolicyVersion.version == version)
        body = connection.execute(query).scalar_one_or_none()
        if body is None:
            raise NotFound("policy", id=str(policy), version=str(version))
        found = known[policy, version] = codec.from_json(DeviceUsagePolicy, body)
    return found


def assignments(connection: Connection) -> tuple[Assignment, ...]:
    """Every policy assignment, each with the version of its policy that acts now."""
    given = PolicyAssignment
    query = (
        select(given.id, given.policy_id, given.groups, given.priority, given.created_at)
        .add_columns(Policy.current_version, Unit.path)
        .join(Policy, Policy.id == given.policy_id)
        .outerjoin(Unit, Unit.id == given.unit_id)
        .order_by(given.id)
    )
    return tuple(
        Assignment(
            id=AssignmentId(row.id),
            policy=policy_version(connection, row.policy_id, row.current_version),
            container=tuple(row.path or ()),
            groups=frozenset(row.groups),
            priority=row.priority,
            created_at=row.created_at,
        )
        for row in connection.execute(query).all()
    )


def person(connection: Connection, number: int) -> Person:
    """One person; raises NotFound."""
    found = people(connection, [number])
    if number not in found:
        raise NotFound("person", id=str(number))
    return found[number]


def people(connection: Connection, numbers: Collection[int]) -> dict[int, Person]:
    """The people with these numbers."""
    table = PersonTable
    query = select(table.id, table.attributes, table.active, Unit.path).join(Unit, Unit.id == table.unit_id)
    groups = _groups(connection, numbers)
    return {
        row.id: Person(
            id=PersonId(row.id),
            container=tuple(row.path),
            groups=frozenset(groups.get(row.id, ())),
            attributes=row.attributes,
            active=row.active,
        )
        for row in connection.execute(query.where(table.id.in_(numbers)))
    }


def device(connection: Connection, number: int) -> Device:
    """One device with its holder and everything known of its token; raises NotFound."""
    found = devices(connection, [number])
    if number not in found:
        raise NotFound("device", id=str(number))
    return found[number]


def devices(connection: Connection, numbers: Collection[int]) -> dict[int, Device]:
    """The devices with these numbers, in a handful of queries however many they are."""
    table = DeviceTable
    columns = (table.id, table.serial, table.state, table.holder_id, table.contents, table.free_memory)
    applied = (table.applied_policy_id, table.applied_policy_version)
    rows = connection.execute(select(*columns, *applied).where(table.id.in_(numbers))).all()
    holders = people(connection, {row.holder_id for row in rows if row.holder_id is not None})
    parts = device_parts(connection, numbers)
    return {row.id: _device(row, holders, parts[row.id]) for row in rows}


def _device(row: AnyRow, holders: Mapping[int, Person], parts: DeviceParts) -> Device:
    policy = row.applied_policy_id
    return Device(
        id=DeviceId(row.id),
        serial=row.serial,
        state=row.state,
        holder=holders.get(row.holder_id),
        applied=None if policy is None else AppliedPolicy(PolicyId(policy), row.applied_policy_version),
        managed=tuple(sorted(parts.managed, key=lambda certificate: certificate.history)),
        commons=tuple(parts.commons),
        tracked=tuple(parts.tracked),
        known_foreign=frozenset(parts.known_foreign),
        registered=frozenset(parts.registered),
        leftovers=tuple(parts.leftovers),
        contents=None if row.contents is None else codec.from_json(TokenContents, row.contents),
        free_memory=row.free_memory,
    )


def _groups(connection: Connection, numbers: Collection[int]) -> dict[int, list[str]]:
    query = select(Membership.person_id, Group.name).join(Group, Group.id == Membership.group_id)
    found: dict[int, list[str]] = {}
    for number, name in connection.execute(query.where(Membership.person_id.in_(numbers))):
        found.setdefault(number, []).append(name)
    return found
