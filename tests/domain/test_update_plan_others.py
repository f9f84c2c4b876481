"""The plan table, row by row: common certificates, what is not ours, connectors, and what the plan is bound to."""

from dataclasses import replace

import pytest

from portal.domain.certificate import CommonOnDevice, TrackedCertificate
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
)
from tests.domain.plan_words import why

ROOT1 = CommonOnDevice("root", 1, "root1", "root1-key")
ROOT2 = CommonOnDevice("root", 2, "root2", "root2-key")


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
