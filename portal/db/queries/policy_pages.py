"""Policies as their pages show them: the list, one policy with its versions, whom it is given to."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select

from portal.db.base import AnyRow
from portal.db.models import (
    CommonCertificateVersion,
    Device,
    Policy,
    PolicyAssignment,
    PolicyDraft,
    PolicyVersion,
    Unit,
)
from portal.db.queries.paging import Count, capped_count
from portal.domain.errors import NotFound
from portal.domain.ids import AssignmentId, DraftId, PolicyId
from portal.domain.reach import Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRow:
    """A published policy; ``draft`` and ``drafted_by`` tell of the draft that is open."""

    id: PolicyId
    name: str
    version: int
    published_at: datetime
    published_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str
    assignments: int
    devices: Count
    draft: DraftId | None
    drafted_by: str
    drafted_at: datetime | None


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One published version."""

    version: int
    published_at: datetime
    published_by: str


@dataclass(frozen=True, slots=True)
class GivenRow:
    """Whom a policy is given to; an empty container is the whole directory."""

    id: AssignmentId
    container: tuple[str, ...]
    groups: tuple[str, ...]
    priority: int
    created_at: datetime


def list_policies(connection: Connection, reach: Reach) -> tuple[PolicyRow, ...]:
    """Every policy within reach, by name."""
    rows = connection.execute(_POLICIES.where(*policies_within(reach)).order_by(Policy.name)).all()
    return tuple(_policy(connection, row) for row in rows)


def policy_row(connection: Connection, policy: int, reach: Reach) -> PolicyRow:
    """One policy; raises NotFound when there is none within reach."""
    row = connection.execute(_POLICIES.where(Policy.id == policy, *policies_within(reach))).one_or_none()
    if row is None:
        raise NotFound("policy", id=str(policy))
    return _policy(connection, row)


def versions_of(connection: Connection, policy: int) -> tuple[VersionRow, ...]:
    """The versions of a policy, newest first."""
    query = select(PolicyVersion.version, PolicyVersion.published_at, PolicyVersion.published_by)
    mine = query.where(PolicyVersion.policy_id == policy).order_by(PolicyVersion.version.desc())
    return tuple(VersionRow(row.version, row.published_at, row.published_by) for row in connection.execute(mine))


def assignments_of(connection: Connection, policy: int) -> tuple[GivenRow, ...]:
    """Whom the policy is given to, strongest first."""
    own = PolicyAssignment
    query = select(own.id, own.groups, own.priority, own.created_at, Unit.path).outerjoin(Unit, Unit.id == own.unit_id)
    rows = connection.execute(
        query.where(own.policy_id == policy, own.removed_at.is_(None)).order_by(own.priority, own.id)
    )
    return tuple(
        GivenRow(AssignmentId(row.id), tuple(row.path or ()), tuple(sorted(row.groups)), row.priority, row.created_at)
        for row in rows
    )


def policies_within(reach: Reach) -> tuple[ColumnElement[bool], ...]:
    """For a query of policies: those within reach."""
    return () if reach.everything else (Policy.id.in_(sorted(reach.policies)),)


_ACTS = PolicyAssignment.removed_at.is_(None)
_GIVEN = select(func.count()).where(PolicyAssignment.policy_id == Policy.id, _ACTS).scalar_subquery()
_POLICIES = (
    select(Policy, PolicyVersion.published_at, PolicyVersion.published_by, _GIVEN.label("assignments"))
    .add_columns(PolicyDraft.id.label("draft"), PolicyDraft.edited_by, PolicyDraft.edited_at)
    .join(PolicyVersion, (PolicyVersion.policy_id == Policy.id) & (PolicyVersion.version == Policy.current_version))
    .outerjoin(PolicyDraft, (PolicyDraft.policy_id == Policy.id) & (PolicyDraft.closed_as == ""))
)


def _policy(connection: Connection, row: AnyRow) -> PolicyRow:
    under = select(Device.id).where(Device.effective_policy_id == row.id)
    return PolicyRow(
        id=PolicyId(row.id),
        name=row.name,
        version=row.current_version,
        published_at=row.published_at,
        published_by=row.published_by,
        withdrawn_at=row.withdrawn_at,
        withdrawn_by=row.withdrawn_by,
        assignments=row.assignments,
        devices=capped_count(connection, under),
        draft=None if row.draft is None else DraftId(row.draft),
        drafted_by=row.edited_by or "",
        drafted_at=row.edited_at,
    )


@dataclass(frozen=True, slots=True)
class CommonRow:
    """The newest version of a common certificate."""

    name: str
    version: int
    fingerprint: str
    subject: str
    not_after: datetime


def newest_commons(connection: Connection) -> tuple[CommonRow, ...]:
    """Every common certificate by name, as it is now."""
    own = CommonCertificateVersion
    query = select(own.name, own.version, own.fingerprint, own.subject, own.not_after).order_by(own.name, own.version)
    rows = connection.execute(query)
    newest = {row.name: CommonRow(row.name, row.version, row.fingerprint, row.subject, row.not_after) for row in rows}
    return tuple(newest.values())
