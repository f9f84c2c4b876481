"""Findings in lists, and when they may change by time alone."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from portal.domain.certificate import Revocation
from portal.domain.device import Device
from portal.domain.findings import NEED_BITS, Finding, UpdateReason, in_order, need_bits, reasons_of
from portal.domain.policy import DeviceUsagePolicy
from portal.domain.update_reasons import find_update_reasons, next_check_at
from tests.domain.examples import (
    DAY,
    MAIL,
    NOW,
    SIGN,
    a_certificate,
    a_device,
    a_policy,
    a_template,
    expiring_in,
    revoked,
)
from tests.support.generate import NOW as GENERATED_NOW
from tests.support.generate import devices, policies


def test_every_due_reason_has_a_bit_of_its_own() -> None:
    assert set(NEED_BITS) == set(UpdateReason) - {UpdateReason.OPTIONAL_AVAILABLE, UpdateReason.HISTORY_GIVEN_UP}
    assert {reason for reason in UpdateReason if reason.due} == set(NEED_BITS)
    assert sorted(NEED_BITS.values()) == [1 << n for n in range(len(NEED_BITS))]


def test_need_bits_and_back() -> None:
    findings = [Finding(reason, "x") for reason in UpdateReason]
    assert reasons_of(need_bits(findings)) == tuple(NEED_BITS)
    assert reasons_of(need_bits([Finding(UpdateReason.FOREIGN_FOUND, "x")] * 2)) == (UpdateReason.FOREIGN_FOUND,)


@given(
    st.lists(st.builds(Finding, st.sampled_from(UpdateReason), st.sampled_from("ab"), until=st.none() | st.just(NOW)))
)
def test_findings_are_always_in_the_same_order_without_repetition(findings: list[Finding]) -> None:
    assert in_order(findings) == in_order(reversed(findings))
    assert len(set(in_order(findings))) == len(in_order(findings))


def test_next_check_is_when_the_window_opens_then_when_it_expires_then_never() -> None:
    device, policy = a_device(expiring_in(40)), a_policy(a_template())
    assert next_check_at(device, policy, NOW) == NOW + 10 * DAY
    assert next_check_at(device, policy, NOW + 10 * DAY) == NOW + 40 * DAY
    assert next_check_at(device, policy, NOW + 40 * DAY) is None


def test_next_check_ignores_what_time_cannot_change() -> None:
    device = a_device(
        revoked(), a_certificate(MAIL, "mail"), a_certificate(SIGN, "held", revocation=Revocation.ON_HOLD)
    )
    assert next_check_at(device, a_policy(a_template()), NOW) is None


@given(devices(), policies(), st.timedeltas(timedelta(0), timedelta(days=500)))
def test_findings_do_not_change_before_the_next_check(
    device: Device, policy: DeviceUsagePolicy, later: timedelta
) -> None:
    at = next_check_at(device, policy, GENERATED_NOW)
    moment = GENERATED_NOW + later
    if at is not None:
        moment = min(moment, at - timedelta.resolution)
    before = find_update_reasons(device, policy, GENERATED_NOW)
    assert find_update_reasons(device, policy, moment) == before
