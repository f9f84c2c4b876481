"""Cleaning takes everything of ours and nothing else, whatever lies on a token."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from portal.domain.certificate import Revocation
from portal.domain.device import Device
from portal.domain.plan_clean import CleaningChoices, plan_cleaning
from portal.domain.plan_items import Action, UpdatePlan
from portal.domain.plan_steps import steps_of
from portal.domain.update_steps import Step, StepKind
from tests.support.generate import NOW, Case, cases

CHOICES = st.builds(CleaningChoices, revoke_all=st.booleans(), give_up_keys=st.booleans())


def cleaned(case: Case, chosen: CleaningChoices) -> tuple[UpdatePlan, tuple[Step, ...]]:
    plan = plan_cleaning(case.device, case.policy, chosen, NOW)
    return plan, steps_of(plan, case.device, case.policy, "nonce")


def ours(device: Device) -> set[tuple[str, str]]:
    """Where what we wrote lies."""
    written = {(c.key_id, c.fingerprint) for c in device.managed}
    written |= {(c.key_id, c.fingerprint) for c in device.commons}
    return written | {(one.key_id, one.fingerprint) for one in device.leftovers if one.fingerprint}


@given(cases(), CHOICES)
def test_nothing_foreign_and_nothing_tracked_is_touched(case: Case, chosen: CleaningChoices) -> None:
    _plan, steps = cleaned(case, chosen)
    removed = {(s.key_id, s.fingerprint) for s in steps if s.kind is StepKind.REMOVE_CERTIFICATE}
    assert removed <= ours(case.device)
    tracked = {one.fingerprint for one in case.device.tracked}
    assert not {fingerprint for _, fingerprint in removed} & (tracked - {f for _, f in ours(case.device)})
    contents = case.device.contents.certificates if case.device.contents else ()
    staying = {c.key_id for c in contents if (c.key_id, c.fingerprint) not in removed}
    assert not {s.key_id for s in steps if s.kind is StepKind.REMOVE_KEY} & staying


@given(cases(), CHOICES)
def test_everything_of_ours_goes_but_keys_that_open_old_mail(case: Case, chosen: CleaningChoices) -> None:
    plan, _steps = cleaned(case, chosen)
    going = {(item.key_id, item.fingerprint) for item in plan.items if item.removes}
    kept = {item.fingerprint for item in plan.items if item.action is Action.KEEP}
    managed = {(c.key_id, c.fingerprint) for c in case.device.managed}
    assert {place for place in managed if place[1] not in kept} <= going
    assert {(c.key_id, c.fingerprint) for c in case.device.commons} <= going
    assert not (kept and chosen.give_up_keys)


@given(cases(), CHOICES)
def test_only_what_goes_is_revoked_and_only_as_chosen(case: Case, chosen: CleaningChoices) -> None:
    plan, steps = cleaned(case, chosen)
    known = {c.fingerprint: c for c in case.device.managed}
    for item in plan.items:
        if item.revokes:
            assert item.removes
            assert chosen.revoke_all or known[item.fingerprint].revoke_on_removal
            assert known[item.fingerprint].revocation is not Revocation.REVOKED
    kinds = {step.kind for step in steps}
    assert not kinds & {StepKind.GENERATE_KEY, StepKind.WRITE_CERTIFICATE, StepKind.WRITE_COMMON}


@given(cases(), CHOICES)
def test_each_removal_names_what_goes(case: Case, chosen: CleaningChoices) -> None:
    plan, steps = cleaned(case, chosen)
    for step in steps:
        if step.kind in {StepKind.REMOVE_CERTIFICATE, StepKind.REMOVE_KEY}:
            assert (step.template_name or step.common or step.label) == plan.items[step.item].name


@given(cases())
def test_a_clean_device_has_nothing_to_clean(case: Case) -> None:
    gone = replace(case.device, managed=(), commons=(), leftovers=(), registered=frozenset())
    plan, steps = cleaned(replace(case, device=gone), CleaningChoices(revoke_all=True))
    assert plan.empty
    assert steps == ()
