"""Every reason, every action and every row of the plan table is driven through the pages, on both sides.

The tables are those the tests next door act by. What only a person asks for (a cleaning, a PIN) and what begins a
device is no trigger: those runs are tested with the device's life.
"""

from collections.abc import Iterator
from typing import Final

import pytest

from portal.domain.findings import UpdateReason
from portal.domain.plan_items import Action
from tests.e2e.triggers import (
    test_triggers_commons,
    test_triggers_people,
    test_triggers_templates,
    test_triggers_tokens,
    test_triggers_unasked,
)
from tests.e2e.triggers.story import Line, Side, Story

MODULES: Final = (
    test_triggers_commons,
    test_triggers_people,
    test_triggers_templates,
    test_triggers_tokens,
    test_triggers_unasked,
)
STORIES: Final = tuple(story for module in MODULES for story in module.STORIES)

NO_TRIGGER: Final = frozenset({Action.ERASE, Action.INITIALIZE, Action.CHANGE_PIN, Action.RESET_PIN})
#: An offer is a box, told by the reason that it is available; old keys are kept within the line that renews.
OTHERWISE: Final = frozenset({Action.OFFER, Action.RETAIN})
#: Done by an administrator alone: the holder may not give up a key, and does not settle what a broken update left.
ADMIN_ONLY: Final = frozenset({Action.CLEAN})

R, A = UpdateReason, Action
#: What is on the device · what the policy says → the reason or choice behind it, and the action.
ROWS: Final[dict[str, tuple[UpdateReason | None, Action]]] = {
    "managed · same template, in order": (None, A.KEEP),
    "managed · same template, inside its window": (R.CERTIFICATE_EXPIRING, A.RENEW),
    "managed · same template, inside its window, key reused": (R.CERTIFICATE_EXPIRING, A.RENEW_SAME_KEY),
    "managed · same template, expired": (R.CERTIFICATE_EXPIRED, A.RENEW),
    "managed · same template, revoked": (R.CERTIFICATE_REVOKED, A.RENEW),
    "managed · same template, tracked attribute differs": (R.ATTRIBUTE_CHANGED, A.RENEW),
    "managed · template gone": (R.TEMPLATE_REMOVED, A.DELETE),
    "managed, optional · deselected": (R.OPTIONAL_AVAILABLE, A.DELETE),
    "managed, gone from the token": (R.CONTENT_MISSING, A.ISSUE),
    "nothing · required": (R.TEMPLATE_ADDED, A.ISSUE),
    "nothing · optional, selected": (R.OPTIONAL_AVAILABLE, A.ISSUE),
    "old decryption key · given up": (R.HISTORY_GIVEN_UP, A.DELETE),
    "common · absent": (R.COMMON_ADDED, A.WRITE_COMMON),
    "common · other version": (R.COMMON_REPLACED, A.REPLACE_COMMON),
    "common · no longer in the policy": (R.COMMON_REMOVED, A.DELETE_COMMON),
    "common, optional · deselected": (R.OPTIONAL_AVAILABLE, A.DELETE_COMMON),
    "another policy": (R.POLICY_CHANGED, A.APPLY_POLICY),
    "foreign, tracked · tracking on": (R.FOREIGN_FOUND, A.TRACK_ONLY),
    "connector on · not registered": (R.CONNECTOR_SWITCHED, A.REGISTER),
    "connector off · registered": (R.CONNECTOR_SWITCHED, A.WITHDRAW),
    "left behind": (R.LEFTOVER_FOUND, A.CLEAN),
}


def lines(story: Story) -> Iterator[Line]:
    yield from story.plan
    yield from story.stays


def test_every_reason_is_caused() -> None:
    caused = {reason.reason for story in STORIES for reason in (*story.reasons, *story.whys)}
    assert caused == set(UpdateReason)


@pytest.mark.parametrize("side", Side)
def test_every_action_is_done(side: Side) -> None:
    acted = {line.action for story in STORIES if story.side is side for line in lines(story)}
    expected = set(Action) - NO_TRIGGER - OTHERWISE - (ADMIN_ONLY if side is Side.OWN else set())
    assert acted == expected


@pytest.mark.parametrize("row", ROWS)
def test_every_row_of_the_plan_table_is_driven(row: str) -> None:
    reason, action = ROWS[row]
    found = [
        story
        for story in STORIES
        if action in {line.action for line in lines(story)}
        and (reason is None or reason in {one.reason for one in (*story.reasons, *story.whys)})
    ]
    assert found, row


def test_the_table_knows_every_due_reason_and_action() -> None:
    assert {reason for reason, _ in ROWS.values() if reason} == set(UpdateReason)
    assert {action for _, action in ROWS.values()} == set(Action) - NO_TRIGGER - OTHERWISE
