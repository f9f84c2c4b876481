"""Withdrawn, brought back, deleted: never while somebody needs the policy."""

import pytest
from sqlalchemy import func, select, update

from portal.db.models import Device, Policy, PolicyAssignment, PolicyDraft, PolicyVersion
from portal.domain.audit import AuditTag
from portal.domain.errors import Conflict, NotFound, PolicyForbids
from portal.domain.policy_sections import PolicySection
from portal.services.devices import DeviceDraft, add_devices
from portal.services.people import PersonDraft, add_people
from portal.services.policies import assign
from tests.domain.test_policy_changes import VPN
from tests.services.policies.policy_desk import Desk
from tests.support.clock import NOON


def test_a_policy_in_use_is_neither_withdrawn_nor_deleted_and_says_by_what(desk: Desk) -> None:
    policy = desk.published()
    with desk.database.begin() as connection:
        assign(connection, policy, container=("Ключ", "Продажи"), priority=1, now=NOON)
    for attempt in (desk.life.withdraw, desk.life.delete):
        with pytest.raises(Conflict) as used:
            attempt(policy, actor="anna")
        assert used.value.code == "policy_assigned"
        assert (used.value.data["count"], used.value.data["places"]) == ("1", "Ключ / Продажи")


def test_a_withdrawn_policy_is_not_edited_until_it_is_brought_back(desk: Desk) -> None:
    policy = desk.published()
    draft = desk.drafts.open(policy, actor="anna")
    desk.drafts.save(desk.now(draft), PolicySection.TRACKING, tracking=True)
    desk.life.withdraw(policy, actor="anna")
    desk.life.withdraw(policy, actor="boris")
    with pytest.raises(PolicyForbids, match="policy_withdrawn"):
        desk.publishing.publish(desk.now(draft))
    desk.drafts.discard(desk.now(draft))
    with pytest.raises(PolicyForbids, match="policy_withdrawn"):
        desk.drafts.open(policy, actor="anna")
    desk.life.restore(policy, actor="anna")
    assert desk.row(desk.drafts.open(policy, actor="anna")).policy == policy
    assert desk.told().count(AuditTag.POLICY_WITHDRAWN) == 1


def test_a_policy_devices_know_is_not_deleted(desk: Desk) -> None:
    policy = desk.published()
    with desk.database.begin() as connection:
        person = add_people(
            connection, [PersonDraft(("Ключ",), {"login": "a", "surname": "А", "given_name": "А"})], NOON
        )
        add_devices(connection, [DeviceDraft("1", holder=person[0])], NOON)
        connection.execute(update(Device).values(applied_policy_id=policy))
    with pytest.raises(Conflict) as used:
        desk.life.delete(policy, actor="anna")
    assert (used.value.code, used.value.data["by"]) == ("policy_in_use", "devices")


def test_a_deleted_policy_leaves_nothing_and_its_number_is_never_given_again(desk: Desk) -> None:
    policy = desk.published()
    desk.drafts.open(policy, actor="anna")
    with desk.database.begin() as connection:
        assign(connection, policy, container=(), priority=1, now=NOON)
        connection.execute(update(PolicyAssignment).values(removed_at=NOON))
    desk.life.delete(policy, actor="anna")
    with desk.database.read() as connection:
        for table in (Policy, PolicyAssignment, PolicyVersion, PolicyDraft):
            assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 0
    draft = desk.drafts.begin("Сотрудники", actor="anna")
    desk.drafts.save_template(desk.now(draft), VPN, None)
    made = desk.publishing.publish(desk.now(draft))
    assert made.id > policy
    assert desk.version(made.id, 1).templates == (VPN,)
    with pytest.raises(NotFound):
        desk.life.withdraw(policy, actor="anna")
