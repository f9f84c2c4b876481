"""The steps of a plan: their order, their fields, and which keys survive."""

import hashlib
from dataclasses import replace

import pytest

from portal.domain.certificate import CommonOnDevice, KeyAlgorithm, TrackedCertificate
from portal.domain.contents import TokenKey
from portal.domain.device import Device, Leftover
from portal.domain.ids import PolicyId
from portal.domain.plan_items import Choices
from portal.domain.plan_steps import PlanHasProblems, key_id_for, steps_of
from portal.domain.policy import DeviceUsagePolicy, Register
from portal.domain.update_steps import Step, StepKind
from tests.domain.examples import (
    ANNA,
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
    plan_of,
    revoked,
)

K = StepKind
ISSUE = [K.GENERATE_KEY, K.SIGN_REQUEST, K.REQUEST_CERTIFICATE, K.WRITE_CERTIFICATE, K.VERIFY_CERTIFICATE]
REMOVE = [K.REMOVE_CERTIFICATE, K.REMOVE_KEY]
ROOT1 = CommonOnDevice("root", 1, "root1", "root1-key")


def steps(device: Device, policy: DeviceUsagePolicy, choices: Choices = NOTHING) -> tuple[Step, ...]:
    return steps_of(plan_of(device, policy, choices), device, policy, "n0")


def kinds(device: Device, policy: DeviceUsagePolicy, choices: Choices = NOTHING) -> list[StepKind]:
    """What lies between the first and the last look."""
    found = [step.kind for step in steps(device, policy, choices)]
    assert found[0] is K.COMPARE_CONTENTS
    return found[1:]


def the(kind: StepKind, found: tuple[Step, ...]) -> Step:
    (step,) = (step for step in found if step.kind is kind)
    return step


def test_a_new_certificate() -> None:
    assert kinds(a_device(), a_policy(a_template())) == [*ISSUE, K.VERIFY_TOKEN]


def test_a_new_certificate_carries_everything_its_order_needs() -> None:
    template = a_template(tracked_attributes=("email", "phone"), escrow=True, revoke_on_removal=True)
    request = the(K.REQUEST_CERTIFICATE, steps(a_device(), a_policy(template)))
    assert request == Step(
        K.REQUEST_CERTIFICATE,
        item=0,
        template=SIGN,
        template_name="sign certificate",
        algorithm=KeyAlgorithm.RSA_2048,
        key_id=key_id_for("n0", 0),
        label="sign certificate",
        order_id="n0-0",
        subject=(("CN", "Анна Ким"),),
        alternative=(("email", "anna@example.org"),),
        attributes=(("email", "anna@example.org"), ("phone", "")),
        escrow=True,
        revoke_on_removal=True,
    )


def test_key_ids_are_twenty_bytes_and_differ_by_update_and_line() -> None:
    assert key_id_for("n0", 3) == hashlib.sha256(b"n0:3").hexdigest()[:40]
    assert len({key_id_for(nonce, item) for nonce in ("a", "b") for item in range(3)}) == 6


def test_renewed_with_a_new_key_the_old_pair_goes_after_the_proof_and_is_revoked_last() -> None:
    found = kinds(a_device(expiring_in(3)), a_policy(a_template(revoke_on_removal=True)))
    assert found == [*ISSUE, *REMOVE, K.VERIFY_TOKEN, K.REVOKE_CERTIFICATE]


def test_renewed_with_the_same_key_the_key_stays() -> None:
    device, policy = a_device(expiring_in(3)), a_policy(a_template(reuse_key=True))
    assert kinds(device, policy) == [*ISSUE[1:], K.REMOVE_CERTIFICATE, K.VERIFY_TOKEN]
    assert the(K.SIGN_REQUEST, steps(device, policy)).key_id == "old-key"
    assert the(K.REMOVE_CERTIFICATE, steps(device, policy)).fingerprint == "old"


def test_a_decryption_key_becomes_history() -> None:
    assert kinds(a_device(revoked(MAIL)), a_policy(a_template(MAIL))) == [*ISSUE, K.RETAIN_HISTORY, K.VERIFY_TOKEN]
    assert kinds(a_device(a_certificate(MAIL)), a_policy()) == [K.RETAIN_HISTORY, K.VERIFY_TOKEN]


def test_a_revocation_names_ca_serial_and_order() -> None:
    step = the(K.REVOKE_CERTIFICATE, steps(a_device(a_certificate(revoke_on_removal=True)), a_policy()))
    assert (step.template, step.serial, step.order_id, step.fingerprint) == (SIGN, "old-serial", "n0-0-r", "old")


def test_deletions_come_after_all_writing() -> None:
    device = a_device(a_certificate(MAIL, "gone", escrow=True))
    policy = a_policy(a_template(), commons=(a_common(),))
    found = kinds(device, policy)
    assert found == [*ISSUE, K.WRITE_COMMON, K.VERIFY_CERTIFICATE, *REMOVE, K.VERIFY_TOKEN]


def test_a_common_certificate_is_written_proved_and_only_then_the_old_one_goes() -> None:
    device, policy = a_device(commons=(ROOT1,)), a_policy(commons=(a_common(),))
    found = steps(device, policy)
    assert kinds(device, policy) == [K.WRITE_COMMON, K.VERIFY_CERTIFICATE, *REMOVE, K.VERIFY_TOKEN]
    written = the(K.WRITE_COMMON, found)
    assert (written.common, written.common_version, written.fingerprint, written.label) == ("root", 2, "root2", "root")
    assert written.key_id == the(K.VERIFY_CERTIFICATE, found).key_id == key_id_for("n0", 0)
    assert the(K.REMOVE_KEY, found).key_id == "root1-key"


def test_a_missing_common_certificate_is_cleared_away_first() -> None:
    device = carrying(a_device(commons=(replace(ROOT1, fingerprint="root2"),)))
    found = kinds(device, a_policy(commons=(a_common(),)))
    assert found == [*REMOVE, K.WRITE_COMMON, K.VERIFY_CERTIFICATE, K.VERIFY_TOKEN]


def test_leftovers_are_taken_away() -> None:
    device = carrying(a_device(leftovers=(Leftover("k", "stray"), Leftover("l"))), on_token("stray", "k"))
    assert kinds(device, a_policy()) == [*REMOVE, K.REMOVE_KEY, K.VERIFY_TOKEN]


def test_registers_are_told_at_the_very_end() -> None:
    device = a_device(a_certificate(revoke_on_removal=True), registered=frozenset({Register.SECRET_NET}))
    policy = a_policy(registers=frozenset({Register.ACCESS_MANAGER}))
    tail = [K.VERIFY_TOKEN, K.REVOKE_CERTIFICATE, K.REGISTER_DEVICE, K.WITHDRAW_DEVICE]
    assert kinds(device, policy) == [*REMOVE, *tail]
    found = steps(device, policy)
    assert the(K.REGISTER_DEVICE, found).register is Register.ACCESS_MANAGER
    assert the(K.WITHDRAW_DEVICE, found).order_id == "n0-2"


def test_an_empty_plan_has_no_steps_and_another_policy_alone_is_proved_on_the_token() -> None:
    device = a_device(a_certificate())
    assert steps(device, a_policy(a_template())) == ()
    assert kinds(device, a_policy(a_template(), id=PolicyId(2))) == [K.VERIFY_TOKEN]


# ── keys that others need ────────────────────────────────────────────────────


@pytest.mark.parametrize("fingerprint", ["alien", "tracked"])
def test_a_key_shared_with_foreign_or_tracked_content_stays(fingerprint: str) -> None:
    tracked = (TrackedCertificate("tracked", "CN=tracked", NOW),)
    device = carrying(
        a_device(a_certificate(), tracked=tracked), on_token("old", "old-key"), on_token(fingerprint, "old-key")
    )
    assert kinds(device, a_policy()) == [K.REMOVE_CERTIFICATE, K.VERIFY_TOKEN]


def test_a_key_shared_with_a_kept_certificate_stays_even_when_the_token_was_never_seen() -> None:
    device = a_device(a_certificate(key_id="one"), a_certificate(MAIL, "mail", key_id="one"), seen=False)
    assert kinds(device, a_policy(a_template(MAIL))) == [K.REMOVE_CERTIFICATE, K.VERIFY_TOKEN]


def test_a_key_shared_by_two_that_go_goes_with_the_last() -> None:
    device = a_device(expiring_in(3, key_id="one"), a_certificate(MAIL, "mail", key_id="one", escrow=True))
    assert kinds(device, a_policy(a_template())) == [*ISSUE, K.REMOVE_CERTIFICATE, *REMOVE, K.VERIFY_TOKEN]


def test_a_key_renewed_under_its_old_certificate_survives_a_spare_one() -> None:
    device = a_device(expiring_in(3, key_id="one"), expiring_in(2, name="spare", key_id="one"))
    found = kinds(device, a_policy(a_template(reuse_key=True)))
    assert K.REMOVE_KEY not in found


# ── the last look ────────────────────────────────────────────────────────────


def test_the_last_look_knows_what_stays_and_what_is_gone() -> None:
    device = a_device(
        a_certificate(),
        expiring_in(-9, MAIL, "history", history=True),
        expiring_in(3, replace(SIGN, ca="spare"), "replaced"),
        commons=(ROOT1,),
    )
    policy = a_policy(a_template(), a_template(replace(SIGN, ca="spare")), commons=(a_common(),))
    look = the(K.VERIFY_TOKEN, steps(device, policy))
    assert look.present == ("history", "old", "root2")
    assert look.absent == ("replaced", "root1")
    assert the(K.COMPARE_CONTENTS, steps(device, policy)).content_hash == plan_of(device, policy).content_hash


def test_the_last_look_expects_nothing_of_history_that_was_lost_before() -> None:
    device = carrying(a_device(a_certificate(MAIL, history=True)), on_token("old", "old-key", has_key=False))
    assert the(K.VERIFY_TOKEN, steps(device, a_policy(a_template()))).present == ()


def test_the_last_look_allows_a_foreign_copy_of_what_was_removed() -> None:
    device = carrying(a_device(a_certificate()), on_token("old", "old-key"), on_token("old", "elsewhere"))
    assert the(K.VERIFY_TOKEN, steps(device, a_policy())).absent == ()


def test_the_last_look_when_the_token_was_never_seen() -> None:
    device = a_device(a_certificate(), a_certificate(MAIL, "mail", escrow=True), commons=(ROOT1,), seen=False)
    look = the(K.VERIFY_TOKEN, steps(device, a_policy(a_template())))
    assert (look.present, look.absent) == (("old",), ("mail", "root1"))


# ── making room, and problems ────────────────────────────────────────────────


def test_what_a_person_let_go_first_goes_before_anything_is_written() -> None:
    device = a_device(expiring_in(-1), a_certificate(MAIL, "gone", escrow=True))
    both = Choices(remove_first=frozenset({"old", "gone"}))
    assert kinds(device, a_policy(a_template()), both) == [*REMOVE, *REMOVE, *ISSUE, K.VERIFY_TOKEN]


def test_a_usable_certificate_never_goes_first() -> None:
    device = a_device(expiring_in(3), commons=(ROOT1,))
    policy = a_policy(a_template(), commons=(a_common(),))
    assert kinds(device, policy, Choices(remove_first=frozenset({"old", "root1"}))) == kinds(device, policy)


def test_a_retained_certificate_never_goes_first() -> None:
    device, policy = a_device(expiring_in(-1, MAIL)), a_policy(a_template(MAIL))
    assert kinds(device, policy, Choices(remove_first=frozenset({"old"}))) == kinds(device, policy)


def test_the_certificate_of_a_decryption_key_that_is_used_again_never_goes_first() -> None:
    device, policy = a_device(expiring_in(-1, MAIL)), a_policy(a_template(MAIL, reuse_key=True))
    assert kinds(device, policy, Choices(remove_first=frozenset({"old"}))) == kinds(device, policy)
    signing, policy = a_device(expiring_in(-1)), a_policy(a_template(reuse_key=True))
    assert kinds(signing, policy, Choices(remove_first=frozenset({"old"})))[0] is K.REMOVE_CERTIFICATE


def test_a_leftover_key_may_go_first_by_its_key_id() -> None:
    device, policy = a_device(leftovers=(Leftover("l"),)), a_policy(a_template())
    assert kinds(device, policy, Choices(remove_first=frozenset({"l"})))[0] is K.REMOVE_KEY


def test_a_plan_with_problems_makes_no_steps() -> None:
    nameless = a_device(holder=replace(ANNA, attributes={}))
    with pytest.raises(PlanHasProblems) as caught:
        steps(nameless, a_policy(a_template()))
    assert caught.value.code == "field_empty"
    assert caught.value.data == {"name": "sign certificate", "field": "CN"}


def test_a_plan_for_somebody_is_not_carried_out_for_nobody() -> None:
    device, policy = a_device(), a_policy(a_template())
    with pytest.raises(PlanHasProblems):
        steps_of(plan_of(device, policy), replace(device, holder=None), policy, "n0")


def test_a_token_key_seen_alone_is_left_alone() -> None:
    device = carrying(a_device(), keys=(TokenKey("bare", "", "rsa2048", True, True),))
    assert "bare" not in {step.key_id for step in steps(device, a_policy(a_template()))}
