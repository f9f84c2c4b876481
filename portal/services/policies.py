"""Device usage policies: published as versions that never change, and given to parts of the directory."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from portal.db import snapshots
from portal.db.marks import mark_policy, mark_unit
from portal.db.models import Policy, PolicyAssignment, PolicyVersion
from portal.domain import codec
from portal.domain.errors import InvalidInput
from portal.domain.ids import AssignmentId, PolicyId
from portal.domain.policy import DeviceUsagePolicy
from portal.services.people import ensure_units


def publish(connection: Connection, draft: DeviceUsagePolicy, *, actor: str, now: datetime) -> DeviceUsagePolicy:
    """Publish the next version of the policy of this name; a draft that changes nothing makes no version.

    The draft's own id and version do not count. Devices under the policy are looked at again.
    """
    _check(draft)
    row = connection.execute(select(Policy.id, Policy.current_version).where(Policy.name == draft.name)).one_or_none()
    if row is None:
        values = {"name": draft.name, "current_version": 1, "created_at": now}
        number = connection.execute(insert(Policy).values(values).returning(Policy.id)).scalar_one()
        return store_version(connection, replace(draft, id=PolicyId(number), version=1), actor=actor, now=now)
    current = snapshots.policy_version(connection, row.id, row.current_version)
    if replace(draft, id=current.id, version=current.version) == current:
        return current
    following = replace(draft, id=current.id, version=current.version + 1)
    connection.execute(update(Policy).where(Policy.id == row.id).values(current_version=following.version))
    look_again(connection, current.id, now)
    return store_version(connection, following, actor=actor, now=now)


def store_version(connection: Connection, policy: DeviceUsagePolicy, *, actor: str, now: datetime) -> DeviceUsagePolicy:
    """Write a version down; nothing ever changes it."""
    values = {"policy_id": policy.id, "version": policy.version, "body": codec.to_json(policy)}
    stamp = {"published_at": now, "published_by": actor}
    connection.execute(insert(PolicyVersion).values(**values, **stamp))
    return policy


def look_again(connection: Connection, policy: PolicyId, now: datetime) -> None:
    """Have the monitor review the devices under this policy."""
    mark_policy(connection, policy, now)


def assign(
    connection: Connection,
    policy: PolicyId,
    *,
    container: tuple[str, ...],
    groups: frozenset[str] = frozenset(),
    priority: int,
    now: datetime,
) -> AssignmentId:
    """Give a policy to a container of the directory; the empty container is the whole directory."""
    unit = ensure_units(connection, [container])[container] if container else None
    values = {"policy_id": policy, "unit_id": unit, "groups": sorted(groups), "priority": priority, "created_at": now}
    added = connection.execute(insert(PolicyAssignment).values(values).returning(PolicyAssignment.id))
    mark_unit(connection, unit, now)
    return AssignmentId(added.scalar_one())


def _check(draft: DeviceUsagePolicy) -> None:
    if not draft.name.strip():
        raise InvalidInput({"name": "required"})
    keys = [template.key for template in draft.templates]
    if len(set(keys)) != len(keys):
        raise InvalidInput({"templates": "repeated"})
    names = [common.name for common in draft.commons]
    if len(set(names)) != len(names):
        raise InvalidInput({"commons": "repeated"})
