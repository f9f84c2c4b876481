"""Policies by name, for filters; and why one acts, for cards."""

import re
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, select

from portal.db import snapshots
from portal.db.models import Policy
from portal.domain.effective_policy import Assignment, NoPolicy, effective_policy
from portal.domain.ids import AssignmentId, PolicyId
from portal.domain.people import Person
from portal.domain.policy import DeviceUsagePolicy

_BY_NAME: Final = select(Policy.id, Policy.name, Policy.current_version).order_by(Policy.name)


@dataclass(frozen=True, slots=True)
class PolicyOption:
    """A policy in a filter."""

    id: PolicyId
    name: str
    version: int


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    """One assignment as people read it: policy, container (empty: the whole directory), groups, priority."""

    id: AssignmentId
    policy_id: PolicyId
    policy: str
    policy_version: int
    container: tuple[str, ...]
    groups: tuple[str, ...]
    priority: int


@dataclass(frozen=True, slots=True)
class ActingPolicy:
    """The policy that acts, because of which assignment, and which assignments lost, strongest first."""

    policy: DeviceUsagePolicy
    because: AssignmentRow
    passed_over: tuple[AssignmentRow, ...]


def policy_options(connection: Connection) -> tuple[PolicyOption, ...]:
    """Every policy by name."""
    return tuple(PolicyOption(PolicyId(row.id), row.name, row.current_version) for row in connection.execute(_BY_NAME))


def recipe_attributes(connection: Connection) -> frozenset[str]:
    """The attributes that recipes and tracked attributes of acting policies name."""
    templates = [template for one in snapshots.assignments(connection) for template in one.policy.templates]
    patterns = [pattern for one in templates for _field, pattern in (*one.recipe.subject, *one.recipe.alternative)]
    named = {name for pattern in patterns for name in re.findall(r"\{(\w+)\}", pattern)}
    return frozenset(named | {name for one in templates for name in one.tracked_attributes})


def acting_policy(connection: Connection, person: Person | None) -> ActingPolicy | None:
    """The policy that acts for this person now; None when no assignment reaches him."""
    if person is None:
        return None
    try:
        found = effective_policy(person, snapshots.assignments(connection))
    except NoPolicy:
        return None
    return ActingPolicy(found.policy, _row(found.because), tuple(map(_row, found.passed_over)))


def _row(assignment: Assignment) -> AssignmentRow:
    return AssignmentRow(
        id=assignment.id,
        policy_id=assignment.policy.id,
        policy=assignment.policy.name,
        policy_version=assignment.policy.version,
        container=assignment.container,
        groups=tuple(sorted(assignment.groups)),
        priority=assignment.priority,
    )
