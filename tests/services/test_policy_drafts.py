"""Drafts of policies: nobody writes over anybody, what is unfinished is kept, and nothing is published by halves."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from portal.db import snapshots
from portal.db.models import AuditEntry, Device, Policy, PolicyAssignment, PolicyDraft, PolicyVersion
from portal.db.queries.policy_drafts import DraftRow, draft_row
from portal.db.queries.policy_pages import list_policies
from portal.db.transaction import Database
from portal.domain.audit import AuditTag
from portal.domain.certificate import Purpose, TemplateKey
from portal.domain.errors import Conflict, InvalidInput, NotFound, PolicyForbids, PortalError
from portal.domain.ids import DraftId, PolicyId
from portal.domain.policy import DeviceRules, DeviceUsagePolicy, Register, SelfServiceRules, SubjectRecipe
from portal.domain.policy_offers import OfferedTemplate
from portal.domain.policy_sections import PolicySection, same_contents
from portal.domain.reach import EVERYTHING, Reach
from portal.services.devices import DeviceDraft, add_devices
from portal.services.people import PersonDraft, add_people
from portal.services.policies import assign, publish
from portal.services.policy_drafts import Editing, PolicyDrafts
from portal.services.policy_life import PolicyLife
from portal.services.policy_offers import Offers
from portal.services.policy_publishing import PolicyPublishing
from tests.domain.test_policy_changes import LOGON, VPN
from tests.support.clock import NOON, FrozenClock

BASE = DeviceUsagePolicy(PolicyId(0), 0, "Сотрудники", (LOGON,))
YEAR = timedelta(days=365)


class Issuer:
    """An authority that issues two kinds of certificates."""

    def offered_templates(self) -> tuple[OfferedTemplate, ...]:
        return tuple(OfferedTemplate(name, Purpose.AUTHENTICATE, YEAR) for name in ("logon", "vpn"))


class Issuers:
    """The only authority there is."""

    def get(self, name: str) -> Issuer | None:
        return Issuer() if name == "main" else None


@dataclass
class Desk:
    """The services, and how a person goes about them."""

    database: Database
    clock: FrozenClock

    def __post_init__(self) -> None:
        offers = Offers(self.database, Issuers(), ("main",))  # type: ignore[arg-type]
        self.drafts = PolicyDrafts(self.database, self.clock, offers)
        self.publishing = PolicyPublishing(self.database, self.clock, offers)
        self.life = PolicyLife(self.database, self.clock)

    def published(self, policy: DeviceUsagePolicy = BASE) -> PolicyId:
        with self.database.begin() as connection:
            return publish(connection, policy, actor="admin", now=self.clock.now()).id

    def row(self, draft: DraftId) -> DraftRow:
        with self.database.read() as connection:
            return draft_row(connection, draft)

    def now(self, draft: DraftId, actor: str = "anna") -> Editing:
        return Editing(draft, self.row(draft).revision, actor)

    def version(self, policy: PolicyId, number: int) -> DeviceUsagePolicy:
        with self.database.read() as connection:
            return snapshots.policy_version(connection, policy, number)

    def told(self) -> list[str]:
        query = select(AuditEntry.tag).order_by(AuditEntry.id)
        with self.database.read() as connection:
            return list(connection.execute(query).scalars())


@pytest.fixture
def desk(database: Database, clock: FrozenClock) -> Desk:
    return Desk(database, clock)


def test_a_new_policy_grows_section_by_section_and_is_published(desk: Desk) -> None:
    draft = desk.drafts.begin(" Бухгалтерия ", actor="anna")
    assert desk.row(draft).body.name == "Бухгалтерия"
    with pytest.raises(InvalidInput) as unfinished:
        desk.publishing.publish(desk.now(draft))
    assert unfinished.value.fields == {"draft": "draft_unfinished"}
    assert desk.drafts.save_template(desk.now(draft), LOGON, None) == 0
    desk.drafts.save(desk.now(draft), PolicySection.TRACKING, tracking=True, track_automatically=True)
    policy = desk.publishing.publish(desk.now(draft))
    assert (policy.version, policy.templates, policy.tracking) == (1, (LOGON,), True)
    assert desk.version(policy.id, 1) == policy
    assert desk.told() == [
        *(AuditTag.POLICY_DRAFT_BEGUN, AuditTag.POLICY_DRAFT_SAVED, AuditTag.POLICY_DRAFT_SAVED),
        AuditTag.POLICY_PUBLISHED,
    ]


def test_a_policy_has_one_open_draft(desk: Desk) -> None:
    policy = desk.published()
    first = desk.drafts.open(policy, actor="anna")
    assert desk.drafts.open(policy, actor="boris") == first
    desk.drafts.discard(desk.now(first))
    assert desk.drafts.open(policy, actor="boris") != first
    with pytest.raises(NotFound):
        desk.drafts.open(PolicyId(404), actor="anna")


def test_a_copy_is_a_policy_of_its_own(desk: Desk) -> None:
    policy = desk.published()
    with pytest.raises(InvalidInput):
        desk.drafts.begin("сотрудники", actor="anna", like=policy)
    draft = desk.drafts.begin("Продажи", actor="anna", like=policy)
    made = desk.publishing.publish(desk.now(draft))
    assert made.id != policy
    assert (made.name, made.version, made.templates) == ("Продажи", 1, (LOGON,))


def test_what_cannot_be_used_is_refused_by_field_and_nothing_is_saved(desk: Desk) -> None:
    draft = desk.drafts.open(desk.published(), actor="anna")
    desk.published(replace(BASE, name="Продажи"))
    before = desk.row(draft)
    refused: list[tuple[Callable[[], object], dict[str, str]]] = [
        (lambda: desk.drafts.save(desk.now(draft), PolicySection.GENERAL, name="продажи"), {"name": "name_taken"}),
        (lambda: desk.drafts.save(desk.now(draft), PolicySection.GENERAL, name=""), {"name": "required"}),
        (
            lambda: desk.drafts.save(desk.now(draft), PolicySection.DEVICES, devices=DeviceRules(per_person=-1)),
            {"per_person": "devices_range"},
        ),
        (
            lambda: desk.drafts.save_template(desk.now(draft), replace(LOGON, name="Ещё один"), None),
            {"ca_template": "template_repeated"},
        ),
        (
            lambda: desk.drafts.save_template(desk.now(draft), replace(VPN, recipe=SubjectRecipe(())), None),
            {"subject": "subject_empty"},
        ),
    ]
    for attempt, fields in refused:
        with pytest.raises(InvalidInput) as error:
            attempt()
        assert error.value.fields == fields
    assert desk.row(draft) == before


def test_a_draft_may_be_left_unfinished(desk: Desk) -> None:
    draft = desk.drafts.open(desk.published(), actor="anna")
    desk.drafts.remove_template(desk.now(draft), 0)
    assert desk.row(draft).body.templates == ()
    desk.drafts.save(desk.now(draft), PolicySection.GENERAL, name="Сотрудники офиса")
    assert desk.row(draft).body.name == "Сотрудники офиса"


def test_templates_are_changed_moved_and_removed_by_place(desk: Desk) -> None:
    draft = desk.drafts.open(desk.published(replace(BASE, templates=(LOGON, VPN))), actor="anna")
    desk.drafts.move_template(desk.now(draft), 1, -1)
    assert desk.row(draft).body.templates == (VPN, LOGON)
    desk.drafts.move_template(desk.now(draft), 0, -1)
    desk.drafts.move_template(desk.now(draft), 1, 1)
    assert desk.row(draft).body.templates == (VPN, LOGON)
    desk.drafts.save_template(desk.now(draft), replace(VPN, optional=True), 0)
    assert desk.row(draft).body.templates[0].optional
    for attempt in (
        lambda: desk.drafts.remove_template(desk.now(draft), 2),
        lambda: desk.drafts.move_template(desk.now(draft), -1, 1),
        lambda: desk.drafts.save_template(desk.now(draft), VPN, 9),
    ):
        with pytest.raises(NotFound):
            attempt()


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


def test_a_draft_that_says_the_same_is_not_published(desk: Desk) -> None:
    draft = desk.drafts.open(desk.published(), actor="anna")
    with pytest.raises(InvalidInput) as same:
        desk.publishing.publish(desk.now(draft))
    assert same.value.fields == {"draft": "draft_same"}


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
        gate.wait(10)
        try:
            outcomes[place] = call()
        except PortalError as error:
            outcomes[place] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes


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


def test_a_silent_authority_keeps_nobody_from_working(desk: Desk) -> None:
    silent = Offers(desk.database, Issuers(), ("main", "away"))  # type: ignore[arg-type]
    assert silent.gather().silent == {"away"}
    drafts = PolicyDrafts(desk.database, desk.clock, silent)
    draft = drafts.begin("Новая", actor="anna")
    drafts.save_template(desk.now(draft), replace(LOGON, key=TemplateKey("away", "x", Purpose.SIGN)), None)
    assert PolicyPublishing(desk.database, desk.clock, silent).publish(desk.now(draft)).version == 1


RULES = st.builds(DeviceRules, per_person=st.integers(0, 9), initialize=st.booleans())
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "registers": st.frozensets(st.sampled_from(Register)),
        "self_service": st.builds(SelfServiceRules, st.booleans(), st.booleans(), st.booleans()),
        "devices": RULES,
        "tracking": st.booleans(),
        "templates": st.sampled_from([(LOGON,), (VPN, LOGON), (replace(LOGON, optional=True), VPN)]),
    },
)
SECTIONS = {
    "registers": PolicySection.REGISTERS,
    "self_service": PolicySection.SELF_SERVICE,
    "devices": PolicySection.DEVICES,
    "tracking": PolicySection.TRACKING,
    "templates": PolicySection.TEMPLATES,
}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=CHANGES)
def test_what_is_published_is_what_the_draft_said(desk: Desk, changes: dict[str, object]) -> None:
    desk.clock.advance(seconds=1)
    policy = desk.published()
    draft = desk.drafts.open(policy, actor="anna")
    for name, value in changes.items():
        desk.drafts.save(desk.now(draft), SECTIONS[name], **{name: value})
    body = desk.row(draft).body
    if same_contents(body, desk.version(policy, desk.row(draft).based_on)):
        desk.drafts.discard(desk.now(draft))
        return
    made = desk.publishing.publish(desk.now(draft))
    assert same_contents(made, body)
    assert desk.version(policy, made.version) == made
