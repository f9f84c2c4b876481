"""What an administrator of the demonstration is working on: a change to a policy, and a policy not finished yet."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from portal.bootstrap import Portal
from portal.db.queries.policy_drafts import draft_row
from portal.domain.ids import DraftId, PolicyId
from portal.domain.policy import DeviceRules
from portal.domain.policy_sections import PolicySection
from portal.seed.policies import MAIL_SIGNATURE, VPN
from portal.services.policy_drafts import Editing

_ACTOR: Final = "admin"
_NEW: Final = "Подрядчики"


def begin_drafts(portal: Portal, changed: PolicyId) -> None:
    """A draft with a visible difference for this policy, and a new policy that has no more than a name."""
    drafts = portal.policy_drafts
    draft = drafts.open(changed, actor=_ACTOR)
    longer = replace(VPN, renewal_window=timedelta(days=30))
    for template, place in ((longer, 1), (replace(MAIL_SIGNATURE, optional=True), None)):
        drafts.save_template(_now(portal, draft), template, place)
    drafts.save(_now(portal, draft), PolicySection.DEVICES, devices=DeviceRules(per_person=2))
    drafts.begin(_NEW, actor=_ACTOR)


def _now(portal: Portal, draft: DraftId) -> Editing:
    with portal.database.read() as connection:
        return Editing(draft, draft_row(connection, draft).revision, _ACTOR)
