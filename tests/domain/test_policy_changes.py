"""The difference of two versions, setting by setting."""

from dataclasses import replace
from datetime import timedelta

from portal.domain.certificate import KeyAlgorithm, Purpose, TemplateKey
from portal.domain.ids import PolicyId
from portal.domain.letters import Audience, NotificationRules
from portal.domain.policy import (
    CertificateTemplate,
    CommonCertificate,
    DeviceRules,
    DeviceUsagePolicy,
    Register,
    SubjectRecipe,
)
from portal.domain.policy_changes import ChangeKind, PolicyChange, policy_changes
from portal.domain.policy_sections import PolicySection

LOGON = CertificateTemplate(
    TemplateKey("main", "logon", Purpose.AUTHENTICATE),
    "Вход",
    KeyAlgorithm.RSA_2048,
    SubjectRecipe((("CN", "{cn}"),)),
    timedelta(days=30),
)
VPN = replace(LOGON, key=TemplateKey("main", "vpn", Purpose.AUTHENTICATE), name="VPN")
WIFI = CommonCertificate("Wi-Fi", 1, "aa")
BASE = DeviceUsagePolicy(PolicyId(1), 1, "Все", (LOGON, VPN), (WIFI,))


def changes(after: DeviceUsagePolicy) -> tuple[PolicyChange, ...]:
    return policy_changes(BASE, after)


def test_a_setting_of_a_template_is_told_with_both_values() -> None:
    later = replace(LOGON, renewal_window=timedelta(days=45))
    (change,) = changes(replace(BASE, templates=(later, VPN)))
    assert change == PolicyChange(
        PolicySection.TEMPLATES,
        ChangeKind.CHANGED,
        "renewal_window",
        timedelta(days=30),
        timedelta(days=45),
        "Вход",
    )


def test_the_recipe_is_told_part_by_part() -> None:
    longer = replace(LOGON, recipe=SubjectRecipe((("CN", "{cn}"),), (("upn", "{upn}"),)))
    (change,) = changes(replace(BASE, templates=(longer, VPN)))
    assert (change.setting, change.before, change.after) == ("alternative", (), (("upn", "{upn}"),))


def test_templates_come_and_go_by_what_they_are_and_not_by_name() -> None:
    other = replace(VPN, key=TemplateKey("main", "vpn-2", Purpose.AUTHENTICATE))
    found = changes(replace(BASE, templates=(LOGON, other)))
    assert [(one.kind, one.before, one.after) for one in found] == [
        (ChangeKind.REMOVED, VPN, None),
        (ChangeKind.ADDED, None, other),
    ]


def test_a_renamed_template_stays_the_same_one() -> None:
    (change,) = changes(replace(BASE, templates=(replace(LOGON, name="Вход в домен"), VPN)))
    assert (change.setting, change.before, change.after, change.subject) == (
        *("name", "Вход", "Вход в домен"),
        "Вход в домен",
    )


def test_the_order_is_a_setting_too() -> None:
    (change,) = changes(replace(BASE, templates=(VPN, LOGON)))
    assert (change.setting, change.before, change.after) == ("order", ("Вход", "VPN"), ("VPN", "Вход"))
    added = replace(LOGON, key=TemplateKey("main", "mail", Purpose.SIGN), name="Почта")
    assert [one.kind for one in changes(replace(BASE, templates=(added, LOGON, VPN)))] == [ChangeKind.ADDED]


def test_common_certificates() -> None:
    newer = replace(WIFI, version=2, fingerprint="bb", optional=True)
    found = changes(replace(BASE, commons=(newer, CommonCertificate("Отчёты", 1, "cc"))))
    assert [(one.subject, one.setting, one.kind) for one in found] == [
        ("Wi-Fi", "version", ChangeKind.CHANGED),
        ("Wi-Fi", "optional", ChangeKind.CHANGED),
        ("Отчёты", "common", ChangeKind.ADDED),
    ]
    (gone,) = changes(replace(BASE, commons=()))
    assert (gone.kind, gone.before) == (ChangeKind.REMOVED, WIFI)


def test_rules_and_switches() -> None:
    found = changes(
        replace(
            BASE,
            name="Офис",
            tracking=True,
            registers=frozenset(Register),
            devices=DeviceRules(per_person=2),
            notifications=NotificationRules((), timedelta(days=3)),
        )
    )
    assert [(one.section, one.setting, one.before, one.after) for one in found] == [
        (PolicySection.GENERAL, "name", "Все", "Офис"),
        (PolicySection.TRACKING, "tracking", False, True),
        (PolicySection.REGISTERS, "access_manager", False, True),
        (PolicySection.REGISTERS, "secret_net", False, True),
        (PolicySection.REGISTERS, "contract", False, True),
        (PolicySection.DEVICES, "per_person", 0, 2),
        (PolicySection.NOTIFICATIONS, "content_expiring", frozenset({Audience.HOLDER}), frozenset()),
        (PolicySection.NOTIFICATIONS, "content_expired", frozenset({Audience.HOLDER, Audience.MANAGER}), frozenset()),
        (PolicySection.NOTIFICATIONS, "update_waiting", frozenset({Audience.HOLDER}), frozenset()),
        (PolicySection.NOTIFICATIONS, "update_failed", frozenset({Audience.ADMINISTRATORS}), frozenset()),
        (PolicySection.NOTIFICATIONS, "resend_after", timedelta(days=7), timedelta(days=3)),
    ]
