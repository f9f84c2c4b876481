"""The plan table, row by row."""

from dataclasses import replace

import pytest

from portal.domain.certificate import CommonOnDevice, KeyAlgorithm, Revocation, TrackedCertificate
from portal.domain.contents import TokenKey
from portal.domain.device import AppliedPolicy, Leftover
from portal.domain.findings import Finding, UpdateReason
from portal.domain.ids import PolicyId
from portal.domain.people import Person
from portal.domain.plan_items import Action, Choices, Obstacle, PlanItem, PlanProblem
from portal.domain.policy import Register, SubjectRecipe
from portal.domain.update_plan import expected_hash
from tests.domain.examples import (
    ANNA,
    DAY,
    MAIL,
    NOTHING,
    NOW,
    SIGN,
    a_certificate,
    a_common,
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

ROOT1 = CommonOnDevice("root", 1, "root1", "root1-key")
ROOT2 = CommonOnDevice("root", 2, "root2", "root2-key")


def why(line: PlanItem) -> list[UpdateReason]:
    return [finding.reason for finding in line.because]


# ── managed ──────────────────────────────────────────────────────────────────


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


# ── optional ─────────────────────────────────────────────────────────────────


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


# ── the only key that opens old mail ─────────────────────────────────────────


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


# ── common ───────────────────────────────────────────────────────────────────


def test_common_absent_is_written() -> None:
    line = only_line(a_device(), a_policy(commons=(a_common(),)))
    assert (line.action, line.common, line.removes) == (Action.WRITE_COMMON, "root", False)


def test_common_of_another_version_is_replaced() -> None:
    line = only_line(a_device(commons=(ROOT1,)), a_policy(commons=(a_common(),)))
    assert (line.action, line.fingerprint, line.first) == (Action.REPLACE_COMMON, "root1", False)


def test_common_in_the_policy_and_there_is_kept() -> None:
    line = only_line(a_device(commons=(ROOT2,)), a_policy(commons=(a_common(),)))
    assert (line.action, line.fingerprint, line.because) == (Action.KEEP, "root2", ())


def test_common_no_longer_in_the_policy_is_deleted_with_nothing_at_the_ca() -> None:
    line = only_line(a_device(commons=(ROOT2,)), a_policy())
    assert (line.action, line.revokes, why(line)) == (Action.DELETE_COMMON, False, [UpdateReason.COMMON_REMOVED])


def test_common_optional_and_deselected_is_deleted() -> None:
    policy = a_policy(commons=(a_common(optional=True),))
    line = only_line(a_device(commons=(ROOT2,)), policy, Choices(optional_commons=frozenset()))
    assert (line.action, line.selected) == (Action.DELETE_COMMON, False)
    assert line.because == (Finding(UpdateReason.OPTIONAL_AVAILABLE, "root", "root2", on=False),)
    for choices in (NOTHING, Choices(optional_commons=frozenset({"root"}))):
        assert only_line(a_device(commons=(ROOT2,)), policy, choices).action is Action.KEEP


def test_common_optional_is_written_when_selected_and_offered_otherwise() -> None:
    policy = a_policy(commons=(a_common(optional=True),))
    chosen = only_line(a_device(), policy, Choices(optional_commons=frozenset({"root"})))
    assert (chosen.action, why(chosen)) == (Action.WRITE_COMMON, [UpdateReason.OPTIONAL_AVAILABLE])
    offered = only_line(a_device(), policy)
    assert (offered.action, offered.selected, offered.because) == (Action.OFFER, False, ())


def test_common_that_is_missing_is_written_again_after_its_rest_is_removed() -> None:
    line = only_line(carrying(a_device(commons=(ROOT2,))), a_policy(commons=(a_common(),)))
    assert (line.action, line.fingerprint, line.first) == (Action.WRITE_COMMON, "root2", True)


def test_common_in_two_versions_keeps_the_one_of_the_policy() -> None:
    kept, deleted = plan_of(a_device(commons=(ROOT1, ROOT2)), a_policy(commons=(a_common(),))).items
    assert (kept.action, kept.fingerprint) == (Action.KEEP, "root2")
    assert (deleted.action, deleted.fingerprint, why(deleted)) == (
        Action.DELETE_COMMON,
        "root1",
        [UpdateReason.LEFTOVER_FOUND],
    )


def test_common_under_a_new_name_goes_before_the_same_certificate_comes() -> None:
    written, deleted = plan_of(
        a_device(commons=(replace(ROOT2, name="old name"),)), a_policy(commons=(a_common(),))
    ).items
    assert (written.action, deleted.action, deleted.first) == (Action.WRITE_COMMON, Action.DELETE_COMMON, True)


# ── tracked, foreign, leftovers ──────────────────────────────────────────────


def test_tracked_is_never_touched() -> None:
    device = a_device(tracked=(TrackedCertificate("theirs", "CN=theirs", NOW),))
    assert only_line(device, a_policy()) == PlanItem(Action.TRACK_ONLY, "CN=theirs", fingerprint="theirs")
    assert plan_of(device, a_policy()).empty


@pytest.mark.parametrize("tracking", [True, False])
def test_foreign_is_never_touched(*, tracking: bool) -> None:
    plan = plan_of(carrying(a_device(), on_token("alien", "k")), a_policy(tracking=tracking))
    (line,) = plan.items
    assert (line.action, line.selected) == (Action.TRACK_ONLY, False)
    assert why(line) == ([UpdateReason.FOREIGN_FOUND] if tracking else [])
    assert plan.empty


def test_leftovers_are_cleaned() -> None:
    device = carrying(a_device(leftovers=(Leftover("k", "stray"), Leftover("l"))), on_token("stray", "k"))
    lines = plan_of(device, a_policy()).items
    assert [(i.action, i.key_id, i.fingerprint, why(i)) for i in lines] == [
        (Action.CLEAN, "k", "stray", [UpdateReason.LEFTOVER_FOUND]),
        (Action.CLEAN, "l", "", [UpdateReason.LEFTOVER_FOUND]),
    ]


# ── connectors and the policy itself ─────────────────────────────────────────


def test_connector_on_and_not_registered_there_is_registered() -> None:
    line = only_line(a_device(), a_policy(registers=frozenset({Register.SECRET_NET})))
    assert (line.action, line.register) == (Action.REGISTER, Register.SECRET_NET)


def test_connector_off_and_registered_there_is_withdrawn() -> None:
    line = only_line(a_device(registered=frozenset({Register.SECRET_NET})), a_policy())
    assert (line.action, line.register) == (Action.WITHDRAW, Register.SECRET_NET)


def test_another_policy_is_a_line_of_its_own_even_when_nothing_else_changes() -> None:
    plan = plan_of(a_device(), a_policy(id=PolicyId(2), name="Field work"))
    (line,) = plan.items
    assert (line.action, line.name, why(line)) == (Action.APPLY_POLICY, "Field work", [UpdateReason.POLICY_CHANGED])
    assert not plan.empty
    assert plan.policy == AppliedPolicy(PolicyId(2), 3)


# ── what the plan is bound to, and what stands in its way ────────────────────


def test_the_plan_is_bound_to_what_was_seen() -> None:
    device = a_device(a_certificate())
    assert device.contents
    assert plan_of(device, a_policy()).content_hash == device.contents.content_hash()
    changed = carrying(device, on_token("old", "old-key"), on_token("alien", "k"))
    assert plan_of(changed, a_policy()).content_hash != plan_of(device, a_policy()).content_hash


def test_the_plan_for_a_token_nobody_has_seen_is_bound_to_what_is_recorded() -> None:
    recorded = a_device(a_certificate(), commons=(ROOT1,), seen=False)
    assert expected_hash(recorded) == expected_hash(a_device(a_certificate(), commons=(ROOT1,)))


def test_an_empty_subject_is_told_before_anything_is_asked() -> None:
    nameless = replace(ANNA, attributes={"email": "a@b"})
    plan = plan_of(a_device(holder=nameless), a_policy(a_template()))
    assert plan.problems == (PlanProblem(Obstacle.FIELD_EMPTY, "sign certificate", "CN"),)


def test_a_certificate_that_is_kept_needs_no_name() -> None:
    nobody = Person(ANNA.id, (), frozenset(), {})
    assert plan_of(a_device(a_certificate(), holder=nobody), a_policy(a_template())).problems == ()


def test_no_holder_is_told_before_anything_is_asked() -> None:
    recipe = SubjectRecipe((("CN", "plain"),))
    plan = plan_of(a_device(holder=None), a_policy(a_template(recipe=recipe)))
    assert plan.problems == (PlanProblem(Obstacle.NO_HOLDER, "sign certificate"),)


def test_lines_come_in_the_order_people_read_them() -> None:
    device = a_device(
        a_certificate(MAIL, "gone", escrow=True),
        expiring_in(-9, MAIL, "history", history=True),
        commons=(ROOT1,),
        tracked=(TrackedCertificate("theirs", "CN=theirs", NOW + DAY),),
        leftovers=(Leftover("l"),),
    )
    policy = a_policy(a_template(), commons=(a_common(),), id=PolicyId(2), registers=frozenset({Register.SECRET_NET}))
    assert [line.action for line in plan_of(device, policy).items] == [
        Action.ISSUE,
        Action.DELETE,
        Action.RETAIN,
        Action.REPLACE_COMMON,
        Action.CLEAN,
        Action.TRACK_ONLY,
        Action.APPLY_POLICY,
        Action.REGISTER,
    ]
