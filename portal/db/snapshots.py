"""Rows as the frozen values the rules work on, made in one place."""

from collections.abc import Collection, Mapping
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import BindParameter, Connection, bindparam, select
from sqlalchemy.pool import Pool

from portal.db.base import AnyRow
from portal.db.device_parts import DeviceParts, device_parts
from portal.db.models import Device as DeviceTable
from portal.db.models import DeviceContents, Group, Membership, Policy, PolicyAssignment, PolicyVersion, Unit
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


# Statements that never change are built once: building one costs more than its answer takes.
_NUMBERS: Final[BindParameter[Any]] = bindparam("numbers", expanding=True)
_GIVEN: Final = PolicyAssignment
_ASSIGNMENTS: Final = (
    select(_GIVEN.id, _GIVEN.policy_id, _GIVEN.groups, _GIVEN.priority, _GIVEN.created_at)
    .add_columns(Policy.current_version, Unit.path)
    .join(Policy, Policy.id == _GIVEN.policy_id)
    .outerjoin(Unit, Unit.id == _GIVEN.unit_id)
    .where(_GIVEN.removed_at.is_(None))
    .order_by(_GIVEN.id)
)
_PEOPLE: Final = (
    select(PersonTable.id, PersonTable.attributes, PersonTable.active, Unit.path)
    .join(Unit, Unit.id == PersonTable.unit_id)
    .where(PersonTable.id.in_(_NUMBERS))
)
_GROUPS: Final = (
    select(Membership.person_id, Group.name)
    .join(Group, Group.id == Membership.group_id)
    .where(Membership.person_id.in_(_NUMBERS))
)
_DEVICES: Final = (
    select(DeviceTable.id, DeviceTable.serial, DeviceTable.state, DeviceTable.holder_id, DeviceContents.contents)
    .add_columns(
        DeviceTable.type, DeviceTable.free_memory, DeviceTable.applied_policy_id, DeviceTable.applied_policy_version
    )
    .outerjoin(DeviceContents, DeviceContents.device_id == DeviceTable.id)
    .where(DeviceTable.id.in_(_NUMBERS))
)


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
    return tuple(
        Assignment(
            id=AssignmentId(row.id),
            policy=policy_version(connection, row.policy_id, row.current_version),
            container=tuple(row.path or ()),
            groups=frozenset(row.groups),
            priority=row.priority,
            created_at=row.created_at,
        )
        for row in connection.execute(_ASSIGNMENTS).all()
    )


def person(connection: Connection, number: int) -> Person:
    """One person; raises NotFound."""
    found = people(connection, [number])
    if number not in found:
        raise NotFound("person", id=str(number))
    return found[number]


def people(connection: Connection, numbers: Collection[int]) -> dict[int, Person]:
    """The people with these numbers."""
    if not numbers:
        return {}
    groups = _groups(connection, numbers)
    return {
        row.id: Person(
            id=PersonId(row.id),
            container=tuple(row.path),
            groups=frozenset(groups.get(row.id, ())),
            attributes=row.attributes,
            active=row.active,
        )
        for row in connection.execute(_PEOPLE, {"numbers": list(numbers)})
    }


def device(connection: Connection, number: int) -> Device:
    """One device with its holder and everything known of its token; raises NotFound."""
    found = devices(connection, [number])
    if number not in found:
        raise NotFound("device", id=str(number))
    return found[number]


def devices(connection: Connection, numbers: Collection[int]) -> dict[int, Device]:
    """The devices with these numbers, in a handful of queries however many they are."""
    rows = connection.execute(_DEVICES, {"numbers": list(numbers)}).all()
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
        type=row.type,
    )


def _groups(connection: Connection, numbers: Collection[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for number, name in connection.execute(_GROUPS, {"numbers": list(numbers)}):
        found.setdefault(number, []).append(name)
    return found
