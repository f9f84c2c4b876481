"""Several people at one policy: nobody writes over anybody, and nothing is published by halves."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select

from portal.db.models import Policy, PolicyVersion
from portal.db.queries.policy_pages import list_policies
from portal.domain.audit import AuditTag
from portal.domain.errors import Conflict, InvalidInput, PortalError
from portal.domain.policy import DeviceUsagePolicy, Register, SelfServiceRules
from portal.domain.policy_sections import PolicySection
from portal.domain.reach import EVERYTHING, Reach
from portal.services.policy_drafts import Editing
from tests.services.policies.policy_desk import BASE, Desk
from tests.support.clock import NOON


def test_who_saves_second_is_told_who_was_first(desk: Desk) -> None:
    draft = desk.drafts.open(desk.published(), actor="anna")
    seen = desk.now(draft, "boris")
    desk.clock.advance(minutes=1)
    desk.drafts.save(desk.now(draft), PolicySection.TRACKING, tracking=True)
    with pytest.raises(Conflict) as late:
        desk.drafts.save(seen, PolicySection.TRACKING, tracking=False)
    assert (late.value.code, late.value.data["who"]) == ("draft_changed", "anna")
    assert late.value.data["at"] == (NOON + timedelta(minutes=1)).isoformat()
    assert desk.row(draft).body.tracking


def test_a_draft_that_is_over_says_what_became_of_it(desk: Desk) -> None:
    draft = desk.drafts.open(desk.published(), actor="anna")
    desk.drafts.save(desk.now(draft), PolicySection.TRACKING, tracking=True)
    seen = desk.now(draft, "boris")
    made = desk.publishing.publish(desk.now(draft))
    with pytest.raises(Conflict) as late:
        desk.publishing.publish(seen)
    assert late.value.code == "draft_published"
    assert (late.value.data["who"], late.value.data["version"]) == ("anna", str(made.version))
    other = desk.drafts.open(made.id, actor="anna")
    seen = desk.now(other, "boris")
    desk.drafts.discard(desk.now(other))
    with pytest.raises(Conflict, match="draft_discarded"):
        desk.drafts.save(seen, PolicySection.TRACKING, tracking=False)


def test_a_version_published_meanwhile_is_never_written_over(desk: Desk) -> None:
    policy = desk.published()
    draft = desk.drafts.open(policy, actor="anna")
    desk.drafts.save(desk.now(draft), PolicySection.SELF_SERVICE, self_service=SelfServiceRules(revoke=False))
    desk.published(replace(BASE, registers=frozenset({Register.SECRET_NET})))
    with pytest.raises(Conflict) as late:
        desk.publishing.publish(desk.now(draft))
    assert late.value.code == "policy_overtaken"
    assert {name: late.value.data[name] for name in ("who", "version", "based_on")} == {
        "who": "admin",
        "version": "2",
        "based_on": "1",
    }
    desk.drafts.carry_over(desk.now(draft))
    made = desk.publishing.publish(desk.now(draft))
    assert (made.version, made.registers, made.self_service.revoke) == (3, frozenset({Register.SECRET_NET}), False)
    desk.drafts.carry_over(desk.now(desk.drafts.open(policy, actor="anna")))  # nothing to carry over is no change


def test_a_policy_may_be_renamed_but_not_to_a_name_that_is_taken_meanwhile(desk: Desk) -> None:
    policy = desk.published()
    draft = desk.drafts.open(policy, actor="anna")
    desk.drafts.save(desk.now(draft), PolicySection.GENERAL, name="Офис")
    desk.published(replace(BASE, name="Офис"))
    with pytest.raises(InvalidInput) as taken:
        desk.publishing.publish(desk.now(draft))
    assert taken.value.fields == {"name": "name_taken"}
    desk.drafts.save(desk.now(draft), PolicySection.GENERAL, name="Наш офис")
    assert desk.publishing.publish(desk.now(draft)).id == policy
    with desk.database.read() as connection:
        assert [row.name for row in list_policies(connection, EVERYTHING)] == ["Наш офис", "Офис"]
        assert list_policies(connection, Reach()) == ()


def test_two_people_who_publish_at_once(desk: Desk) -> None:
    draft = desk.drafts.open(desk.published(), actor="anna")
    desk.drafts.save(desk.now(draft), PolicySection.TRACKING, tracking=True)
    outcomes = at_once([partial(desk.publishing.publish, desk.now(draft, who)) for who in ("anna", "boris")])
    made = [one for one in outcomes if isinstance(one, DeviceUsagePolicy)]
    late = [one for one in outcomes if isinstance(one, Conflict)]
    assert (len(made), len(late)) == (1, 1), outcomes
    assert late[0].code == "draft_published"
    assert made[0].version == 2
    with desk.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(PolicyVersion)).scalar_one() == 2
        assert connection.execute(select(Policy.current_version)).scalar_one() == 2
    assert desk.told().count(AuditTag.POLICY_PUBLISHED) == 1


def test_two_people_who_begin_or_save_at_once(desk: Desk) -> None:
    policy = desk.published()
    begun = at_once([partial(desk.drafts.open, policy, actor=who) for who in ("anna", "boris")])
    assert len(set(map(str, begun))) == 1
    draft = desk.drafts.open(policy, actor="anna")
    seen = desk.row(draft).revision
    saved = at_once(
        [
            partial(desk.drafts.save, Editing(draft, seen, str(on)), PolicySection.TRACKING, tracking=on)
            for on in (True, False)
        ]
    )
    assert [type(one) for one in saved].count(Conflict) == 1, saved
    assert desk.row(draft).revision == seen + 1


def at_once(calls: list[Callable[[], object]]) -> list[object]:
    """What each answered or was refused with, all begun together."""
    gate, outcomes = threading.Barrier(len(calls)), list[object](calls)

    def run(place: int, call: Callable[[], object]) -> None:
        gate.wait(120)
        try:
            outcomes[place] = call()
        except PortalError as error:
            outcomes[place] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return outcomes
