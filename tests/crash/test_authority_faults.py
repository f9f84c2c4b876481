"""Faults of the authority itself, made by the real built-in one: F11 the wrong certificate, F12 a refusal for good."""

import pytest

from portal.domain.ids import UpdateId
from portal.domain.update_state import StepStatus, UpdateStatus
from portal.domain.update_steps import StepKind
from tests.crash import after, mistakes, work
from tests.crash.conftest import NewPlace
from tests.crash.verdict import judge

pytestmark = pytest.mark.crash

EXPECTED = {
    "another key": "ca_mismatch",
    "another person": "ca_mismatch",
    "not valid yet": "ca_mismatch",
    "not valid any more": "ca_mismatch",
    "no such template": "ca_refused",
}


def test_every_mistake_is_made() -> None:
    assert set(EXPECTED) == set(mistakes.MISTAKES)


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("mistake", EXPECTED)
def test_f11_f12_what_was_not_ordered_is_revoked_and_the_old_stays(
    new_place: NewPlace, mistake: str, number: int
) -> None:
    place = new_place("sqlite")
    assert place.ask(mistakes.misled, mistake, number) == (UpdateStatus.FAILED, EXPECTED[mistake])
    found = place.ask(after.resumed)
    judge(place, found, UpdateStatus.FAILED)
    issued = number - 1  # of the orders before, each fulfilled; the wrong one is revoked, a refused one never was
    assert len(found.orders) == issued + (EXPECTED[mistake] == "ca_mismatch")
    assert len(found.revoked & set(found.orders.values())) == len(found.orders) - issued


def test_f12_a_revocation_refused_for_good_ends_the_update_with_everything_else_done(new_place: NewPlace) -> None:
    place = new_place("sqlite")
    mistakes.forget(place, "before-a3")
    found = place.ask(after.resumed)
    assert work.trouble(place) == "ca_refused"
    judge(place, found, UpdateStatus.FAILED)
    steps = place.ledger().steps(UpdateId(place.update))
    assert {row.kind for row in steps if row.status is StepStatus.REFUSED} == {StepKind.REVOKE_CERTIFICATE.value}
