"""Drafts of policies: what is unfinished is kept, what cannot be used is refused by field."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.domain.audit import AuditTag
from portal.domain.certificate import Purpose, TemplateKey
from portal.domain.errors import InvalidInput, NotFound
from portal.domain.ids import PolicyId
from portal.domain.policy import DeviceRules, Register, SelfServiceRules, SubjectRecipe
from portal.domain.policy_sections import PolicySection, same_contents
from portal.services.policy_drafts import PolicyDrafts
from portal.services.policy_offers import Offers
from portal.services.policy_publishing import PolicyPublishing
from tests.domain.test_policy_changes import LOGON, VPN
from tests.services.policies.policy_desk import BASE, Desk, Issuers


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


def test_a_draft_that_says_the_same_is_not_published(desk: Desk) -> None:
    draft = desk.drafts.open(desk.published(), actor="anna")
    with pytest.raises(InvalidInput) as same:
        desk.publishing.publish(desk.now(draft))
    assert same.value.fields == {"draft": "draft_same"}


def test_a_silent_authority_keeps_nobody_from_working(desk: Desk) -> None:
    silent = Offers(desk.database, Issuers(), lambda: ("main", "away"))  # type: ignore[arg-type]
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
