"""Which policy acts and why, as cards tell it."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from portal.db.queries.policies import ActingPolicy, AssignmentRow
from portal.domain.ids import PolicyId
from portal.domain.permissions import Permission
from portal.web.access import reach
from portal.web.sides import ADMIN, may, side
from portal.web.translate import gettext as _
from portal.web.translate import ngettext


@dataclass(frozen=True, slots=True)
class PolicyChoice:
    """The policy that acts, because of what, and what gave way; ``href`` is empty for who may not read it."""

    name: str
    href: str
    version: int
    because: str
    passed_over: tuple[str, ...]


def policy_choice(acting: ActingPolicy | None) -> PolicyChoice | None:
    """The choice in words; None when no policy reaches the person."""
    if acting is None:
        return None
    lost = tuple(
        _("“%(policy)s”: %(given)s", policy=row.policy, given=assignment_text(row)) for row in acting.passed_over
    )
    policy, because = acting.policy, assignment_text(acting.because)
    return PolicyChoice(policy.name, policy_href(policy.id), policy.version, because, lost)


def policy_href(policy: PolicyId) -> str:
    """The address of the policy's page; empty for who may not read it."""
    if side() is not ADMIN or not may(Permission.POLICIES_READ):
        return ""
    within = reach().everything or policy in reach().policies
    return url_for("admin.show_policy", policy_id=policy) if within else ""


def assignment_text(row: AssignmentRow) -> str:
    """To whom the policy is given, and how strongly."""
    return given_text(row.container, row.groups, row.priority)


def given_text(container: Sequence[str], named: Sequence[str], number: int) -> str:
    """To whom something is given: a container (empty: the whole directory), perhaps some groups in it, a priority."""
    where = _("given to “%(unit)s”", unit=" / ".join(container)) if container else _("given to the whole directory")
    priority = _("priority %(number)s", number=number)
    if not named:
        return f"{where}, {priority}"
    groups = ngettext("group %(names)s", "groups %(names)s", len(named), names=", ".join(named))
    return f"{where}, {groups}, {priority}"
