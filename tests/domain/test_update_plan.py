"""The plan table, row by row: certificates from templates."""

import pytest

from portal.domain.certificate import KeyAlgorithm, Revocation
from portal.domain.contents import TokenKey
from portal.domain.findings import Finding, UpdateReason
from portal.domain.plan_items import Action, Choices, PlanItem
from tests.domain.examples import (
    MAIL,
    NOTHING,
    SIGN,
    a_certificate,
    a_device,
    a_policy,
    a_template,
    carrying,
    expiring_in,
    on_token,
    only_line,
    plan_of,
    revoked,
)
from tests.domain.plan_words import why


def test_valid_outside_its_window_with_equal_attributes_is_kept() -> None:
    device, policy = (
        a_device(a_certificate(attributes=(("cn", "Анна Ким"),))),
        a_policy(a_template(tracked_attributes=("cn",))),
    )
    assert only_line(device, policy) == PlanItem(
        Action.KEEP, "sign certificate", template=SIGN, fingerprint="old", key_id="old-key"
    )
    assert plan_of(device, policy).empty


@pytest.mark.parametrize("days", [-1, 29])
def test_expiring_or_expired_is_renewed_with_a_new_key(days: int) -> None:
    line = only_line(a_device(expiring_in(days)), a_policy(a_template(qualified=True)))
    assert (line.action, line.fingerprint, line.retains, line.qualified) == (Action.RENEW, "old", False, True)


@pytest.mark.parametrize("days", [-1, 29])
def test_expiring_or_expired_is_renewed_with_the_same_key_if_the_policy_says_so(days: int) -> None:
    line = only_line(a_device(expiring_in(days, MAIL)), a_policy(a_template(MAIL, reuse_key=True)))
    assert (line.action, line.retains) == (Action.RENEW_SAME_KEY, False)


def test_the_same_key_only_when_its_algorithm_still_fits() -> None:
    policy = a_policy(a_template(reuse_key=True, algorithm=KeyAlgorithm.EC_P256))
    assert only_line(a_device(expiring_in(3)), policy).action is Action.RENEW


def test_the_same_key_only_when_it_was_seen_on_the_token() -> None:
    policy = a_policy(a_template(reuse_key=True))
    assert only_line(a_device(expiring_in(3), seen=False), policy).action is Action.RENEW
    unknown = carrying(a_device(expiring_in(3)), on_token("old", "old-key"), keys=(), complete=False)
    assert only_line(unknown, policy).action is Action.RENEW


def test_the_same_key_seen_without_sign_in_is_enough() -> None:
    seen = (TokenKey("old-key", "", "rsa2048", public=True, private=None),)
    device = carrying(a_device(expiring_in(3)), on_token("old", "old-key"), keys=seen, complete=False)
    assert only_line(device, a_policy(a_template(reuse_key=True))).action is Action.RENEW_SAME_KEY


def test_revoked_gets_a_new_key_even_when_keys_are_reused_and_is_not_revoked_again() -> None:
    line = only_line(a_device(revoked()), a_policy(a_template(reuse_key=True, revoke_on_removal=True)))
    assert (line.action, line.revokes, why(line)) == (Action.RENEW, False, [UpdateReason.CERTIFICATE_REVOKED])


def test_a_changed_attribute_brings_a_new_certificate() -> None:
    device = a_device(a_certificate(attributes=(("cn", "Анна Ли"),)))
    line = only_line(device, a_policy(a_template(tracked_attributes=("cn",))))
    assert (line.action, why(line)) == (Action.RENEW, [UpdateReason.ATTRIBUTE_CHANGED])


@pytest.mark.parametrize(
    ("days", "revocation", "revokes"),
    [(3, Revocation.GOOD, True), (3, Revocation.REVOKED, False), (0, Revocation.GOOD, False)],
)
def test_a_replaced_certificate_is_revoked_only_when_it_is_still_valid(
    *, days: int, revocation: Revocation, revokes: bool
) -> None:
    device = a_device(expiring_in(days, revocation=revocation))
    assert only_line(device, a_policy(a_template(revoke_on_removal=True))).revokes is revokes
    assert only_line(device, a_policy(a_template())).revokes is False


@pytest.mark.parametrize("revoke", [True, False])
def test_template_gone_is_deleted_and_revoked_if_the_template_said_so(*, revoke: bool) -> None:
    line = only_line(a_device(a_certificate(revoke_on_removal=revoke)), a_policy())
    assert (line.action, line.revokes, why(line)) == (Action.DELETE, revoke, [UpdateReason.TEMPLATE_REMOVED])


def test_a_certificate_that_is_missing_is_issued_again_with_a_new_key() -> None:
    line = only_line(carrying(a_device(a_certificate())), a_policy(a_template(reuse_key=True, revoke_on_removal=True)))
    assert (line.action, line.fingerprint, line.revokes) == (Action.ISSUE, "old", True)
    assert why(line) == [UpdateReason.CONTENT_MISSING]


def test_of_two_certificates_of_one_template_the_best_is_kept_and_the_other_deleted() -> None:
    device = a_device(expiring_in(100, name="worse", revoke_on_removal=True), expiring_in(200, name="better"))
    kept, deleted = plan_of(device, a_policy(a_template())).items
    assert (kept.action, kept.fingerprint) == (Action.KEEP, "better")
    assert (deleted.action, deleted.fingerprint, deleted.revokes) == (Action.DELETE, "worse", True)
    assert why(deleted) == [UpdateReason.LEFTOVER_FOUND]


@pytest.mark.parametrize("choices", [NOTHING, Choices(optional=frozenset({SIGN}))])
def test_optional_that_stays_selected_is_as_required(choices: Choices) -> None:
    policy = a_policy(a_template(optional=True))
    kept = only_line(a_device(a_certificate()), policy, choices)
    assert (kept.action, kept.optional, kept.selected) == (Action.KEEP, True, True)
    assert only_line(a_device(expiring_in(3)), policy, choices).action is Action.RENEW


def test_optional_deselected_is_deleted() -> None:
    policy = a_policy(a_template(optional=True, revoke_on_removal=True))
    line = only_line(a_device(a_certificate()), policy, Choices(optional=frozenset()))
    assert (line.action, line.optional, line.selected, line.revokes) == (Action.DELETE, True, False, True)
    assert line.because == (Finding(UpdateReason.OPTIONAL_AVAILABLE, "sign certificate", "old", on=False),)


def test_a_required_certificate_cannot_be_deselected() -> None:
    line = only_line(a_device(a_certificate()), a_policy(a_template()), Choices(optional=frozenset()))
    assert line.action is Action.KEEP


def test_nothing_there_and_required_is_issued() -> None:
    assert only_line(a_device(), a_policy(a_template())) == PlanItem(
        Action.ISSUE,
        "sign certificate",
        (Finding(UpdateReason.TEMPLATE_ADDED, "sign certificate"),),
        template=SIGN,
    )


def test_nothing_there_and_optional_selected_is_issued() -> None:
    line = only_line(a_device(), a_policy(a_template(optional=True)), Choices(optional=frozenset({SIGN})))
    assert (line.action, line.optional, line.selected) == (Action.ISSUE, True, True)
    assert why(line) == [UpdateReason.OPTIONAL_AVAILABLE]


@pytest.mark.parametrize("choices", [NOTHING, Choices(optional=frozenset())])
def test_nothing_there_and_optional_not_selected_is_only_offered(choices: Choices) -> None:
    plan = plan_of(a_device(), a_policy(a_template(optional=True, qualified=True)), choices)
    assert plan.items == (
        PlanItem(Action.OFFER, "sign certificate", template=SIGN, optional=True, selected=False, qualified=True),
    )
    assert plan.empty


def test_a_decryption_key_stays_as_history_when_its_certificate_is_renewed() -> None:
    line = only_line(a_device(revoked(MAIL)), a_policy(a_template(MAIL)))
    assert (line.action, line.retains, line.removes) == (Action.RENEW, True, False)


def test_a_decryption_key_stays_as_history_when_its_template_is_gone() -> None:
    plan = plan_of(a_device(a_certificate(MAIL, revoke_on_removal=True)), a_policy())
    (line,) = plan.items
    assert (line.action, line.revokes, why(line)) == (Action.RETAIN, True, [UpdateReason.TEMPLATE_REMOVED])
    assert not plan.empty


def test_a_decryption_key_stays_as_history_when_it_is_optional_and_deselected() -> None:
    choices = Choices(optional=frozenset())
    line = only_line(a_device(a_certificate(MAIL)), a_policy(a_template(MAIL, optional=True)), choices)
    assert (line.action, line.selected) == (Action.RETAIN, False)


def test_a_decryption_key_stays_as_history_when_only_its_certificate_is_missing() -> None:
    device = carrying(a_device(a_certificate(MAIL)), keys=(TokenKey("old-key", "", "rsa2048", True, True),))
    line = only_line(device, a_policy(a_template(MAIL)))
    assert (line.action, line.retains) == (Action.ISSUE, True)


def test_a_decryption_key_that_is_gone_cannot_be_kept() -> None:
    line = only_line(carrying(a_device(a_certificate(MAIL))), a_policy(a_template(MAIL)))
    assert (line.action, line.retains) == (Action.ISSUE, False)


def test_a_decryption_key_in_escrow_may_go() -> None:
    assert only_line(a_device(a_certificate(MAIL, escrow=True)), a_policy()).action is Action.DELETE


def test_a_decryption_key_given_up_by_a_person_may_go() -> None:
    given_up = Choices(drop_history=frozenset({"old"}))
    assert only_line(a_device(a_certificate(MAIL)), a_policy(), given_up).action is Action.DELETE
    assert not only_line(a_device(revoked(MAIL)), a_policy(a_template(MAIL)), given_up).retains


def test_old_history_stays_until_a_person_gives_it_up() -> None:
    device = a_device(expiring_in(-1, MAIL, history=True))
    assert only_line(device, a_policy()).action is Action.RETAIN
    assert plan_of(device, a_policy()).empty
    line = only_line(device, a_policy(), Choices(drop_history=frozenset({"old"})))
    assert (line.action, why(line)) == (Action.DELETE, [UpdateReason.HISTORY_GIVEN_UP])
