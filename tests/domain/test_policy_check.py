"""What is wrong with a draft, field by field."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.certificate import Purpose, TemplateKey
from portal.domain.identity_check import IdentityRules
from portal.domain.ids import PolicyId
from portal.domain.letters import NotificationRules
from portal.domain.policy import AgentRules, CommonCertificate, DeviceRules, DeviceUsagePolicy, SubjectRecipe
from portal.domain.policy_check import problems
from portal.domain.policy_offers import OfferedTemplate, PolicyOffers
from portal.domain.policy_sections import PolicySection
from portal.domain.policy_template_check import named_attributes, template_faults
from tests.domain.test_policy_changes import LOGON, VPN, WIFI

YEAR = timedelta(days=365)
OFFERED = (
    OfferedTemplate("logon", Purpose.AUTHENTICATE, YEAR, needs=frozenset({"upn"})),
    OfferedTemplate("vpn", Purpose.AUTHENTICATE, YEAR),
    OfferedTemplate("mail", Purpose.ENCRYPT, YEAR, escrow=True),
)
OFFERS = PolicyOffers({"main": OFFERED}, (WIFI,))
GOOD = replace(LOGON, recipe=SubjectRecipe((("CN", "{cn}"),), (("upn", "{upn}"),)))
DRAFT = DeviceUsagePolicy(PolicyId(0), 0, "Все", (GOOD, VPN), (WIFI,))


def found(draft: DeviceUsagePolicy) -> list[tuple[PolicySection, str, str]]:
    return [(one.section, one.field, one.code) for one in problems(draft, OFFERS)]


def test_registers_are_asked_where_there_is_a_way_to_them() -> None:
    offers = replace(OFFERS, exchange=True)
    asking = replace(DRAFT, identity=IdentityRules(ask=True))
    assert problems(asking, offers) == ()
    nobody = replace(DRAFT, identity=IdentityRules(ask=True, checks=frozenset()))
    assert [one.code for one in problems(nobody, offers)] == ["no_registers"]


def subject(*pairs: tuple[str, str]) -> SubjectRecipe:
    return SubjectRecipe(pairs)


def test_nothing_is_wrong_with_a_good_draft() -> None:
    assert found(DRAFT) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"name": " "}, (PolicySection.GENERAL, "name", "required")),
        ({"name": "x" * 201}, (PolicySection.GENERAL, "name", "too_long")),
        ({"name": "a\x00b"}, (PolicySection.GENERAL, "name", "bad_characters")),
        ({"templates": (), "commons": ()}, (PolicySection.TEMPLATES, "templates", "policy_empty")),
        ({"commons": (CommonCertificate("Нет", 1, "aa"),)}, (PolicySection.COMMONS, "commons", "common_gone")),
        ({"commons": (replace(WIFI, version=0),)}, (PolicySection.COMMONS, "commons", "common_replaced")),
        ({"track_automatically": True}, (PolicySection.TRACKING, "track_automatically", "needs_tracking")),
        (
            {"notifications": NotificationRules(resend_after=timedelta(0))},
            (PolicySection.NOTIFICATIONS, "resend_days", "resend_range"),
        ),
        ({"identity": IdentityRules(ask=True)}, (PolicySection.IDENTITY, "ask", "no_exchange")),
        (
            {"identity": IdentityRules(validity=timedelta(0))},
            (PolicySection.IDENTITY, "validity_days", "validity_range"),
        ),
        ({"devices": DeviceRules(per_person=-1)}, (PolicySection.DEVICES, "per_person", "devices_range")),
        ({"devices": DeviceRules(pin_min_length=3)}, (PolicySection.DEVICES, "pin_min_length", "pin_out_of_range")),
        ({"devices": DeviceRules(pin_max_length=65)}, (PolicySection.DEVICES, "pin_max_length", "pin_out_of_range")),
        ({"agents": AgentRules(task_days=0)}, (PolicySection.AGENTS, "task_days", "task_days_range")),
        ({"agents": AgentRules(task_days=91)}, (PolicySection.AGENTS, "task_days", "task_days_range")),
        (
            {"devices": DeviceRules(pin_min_length=9, pin_max_length=8)},
            (PolicySection.DEVICES, "pin_max_length", "pin_range"),
        ),
    ],
)
def test_each_problem_is_named_by_section_and_field(
    changes: dict[str, object], problem: tuple[PolicySection, str, str]
) -> None:
    assert found(replace(DRAFT, **changes)) == [problem]  # type: ignore[arg-type]


def test_two_templates_of_the_same_key_or_name_are_both_named() -> None:
    twice = problems(replace(DRAFT, templates=(GOOD, replace(GOOD, name="Ещё вход"))), OFFERS)
    assert [(one.index, one.field, one.code) for one in twice] == [
        (0, "ca_template", "template_repeated"),
        (1, "ca_template", "template_repeated"),
    ]
    named = problems(replace(DRAFT, templates=(GOOD, replace(VPN, name=GOOD.name))), OFFERS)
    assert [(one.index, one.field, one.code) for one in named] == [(0, "name", "repeated"), (1, "name", "repeated")]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"name": ""}, {"name": "required"}),
        ({"key": TemplateKey("main", "", Purpose.AUTHENTICATE)}, {"ca_template": "required"}),
        ({"key": TemplateKey("main", "gone", Purpose.AUTHENTICATE)}, {"ca_template": "ca_template_unknown"}),
        ({"key": TemplateKey("main", "vpn", Purpose.SIGN)}, {"purpose": "purpose_differs"}),
        ({"key": GOOD.key}, {"alternative": "alternative_needed"}),
        ({"renewal_window": YEAR}, {"renewal_days": "window_too_long"}),
        ({"renewal_window": timedelta(0)}, {"renewal_days": "window_range"}),
        ({"escrow": True}, {"escrow": "escrow_purpose"}),
        ({"tracked_attributes": ("shoe_size",)}, {"tracked": "unknown_attribute"}),
        ({"recipe": subject()}, {"subject": "subject_empty"}),
        ({"recipe": subject(("CN", ""))}, {"subject-0": "required"}),
        ({"recipe": subject(("CN", "x" * 201))}, {"subject-0": "too_long"}),
        ({"recipe": subject(("CN", "{cn}"), ("O", "{shoe_size}"))}, {"subject-1": "unknown_attribute"}),
        ({"recipe": subject(("CN", "{cn"))}, {"subject-0": "bad_pattern"}),
        ({"recipe": subject(("XX", "{cn}"))}, {"subject-0": "name_part_unknown"}),
        (
            {"recipe": subject(("CN", "{cn}"), ("CN", "{login}"), ("OU", "a"), ("OU", "b"))},
            {"subject-0": "name_part_repeated", "subject-1": "name_part_repeated"},
        ),
    ],
)
def test_each_fault_of_a_template_is_named_by_field(changes: dict[str, object], fault: dict[str, str]) -> None:
    assert template_faults(replace(VPN, **changes), OFFERS) == fault  # type: ignore[arg-type]


def test_a_copy_of_the_key_is_kept_only_where_the_authority_keeps_one() -> None:
    mail = replace(VPN, key=TemplateKey("main", "mail", Purpose.ENCRYPT), escrow=True)
    assert template_faults(mail, OFFERS) == {}
    assert template_faults(mail, PolicyOffers({"main": (replace(OFFERED[2], escrow=False),)})) == {
        "escrow": "escrow_not_offered"
    }


def test_what_a_silent_authority_would_say_is_not_guessed() -> None:
    silent = PolicyOffers({}, silent=frozenset({"main"}))
    assert template_faults(replace(VPN, key=TemplateKey("main", "gone", Purpose.SIGN)), silent) == {}
    assert template_faults(replace(VPN, key=TemplateKey("other", "x", Purpose.SIGN)), silent) == {
        "ca_template": "ca_template_unknown"
    }


@given(st.text(max_size=60))
def test_any_pattern_is_judged(pattern: str) -> None:
    faults = template_faults(replace(VPN, recipe=subject(("CN", pattern))), OFFERS)
    assert set(faults) <= {"subject-0"}
    assert not faults or faults["subject-0"] in {"required", "unknown_attribute", "bad_pattern", "bad_characters"}
    assert isinstance(named_attributes(pattern), tuple)
