"""Which policy acts and why, as cards tell it."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal.db.queries.policies import ActingPolicy, AssignmentRow
from portal.web.translate import gettext as _
from portal.web.translate import ngettext


@dataclass(frozen=True, slots=True)
class PolicyChoice:
    """The policy that acts, because of what, and what gave way."""

    name: str
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
    return PolicyChoice(acting.policy.name, acting.policy.version, assignment_text(acting.because), lost)


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
