"""What the pages of policies load in the same way; what the visitor may not see is not found."""

from dataclasses import dataclass

from flask import abort, request, url_for
from flask_login import current_user

from portal.db import snapshots
from portal.db.queries.policy_drafts import DraftRow, draft_row
from portal.db.queries.policy_pages import PolicyRow, policy_row
from portal.domain.errors import Conflict, InvalidInput, NotFound
from portal.domain.ids import DraftId
from portal.domain.permissions import Permission
from portal.domain.policy import DeviceUsagePolicy
from portal.domain.policy_check import PolicyProblem, problems
from portal.domain.policy_offers import PolicyOffers
from portal.domain.policy_sections import PolicySection
from portal.services.policy_drafts import CHANGED, Editing, refuse_closed
from portal.web.access import reach
from portal.web.current import portal
from portal.web.pages import see_other, wants_fragment
from portal.web.views_policies import PolicyRights
from portal.web.words.errors import Said
from portal.web.words.policy_refusals import draft_changed_below


@dataclass(frozen=True, slots=True)
class OpenedDraft:
    """A draft with the version it started from (none for a new policy), and what is left to mend in it."""

    row: DraftRow
    base: DeviceUsagePolicy | None
    offers: PolicyOffers
    problems: tuple[PolicyProblem, ...]


def policy_of(policy_id: int) -> PolicyRow:
    """The policy; raises NotFound, also for what the visitor may not see."""
    with portal().database.read() as connection:
        return policy_row(connection, policy_id, reach())


def draft_of(draft_id: int) -> DraftRow:
    """The draft, open or over; raises NotFound. Whoever sees some policies only does not see new ones."""
    with portal().database.read() as connection:
        row = draft_row(connection, draft_id)
    if not (reach().everything or row.policy in reach().policies):
        raise NotFound("draft", id=str(draft_id))
    return row


def opened(draft_id: int) -> OpenedDraft:
    """A draft that is still open, with everything its pages need; raises NotFound.

    One that is over leads a page to what became of it, and refuses a form with a Conflict that says so.
    """
    row = draft_of(draft_id)
    if row.closed_as and request.method == "GET" and not wants_fragment():
        known = row.policy is not None
        abort(see_other(url_for("admin.show_policy", policy_id=row.policy) if known else url_for("admin.policies")))
    refuse_closed(row)
    base = None
    if row.policy is not None:
        with portal().database.read() as connection:
            base = snapshots.policy_version(connection, row.policy, row.based_on)
    portal().told_templates.order()  # for the next look: this one shows what is known
    offers = portal().policy_offers.gather()
    return OpenedDraft(row, base, offers, problems(row.body, offers))


def editing(draft_id: int) -> Editing:
    """Who edits the draft, in the state of the form that was sent; raises NotFound, InvalidInput."""
    draft_of(draft_id)
    revision = request.form.get("revision", type=int)
    if revision is None:
        raise InvalidInput({"revision": "required"})
    return Editing(DraftId(draft_id), max(0, min(revision, 2**31 - 1)), current_user.login)


def revision_shown(draft: OpenedDraft, conflict: Said | None = None) -> int:
    """The state a form is sent in: as long as nobody was told of a newer one, the state it was opened in."""
    sent = request.form.get("revision", type=int)
    return draft.row.revision if sent is None or conflict else sent


def still_typed(error: Conflict) -> Said:
    """What stands over a form whose draft somebody else has saved meanwhile; raises any other conflict."""
    if error.code != CHANGED:
        raise error
    return Said(*draft_changed_below(error.data))


def section_of(name: str) -> PolicySection:
    """The section of this name; raises NotFound."""
    if name not in set(PolicySection):
        raise NotFound("section", name=name)
    return PolicySection(name)


def rights() -> PolicyRights:
    """What the visitor may do with the policies he sees; beginning new ones takes a reach over everything."""
    may_edit = current_user.may(Permission.POLICIES_EDIT)
    return PolicyRights(
        edit=may_edit,
        publish=current_user.may(Permission.POLICIES_PUBLISH),
        begin=may_edit and reach().everything,
        assign=current_user.may(Permission.ASSIGNMENTS_MANAGE),
    )
