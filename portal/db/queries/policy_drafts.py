"""Drafts of policies, as services and pages read them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select

from portal.db.base import AnyRow
from portal.db.models import Policy, PolicyDraft
from portal.domain import codec
from portal.domain.errors import NotFound
from portal.domain.ids import DraftId, PolicyId
from portal.domain.policy import DeviceUsagePolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRow:
    """A draft; ``policy`` and ``policy_name`` are empty for a policy that was never published.

    ``current_version`` is the version of the policy that acts now: another one than ``based_on`` means that somebody
    published meanwhile. ``closed_as`` says what became of a draft that is over.
    """

    id: DraftId
    policy: PolicyId | None
    policy_name: str
    body: DeviceUsagePolicy
    based_on: int
    current_version: int
    revision: int
    edited_by: str
    edited_at: datetime
    closed_as: str
    published_version: int | None

    @property
    def overtaken(self) -> bool:
        """Whether a version was published since this draft was begun."""
        return self.based_on != self.current_version


_DRAFTS: Final = (
    select(PolicyDraft, Policy.name.label("policy_name"), Policy.current_version)
    .outerjoin(Policy, Policy.id == PolicyDraft.policy_id)
    .order_by(PolicyDraft.id)
)


def draft_row(connection: Connection, draft: int) -> DraftRow:
    """One draft, open or over; raises NotFound."""
    row = connection.execute(_DRAFTS.where(PolicyDraft.id == draft)).one_or_none()
    if row is None:
        raise NotFound("draft", id=str(draft))
    return _row(row)


def open_drafts(connection: Connection) -> tuple[DraftRow, ...]:
    """Every draft somebody works on, oldest first."""
    return tuple(map(_row, connection.execute(_DRAFTS.where(PolicyDraft.closed_as == ""))))


def open_draft_of(connection: Connection, policy: int) -> DraftRow | None:
    """The draft of this policy somebody works on."""
    mine = _DRAFTS.where(PolicyDraft.closed_as == "", PolicyDraft.policy_id == policy)
    row = connection.execute(mine).one_or_none()
    return _row(row) if row else None


def _row(row: AnyRow) -> DraftRow:
    return DraftRow(
        id=DraftId(row.id),
        policy=None if row.policy_id is None else PolicyId(row.policy_id),
        policy_name=row.policy_name or "",
        body=codec.from_json(DeviceUsagePolicy, row.body),
        based_on=row.based_on,
        current_version=row.current_version or 0,
        revision=row.revision,
        edited_by=row.edited_by,
        edited_at=row.edited_at,
        closed_as=row.closed_as,
        published_version=row.published_version,
    )
