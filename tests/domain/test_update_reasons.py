"""Each reason by an example."""

from dataclasses import replace

import pytest

from portal.domain.certificate import CommonOnDevice, ManagedCertificate, Revocation, TrackedCertificate
from portal.domain.device import Device, Leftover
from portal.domain.findings import Finding, UpdateReason, need_bits
from portal.domain.ids import PolicyId
from portal.domain.policy import DeviceUsagePolicy, Register
from portal.domain.update_reasons import find_update_reasons
from tests.domain.examples import (
    ANNA,
    DAY,
    MAIL,
    NOW,
    a_certificate,
    a_common,
    a_device,
    a_policy,
    a_template,
    carrying,
    expiring_in,
    on_token,
    revoked,
)


def reasons(device: Device, policy: DeviceUsagePolicy) -> list[UpdateReason]:
    return [finding.reason for finding in find_update_reasons(device, policy, NOW)]


def test_a_device_in_line_has_no_reason() -> None:
    assert find_update_reasons(a_device(a_certificate()), a_policy(a_template()), NOW) == ()


def test_certificate_expired() -> None:
    device = a_device(expiring_in(-1))
    assert find_update_reasons(device, a_policy(a_template()), NOW) == (
        Finding(UpdateReason.CERTIFICATE_EXPIRED, "sign certificate", "old", NOW - DAY),
    )


def test_certificate_expired_at_the_very_moment_and_never_expiring_too() -> None:
    assert reasons(a_device(expiring_in(0)), a_policy(a_template())) == [UpdateReason.CERTIFICATE_EXPIRED]


@pytest.mark.parametrize(("days", "found"), [(29, True), (30, True), (31, False)])
def test_certificate_expiring(*, days: int, found: bool) -> None:
    expected = [UpdateReason.CERTIFICATE_EXPIRING] if found else []
    assert reasons(a_device(expiring_in(days)), a_policy(a_template())) == expected


def test_certificate_revoked_is_said_alone_even_when_it_has_expired_too() -> None:
    for certificate in (revoked(), revoked(not_after=NOW - DAY)):
        assert reasons(a_device(certificate), a_policy(a_template())) == [UpdateReason.CERTIFICATE_REVOKED]


def test_a_certificate_on_hold_is_no_reason() -> None:
    held = expiring_in(-1, revocation=Revocation.ON_HOLD, attributes=(("cn", "Анна Ли"),))
    assert reasons(a_device(held), a_policy(a_template(tracked_attributes=("cn",)))) == []


def test_old_decryption_keys_are_no_reason() -> None:
    assert reasons(a_device(expiring_in(-1, MAIL, history=True)), a_policy()) == []


def test_policy_changed() -> None:
    device = a_device(a_certificate())
    policy = a_policy(a_template(), id=PolicyId(2), name="Field work")
    assert find_update_reasons(device, policy, NOW) == (Finding(UpdateReason.POLICY_CHANGED, "Field work"),)


def test_policy_changed_is_not_said_of_a_new_version_or_a_first_issue() -> None:
    assert reasons(a_device(), a_policy(version=9)) == []
    assert reasons(a_device(applied=None), a_policy(id=PolicyId(2))) == []


def test_template_added() -> None:
    assert find_update_reasons(a_device(), a_policy(a_template()), NOW) == (
        Finding(UpdateReason.TEMPLATE_ADDED, "sign certificate"),
    )


def test_template_removed() -> None:
    device = a_device(a_certificate())
    assert find_update_reasons(device, a_policy(), NOW) == (
        Finding(UpdateReason.TEMPLATE_REMOVED, "sign certificate", "old"),
    )


def test_common_added() -> None:
    assert find_update_reasons(a_device(), a_policy(commons=(a_common(),)), NOW) == (
        Finding(UpdateReason.COMMON_ADDED, "root"),
    )


def test_common_removed() -> None:
    device = a_device(commons=(CommonOnDevice("root", 2, "root2", "k"),))
    assert find_update_reasons(device, a_policy(), NOW) == (Finding(UpdateReason.COMMON_REMOVED, "root", "root2"),)


def test_common_replaced() -> None:
    device = a_device(commons=(CommonOnDevice("root", 1, "root1", "k"),))
    policy = a_policy(commons=(a_common(),))
    assert find_update_reasons(device, policy, NOW) == (Finding(UpdateReason.COMMON_REPLACED, "root", "root1"),)


def test_the_same_common_certificate_under_a_new_number_is_no_reason() -> None:
    device = a_device(commons=(CommonOnDevice("root", 1, "same", "k"),))
    assert reasons(device, a_policy(commons=(a_common(fingerprint="same"),))) == []


def test_attribute_changed_names_each_attribute() -> None:
    device = a_device(a_certificate(attributes=(("cn", "Анна Ли"), ("email", "a@b"), ("title", "Юрист"))))
    policy = a_policy(a_template(tracked_attributes=("cn", "email", "title")))
    assert find_update_reasons(device, policy, NOW) == (
        Finding(UpdateReason.ATTRIBUTE_CHANGED, "cn", "old"),
        Finding(UpdateReason.ATTRIBUTE_CHANGED, "email", "old"),
    )


def test_attribute_changed_needs_a_recorded_value_and_a_holder() -> None:
    policy = a_policy(a_template(tracked_attributes=("cn",)))
    assert reasons(a_device(a_certificate()), policy) == []
    assert reasons(a_device(a_certificate(attributes=(("cn", "x"),)), holder=None), policy) == []


def test_attribute_that_became_empty_has_changed() -> None:
    device = a_device(a_certificate(attributes=(("phone", "1"),)))
    assert reasons(device, a_policy(a_template(tracked_attributes=("phone",)))) == [UpdateReason.ATTRIBUTE_CHANGED]
    assert ANNA.attribute("phone") == ""


def test_connector_switched_in_both_directions() -> None:
    device = a_device(registered=frozenset({Register.SECRET_NET}))
    policy = a_policy(registers=frozenset({Register.ACCESS_MANAGER}))
    assert find_update_reasons(device, policy, NOW) == (
        Finding(UpdateReason.CONNECTOR_SWITCHED, "access_manager", on=True),
        Finding(UpdateReason.CONNECTOR_SWITCHED, "secret_net", on=False),
    )


def test_foreign_found_only_with_tracking_a_key_and_when_nobody_looked_at_it() -> None:
    device = carrying(a_device(), on_token("alien", "k"), on_token("keyless", "l", has_key=False))
    tracking = a_policy(tracking=True)
    assert find_update_reasons(device, tracking, NOW) == (
        Finding(UpdateReason.FOREIGN_FOUND, "CN=alien", "alien", NOW + DAY),
    )
    assert reasons(device, a_policy()) == []
    assert reasons(replace(device, known_foreign=frozenset({"alien"})), tracking) == []
    assert reasons(replace(device, tracked=(TrackedCertificate("alien", "CN=alien", NOW),)), tracking) == []


def test_content_missing_is_said_instead_of_everything_else() -> None:
    lost = expiring_in(3, attributes=(("cn", "Анна Ли"),))
    device = carrying(a_device(lost))
    assert find_update_reasons(device, a_policy(a_template(tracked_attributes=("cn",))), NOW) == (
        Finding(UpdateReason.CONTENT_MISSING, "sign certificate", "old", NOW + 3 * DAY),
    )


def test_content_missing_when_only_the_key_is_gone() -> None:
    device = carrying(a_device(a_certificate()), on_token("old", "old-key", has_key=False))
    assert reasons(device, a_policy(a_template())) == [UpdateReason.CONTENT_MISSING]


def test_content_missing_of_a_common_certificate() -> None:
    device = carrying(a_device(commons=(CommonOnDevice("root", 2, "root2", "k"),)))
    assert reasons(device, a_policy(commons=(a_common(),))) == [UpdateReason.CONTENT_MISSING]


def test_content_is_not_missing_from_a_token_nobody_has_seen() -> None:
    assert reasons(a_device(a_certificate(), seen=False), a_policy(a_template())) == []


def test_leftover_found() -> None:
    device = carrying(a_device(leftovers=(Leftover("k", "stray"), Leftover("l"))), on_token("stray", "k"))
    assert find_update_reasons(device, a_policy(), NOW) == (
        Finding(UpdateReason.LEFTOVER_FOUND, "k", "stray"),
        Finding(UpdateReason.LEFTOVER_FOUND, "l"),
    )


def test_a_leftover_key_that_others_use_or_a_leftover_that_is_recorded_is_no_reason() -> None:
    used = a_device(a_certificate(), leftovers=(Leftover("old-key"), Leftover("old-key", "old")))
    assert reasons(used, a_policy(a_template())) == []
    foreign = carrying(a_device(leftovers=(Leftover("k"),)), on_token("alien", "k"))
    assert reasons(foreign, a_policy()) == []
    assert reasons(a_device(leftovers=(Leftover("k"),), seen=False), a_policy()) == [UpdateReason.LEFTOVER_FOUND]


def test_leftover_found_of_a_second_certificate_of_one_template() -> None:
    device = a_device(expiring_in(100, name="worse"), expiring_in(200, name="better"))
    assert find_update_reasons(device, a_policy(a_template()), NOW) == (
        Finding(UpdateReason.LEFTOVER_FOUND, "sign certificate", "worse"),
    )


def test_leftover_found_of_a_second_version_of_a_common_certificate() -> None:
    both = (CommonOnDevice("root", 2, "root2", "k2"), CommonOnDevice("root", 1, "root1", "k1"))
    assert find_update_reasons(a_device(commons=both), a_policy(commons=(a_common(),)), NOW) == (
        Finding(UpdateReason.LEFTOVER_FOUND, "root", "root1"),
    )


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (a_certificate(name="better"), revoked(name="worse", not_after=NOW + 900 * DAY)),
        (a_certificate(name="better"), expiring_in(900, name="worse", revocation=Revocation.ON_HOLD)),
        (expiring_in(9, name="better", revocation=Revocation.ON_HOLD), expiring_in(-1, name="worse")),
        (expiring_in(-1, name="better", key_id="k"), expiring_in(-2, name="worse")),
    ],
)
def test_of_two_certificates_the_better_one_answers(better: ManagedCertificate, worse: ManagedCertificate) -> None:
    found = find_update_reasons(a_device(worse, better), a_policy(a_template()), NOW)
    assert [f.fingerprint for f in found if f.reason is UpdateReason.LEFTOVER_FOUND] == ["worse"]


def test_optional_available_is_possible_and_never_due() -> None:
    policy = a_policy(a_template(optional=True), commons=(a_common(optional=True),))
    found = find_update_reasons(a_device(), policy, NOW)
    assert [(f.reason, f.subject) for f in found] == [
        (UpdateReason.OPTIONAL_AVAILABLE, "root"),
        (UpdateReason.OPTIONAL_AVAILABLE, "sign certificate"),
    ]
    assert need_bits(found) == 0


def test_an_optional_certificate_on_the_device_is_treated_as_required() -> None:
    policy = a_policy(a_template(optional=True))
    assert reasons(a_device(expiring_in(3)), policy) == [UpdateReason.CERTIFICATE_EXPIRING]


def test_of_two_templates_with_one_key_the_first_counts() -> None:
    policy = a_policy(a_template(), a_template(name="second"), commons=(a_common(), a_common(version=3)))
    assert [f.subject for f in find_update_reasons(a_device(), policy, NOW)] == ["sign certificate", "root"]
