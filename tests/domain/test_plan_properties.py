"""What holds for every device, policy and choice: proved by carrying plans out on a model token."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from portal.domain.certificate import Purpose, TemplateKey
from portal.domain.device import Device
from portal.domain.findings import UpdateReason
from portal.domain.plan_identity import demanded_checks
from portal.domain.plan_items import Action, Choices, UpdatePlan
from portal.domain.plan_steps import steps_of
from portal.domain.update_plan import plan_update
from portal.domain.update_reasons import find_update_reasons
from portal.domain.update_steps import ON_TOKEN, Step, StepKind
from tests.support.generate import NOW, Case, cases
from tests.support.model_token import ModelToken, ModelUpdate

NONCE = "d3b07384"


def planned(case: Case) -> tuple[UpdatePlan, tuple[Step, ...]]:
    plan = plan_update(case.device, case.policy, case.choices, NOW)
    assert not plan.problems
    return plan, steps_of(plan, case.device, case.policy, NONCE)


def prefixes(case: Case) -> Iterator[ModelUpdate]:
    """The world before the first step and after each."""
    _, steps = planned(case)
    update = ModelUpdate(case.device, NOW)
    yield update
    for step in steps:
        update.carry_out(step)
        yield update


@given(cases())
def test_after_the_plan_the_device_is_in_line(case: Case) -> None:
    plan, steps = planned(case)
    device = ModelUpdate(case.device, NOW).run(steps, plan)
    findings = find_update_reasons(device, case.policy, NOW)
    assert {f.reason for f in findings if f.reason.due} <= {UpdateReason.FOREIGN_FOUND}
    looked_at = replace(device, known_foreign=frozenset(c.fingerprint for c in device.foreign()))
    assert not any(f.reason.due for f in find_update_reasons(looked_at, case.policy, NOW))


@given(cases())
def test_after_the_plan_the_next_plan_is_empty(case: Case) -> None:
    plan, steps = planned(case)
    device = ModelUpdate(case.device, NOW).run(steps, plan)
    for chosen in (Choices(), case.choices):
        following = plan_update(device, case.policy, chosen, NOW)
        assert following.empty, [item for item in following.items if not item.quiet]
        assert steps_of(following, device, case.policy, NONCE) == ()


@given(cases())
def test_a_plan_exists_exactly_when_something_is_due(case: Case) -> None:
    plan = plan_update(case.device, case.policy, Choices(), NOW)
    due = {f.reason for f in find_update_reasons(case.device, case.policy, NOW) if f.reason.due}
    assert plan.empty == (due <= {UpdateReason.FOREIGN_FOUND})


@given(cases())
def test_plan_and_steps_are_deterministic(case: Case) -> None:
    device = case.device
    turned = replace(
        device, managed=device.managed[::-1], commons=device.commons[::-1], leftovers=device.leftovers[::-1]
    )
    assert planned(case) == planned(replace(case, device=turned))


@given(cases())
def test_no_step_and_no_line_without_a_reason(case: Case) -> None:
    plan, steps = planned(case)
    assert all(item.because or item.quiet for item in plan.items)
    for step in steps:
        if step.item >= 0:
            assert plan.items[step.item].because, step
        else:
            assert step.kind in {StepKind.CHECK_IDENTITY, StepKind.COMPARE_CONTENTS, StepKind.VERIFY_TOKEN}


@given(cases())
def test_who_gets_a_qualified_certificate_is_checked_before_anything_is_done(case: Case) -> None:
    plan, steps = planned(case)
    demanded = [step.services for step in steps if step.kind is StepKind.REQUEST_CERTIFICATE]
    assert demanded_checks(plan, case.policy) == frozenset().union(*demanded)
    qualified = [t.key for t in case.policy.templates if t.qualified and case.policy.identity.ask]
    for step in steps:
        assert bool(step.services) <= (step.kind is StepKind.CHECK_IDENTITY or step.template in qualified)
        if step.kind is StepKind.REQUEST_CERTIFICATE:
            assert bool(step.services) == (step.template in qualified)
    checked = [step for step in steps if step.kind is StepKind.CHECK_IDENTITY]
    assert [step.services for step in checked] == ([frozenset().union(*demanded)] if any(demanded) else [])
    assert not checked or steps[0] is checked[0]


@given(cases())
def test_every_finding_is_answered_by_a_line(case: Case) -> None:
    plan = plan_update(case.device, case.policy, Choices(), NOW)
    answered = {finding for item in plan.items for finding in item.because}
    assert {f for f in find_update_reasons(case.device, case.policy, NOW) if f.reason.due} <= answered


@given(cases())
def test_foreign_and_tracked_content_is_never_touched(case: Case) -> None:
    before = ModelUpdate(case.device, NOW).token
    strange = {c.fingerprint for c in case.device.foreign()} | {c.fingerprint for c in case.device.tracked}
    places = {place for place in before.certificates if place[1] in strange}
    keys = {place[0] for place in places} & before.keys.keys()
    assume(places)
    for update in prefixes(case):
        assert places <= update.token.certificates.keys()
        assert keys <= update.token.keys.keys()


@given(cases())
def test_keys_without_any_record_are_never_touched(case: Case) -> None:
    device = case.device
    before = ModelUpdate(device, NOW).token.keys
    ours = (
        {c.key_id for c in device.managed} | {c.key_id for c in device.commons} | {i.key_id for i in device.leftovers}
    )
    for update in prefixes(case):
        assert before.keys() - ours <= update.token.keys.keys()


@given(cases())
def test_at_every_prefix_the_holder_has_at_least_as_much_as_before(case: Case) -> None:
    plan, _ = planned(case)
    given_up = {item.template for item in plan.items if item.action is Action.DELETE}
    before = usable(ModelUpdate(case.device, NOW))
    for update in prefixes(case):
        now = usable(update)
        assert all(now[key] >= count for key, count in before.items() if key not in given_up)


@given(cases())
def test_at_every_prefix_a_template_that_stays_has_a_usable_certificate(case: Case) -> None:
    """Even when spare certificates go, the best one stays until its successor is proved."""
    plan, _ = planned(case)
    gone = {i.template for i in plan.items if i.action is Action.DELETE and not i.selected}
    staying = {template.key for template in case.policy.templates} - gone
    in_use = replace(case.device, managed=case.device.current())
    had = usable(ModelUpdate(in_use, NOW)).keys() & staying
    for update in prefixes(case):
        assert had <= usable(update).keys()


@given(cases())
def test_at_every_prefix_the_common_certificates_that_stay_are_there(case: Case) -> None:
    names = {common.name for common in case.policy.commons} - switched_off(case)
    had = working_commons(ModelUpdate(case.device, NOW)) & names
    for update in prefixes(case):
        assert had <= working_commons(update)


@given(cases())
def test_a_sole_decryption_key_is_never_destroyed(case: Case) -> None:
    before = ModelUpdate(case.device, NOW).token.keys.keys() & sole_keys(case)
    for update in prefixes(case):
        assert before <= update.token.keys.keys()


@given(cases(), st.data())
def test_an_update_that_broke_off_anywhere_is_made_good_by_the_next(case: Case, data: st.DataObject) -> None:
    _, steps = planned(case)
    cut = data.draw(st.integers(0, len(steps)))
    before = ModelUpdate(case.device, NOW).token.keys.keys()
    broken = ModelUpdate(case.device, NOW).break_off(steps, cut)
    plan = plan_update(broken, case.policy, case.choices, NOW)
    update = ModelUpdate(broken, NOW)
    after = update.run(steps_of(plan, broken, case.policy, "second"), plan)
    assert plan_update(after, case.policy, case.choices, NOW).empty
    assert sole_keys(case) & before <= update.token.keys.keys()
    assert not unexplained(case, update.token, after)


@given(cases())
def test_everything_of_ours_that_is_left_on_the_token_is_recorded(case: Case) -> None:
    plan, steps = planned(case)
    update = ModelUpdate(case.device, NOW)
    after = update.run(steps, plan)
    assert not unexplained(case, update.token, after)


@given(cases())
def test_the_token_comes_first_and_orders_have_names_of_their_own(case: Case) -> None:
    _, steps = planned(case)
    assume(steps)
    on_token = [step.kind in ON_TOKEN or step.kind is StepKind.REQUEST_CERTIFICATE for step in steps]
    last = next(n for n, step in enumerate(steps) if step.kind is StepKind.VERIFY_TOKEN)
    first = next(step for step in steps if step.kind is not StepKind.CHECK_IDENTITY)
    assert first.kind is StepKind.COMPARE_CONTENTS
    assert not any(on_token[last + 1 :])
    orders = Counter(
        step.order_id
        for step in steps
        if step.kind in {StepKind.REQUEST_CERTIFICATE, StepKind.REVOKE_CERTIFICATE, StepKind.REGISTER_DEVICE}
    )
    assert all(count == 1 for count in orders.values())


@given(cases())
def test_what_expired_or_is_revoked_is_never_revoked_again(case: Case) -> None:
    plan, steps = planned(case)
    update = ModelUpdate(case.device, NOW)
    update.run(steps, plan)
    valid = {c.serial for c in case.device.managed if not c.expired(NOW) and c.revocation.value != "revoked"}
    kept = {c.serial for c in update.device.current()}
    assert update.revoked <= valid - kept


def usable(update: ModelUpdate) -> Counter[TemplateKey]:
    return Counter(c.template for c in update.device.managed if c.usable(NOW) and update.token.works(c.fingerprint))


def working_commons(update: ModelUpdate) -> set[str]:
    return {c.name for c in update.device.commons if update.token.works(c.fingerprint)}


def switched_off(case: Case) -> set[str]:
    plan = plan_update(case.device, case.policy, case.choices, NOW)
    return {item.common for item in plan.items if item.action is Action.DELETE_COMMON}


def sole_keys(case: Case) -> set[str]:
    """Keys that are perhaps the only ones that open old mail, and that nobody gave up."""
    return {
        c.key_id
        for c in case.device.managed
        if c.template.purpose is Purpose.ENCRYPT and not c.escrow and c.fingerprint not in case.choices.drop_history
    }


def unexplained(case: Case, token: ModelToken, after: Device) -> set[str]:
    """Keys on the token that no record explains and that were not somebody else's before."""
    before = case.device
    ours = (
        {c.key_id for c in before.managed} | {c.key_id for c in before.commons} | {i.key_id for i in before.leftovers}
    )
    strange = ModelToken.of(before).keys.keys() - ours
    strange |= {c.key_id for c in (*before.foreign(), *after.foreign())}
    strange |= {place[0] for place in token.certificates if place[1].startswith("tracked")}
    recorded = {c.key_id for c in after.managed} | {c.key_id for c in after.commons}
    return token.keys.keys() - strange - recorded
