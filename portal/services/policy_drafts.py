"""Drafts of policies: begun, edited section by section, carried over, discarded; publishing is another service."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection, exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from portal.db import snapshots
from portal.db.models import Policy, PolicyDraft
from portal.db.queries.policy_drafts import DraftRow, draft_row, open_draft_of
from portal.db.transaction import Database
from portal.domain import codec
from portal.domain.audit import AuditTag
from portal.domain.errors import Conflict, InvalidInput, NotFound, PolicyForbids
from portal.domain.ids import DraftId, PolicyId
from portal.domain.policy import CertificateTemplate, DeviceUsagePolicy
from portal.domain.policy_check import NAME_LONGEST, problems
from portal.domain.policy_sections import PolicySection, carried_over
from portal.domain.texts import text_fault
from portal.ports.clock import Clock
from portal.services.audit import record
from portal.services.policy_offers import Offers

PUBLISHED: Final = "published"
DISCARDED: Final = "discarded"
#: The code of the conflict when somebody else saved the draft in between.
CHANGED: Final = "draft_changed"

Change = Callable[[DeviceUsagePolicy], DeviceUsagePolicy]


@dataclass(frozen=True, slots=True)
class Editing:
    """Who edits which draft, in the state the person saw it."""

    draft: DraftId
    revision: int
    actor: str


@dataclass(frozen=True, slots=True)
class PolicyDrafts:
    """What people do to drafts. Whoever saves what somebody else has changed meanwhile gets a Conflict."""

    database: Database
    clock: Clock
    offers: Offers

    def begin(self, name: str, *, actor: str, like: PolicyId | None = None) -> DraftId:
        """Begin a new policy, empty or as a copy of what a policy says now; raises InvalidInput, NotFound."""
        with self.database.begin() as connection:
            body = DeviceUsagePolicy(PolicyId(0), 0, "", ()) if like is None else _current(connection, like)
            body = replace(body, id=PolicyId(0), version=0, name=name.strip())
            _refuse(_name_faults(connection, body, None))
            return self._insert(connection, body, policy=None, actor=actor)

    def open(self, policy: PolicyId, *, actor: str) -> DraftId:
        """The open draft of a policy, begun from its newest version when there is none; raises NotFound."""
        try:
            return self._open(policy, actor)
        except IntegrityError:  # somebody began it at the same moment
            return self._open(policy, actor)

    def _open(self, policy: PolicyId, actor: str) -> DraftId:
        with self.database.begin() as connection:
            known = open_draft_of(connection, policy)
            if known is not None:
                return known.id
            body = _current(connection, policy)
            withdrawn = exists().where(Policy.id == policy, Policy.withdrawn_at.is_not(None))
            if connection.execute(select(withdrawn)).scalar_one():
                raise PolicyForbids("policy_withdrawn", name=body.name)
            return self._insert(connection, body, policy=policy, actor=actor)

    def save(self, editing: Editing, section: PolicySection, **values: Any) -> None:
        """Save a section; raises InvalidInput by field when what it says cannot be used, Conflict, NotFound."""
        offers = self.offers.gather()
        with self.database.begin() as connection:
            row = held(connection, editing)
            body = replace(row.body, **values)
            found = [one for one in problems(body, offers) if one.section is section and one.index is None]
            faults = {one.field: one.code for one in found if one.code != "policy_empty"}
            if section is PolicySection.GENERAL:
                faults |= _name_faults(connection, body, row.policy)
            _refuse(faults)
            self._store(connection, editing, body, section)

    def save_template(self, editing: Editing, template: CertificateTemplate, index: int | None) -> int:
        """Save a template in its place, or as the last one; answers the place. Raises InvalidInput by field."""
        offers = self.offers.gather()
        with self.database.begin() as connection:
            row = held(connection, editing)
            templates = list(row.body.templates)
            place = len(templates) if index is None else _place(templates, index)
            templates[place : place + 1] = [template]
            body = replace(row.body, templates=tuple(templates))
            _refuse({one.field: one.code for one in problems(body, offers) if one.index == place})
            self._store(connection, editing, body, PolicySection.TEMPLATES)
        return place

    def remove_template(self, editing: Editing, index: int) -> None:
        """Take a template out of the draft."""

        def change(body: DeviceUsagePolicy) -> DeviceUsagePolicy:
            place = _place(body.templates, index)
            return replace(body, templates=body.templates[:place] + body.templates[place + 1 :])

        self._change(editing, PolicySection.TEMPLATES, change)

    def move_template(self, editing: Editing, index: int, by: int) -> None:
        """Move a template up (-1) or down (1); at the end of the list it stays."""

        def change(body: DeviceUsagePolicy) -> DeviceUsagePolicy:
            templates = list(body.templates)
            moved = templates.pop(_place(templates, index))
            templates.insert(max(0, index + by), moved)
            return replace(body, templates=tuple(templates))

        self._change(editing, PolicySection.TEMPLATES, change)

    def carry_over(self, editing: Editing) -> None:
        """Put the changes of a draft on top of the version somebody published meanwhile."""
        with self.database.begin() as connection:
            row = held(connection, editing)
            if row.policy is None or not row.overtaken:
                return
            before = snapshots.policy_version(connection, row.policy, row.based_on)
            after = snapshots.policy_version(connection, row.policy, row.current_version)
            body = carried_over(row.body, before, after)
            own = PolicyDraft.id == row.id
            connection.execute(update(PolicyDraft).where(own).values(based_on=after.version))
            self._store(connection, editing, body, None)

    def discard(self, editing: Editing) -> None:
        """Give a draft up; what is published stays as it is."""
        with self.database.begin() as connection:
            row = held(connection, editing)
            close(connection, editing, DISCARDED, {"edited_at": self.clock.now()})
            self._record(connection, AuditTag.POLICY_DRAFT_DISCARDED, row, editing.actor)

    def _change(self, editing: Editing, section: PolicySection, change: Change) -> None:
        with self.database.begin() as connection:
            row = held(connection, editing)
            self._store(connection, editing, change(row.body), section)

    def _insert(
        self, connection: Connection, body: DeviceUsagePolicy, *, policy: PolicyId | None, actor: str
    ) -> DraftId:
        now = self.clock.now()
        values = {"policy_id": policy, "based_on": body.version, "revision": 1, "edited_by": actor, "edited_at": now}
        added = insert(PolicyDraft).values(**values, body=codec.to_json(body)).returning(PolicyDraft.id)
        draft = DraftId(connection.execute(added).scalar_one())
        self._record(connection, AuditTag.POLICY_DRAFT_BEGUN, draft_row(connection, draft), actor)
        return draft

    def _store(
        self, connection: Connection, editing: Editing, body: DeviceUsagePolicy, section: PolicySection | None
    ) -> None:
        now = self.clock.now()
        values = {"body": codec.to_json(body), "revision": PolicyDraft.revision + 1}
        mine = (PolicyDraft.id == editing.draft) & (PolicyDraft.revision == editing.revision)
        saved = {**values, "edited_by": editing.actor, "edited_at": now}
        if connection.execute(update(PolicyDraft).where(mine).values(saved)).rowcount != 1:
            held(connection, editing)  # says who was first
        tag = AuditTag.POLICY_DRAFT_CARRIED_OVER if section is None else AuditTag.POLICY_DRAFT_SAVED
        what = {} if section is None else {"section": section.value}
        self._record(connection, tag, draft_row(connection, editing.draft), editing.actor, **what)

    def _record(self, connection: Connection, tag: AuditTag, row: DraftRow, actor: str, **more: str) -> None:
        about = {"actor": actor, "subject": subject_of(row), "now": self.clock.now(), "name": row.body.name}
        record(connection, tag, **about, **more)  # type: ignore[arg-type]


def held(connection: Connection, editing: Editing) -> DraftRow:
    """The draft, if it is still as the person saw it; raises Conflict saying who was first, or NotFound."""
    # of two people at once the second waits here until the first is through, and sees what he did
    connection.execute(select(PolicyDraft.id).where(PolicyDraft.id == editing.draft).with_for_update())
    row = draft_row(connection, editing.draft)
    refuse_closed(row)
    if row.revision != editing.revision:
        raise Conflict(CHANGED, **_first(row))
    return row


def refuse_closed(row: DraftRow) -> None:
    """Raise Conflict when the draft is over, saying what became of it and who was first."""
    if row.closed_as == PUBLISHED:
        raise Conflict("draft_published", **_first(row), policy=str(row.policy), version=str(row.published_version))
    if row.closed_as:
        raise Conflict("draft_discarded", **_first(row))


def _first(row: DraftRow) -> dict[str, str]:
    return {"who": row.edited_by, "at": row.edited_at.isoformat(), "draft": str(row.id), "name": row.body.name}


def close(connection: Connection, editing: Editing, how: str, values: dict[str, Any]) -> None:
    """End the draft; of two people who try at once the second is told who was first."""
    mine = (PolicyDraft.id == editing.draft) & (PolicyDraft.revision == editing.revision)
    open_still = mine & (PolicyDraft.closed_as == "")
    ended = {**values, "closed_as": how, "edited_by": editing.actor}
    if connection.execute(update(PolicyDraft).where(open_still).values(ended)).rowcount != 1:
        held(connection, editing)


def subject_of(row: DraftRow) -> str:
    """What the audit log says the line is about."""
    return f"policy:{row.policy}" if row.policy else f"draft:{row.id}"


def name_taken(connection: Connection, name: str, policy: PolicyId | None) -> bool:
    """Whether another published policy has this name, in whatever case."""
    others = select(Policy.name).where(func.length(Policy.name) == len(name))
    found = connection.execute(others.where(Policy.id != policy) if policy else others).scalars()
    return any(other.casefold() == name.casefold() for other in found)


def _name_faults(connection: Connection, body: DeviceUsagePolicy, policy: PolicyId | None) -> dict[str, str]:
    fault = text_fault(body.name, NAME_LONGEST)
    if not fault and name_taken(connection, body.name, policy):
        fault = "name_taken"
    return {"name": fault} if fault else {}


def _refuse(faults: dict[str, str]) -> None:
    if faults:
        raise InvalidInput(faults)


def _current(connection: Connection, policy: PolicyId) -> DeviceUsagePolicy:
    version = connection.execute(select(Policy.current_version).where(Policy.id == policy)).scalar_one_or_none()
    if version is None:
        raise NotFound("policy", id=str(policy))
    return snapshots.policy_version(connection, policy, version)


def _place(templates: "tuple[CertificateTemplate, ...] | list[CertificateTemplate]", index: int) -> int:
    if not 0 <= index < len(templates):
        raise NotFound("template", index=str(index))
    return index
