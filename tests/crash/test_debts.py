"""A run given up and cut on its way back: what it left at the authority is made sure of after it."""

import signal
from datetime import timedelta

import pytest

from portal.domain.ids import UpdateId
from portal.domain.update_state import UpdateStatus
from portal.domain.update_steps import StepKind
from portal.services.boundaries import Boundary
from tests.crash import after, debts_work, work
from tests.crash.conftest import NewPlace
from tests.crash.place import Place
from tests.crash.verdict import audit_tells, each_order_fulfilled_once
from tests.crash.work import Blow
from tests.support.databases import BOTH
from tests.support.tokens import PIN

pytestmark = pytest.mark.crash

HOUR = timedelta(hours=1)
REQUEST = StepKind.REQUEST_CERTIFICATE


@pytest.fixture
def place(new_place: NewPlace, request: pytest.FixtureRequest) -> Place:
    return new_place(request.param)


def ends_owing(place: Place) -> None:
    """It gets stuck, a person ends it, and whoever takes it back dies before he asks the authority."""
    place.ask(debts_work.in_vain)
    assert place.ask(work.tried, PIN)[0] is UpdateStatus.STUCK
    place.ask(debts_work.given_up)
    back = Blow(REQUEST, Boundary.AFTER_INTENT, back=True)
    assert place.run(work.struck, back) == -signal.SIGKILL
    assert place.ask(after.resumed).status is UpdateStatus.FAILED
    assert owed(place) == 1


def owed(place: Place) -> int:
    return sum(step.owed_at is not None for step in place.ledger().steps(UpdateId(place.update)))


def paid(place: Place, issued: int) -> None:
    found = place.ask(debts_work.look)
    assert owed(place) == 0
    each_order_fulfilled_once(place, found)
    audit_tells(place)
    assert len(found.orders) == issued
    assert set(found.orders.values()) <= found.revoked


@pytest.mark.parametrize("place", BOTH, indirect=True)
def test_what_was_issued_unseen_is_revoked_though_a_sweeper_is_cut_too(place: Place) -> None:
    assert place.run(work.struck, Blow(REQUEST, Boundary.AFTER_EFFECT)) == -signal.SIGKILL
    ends_owing(place)
    assert place.run(debts_work.settled, HOUR, True) == -signal.SIGKILL
    assert owed(place) == 1
    assert place.ask(debts_work.settled, 2 * HOUR) == 1
    assert place.ask(debts_work.settled, 3 * HOUR) == 0
    paid(place, issued=1)


@pytest.mark.parametrize("place", BOTH, indirect=True)
def test_what_an_approver_grants_after_the_run_never_comes_to_be(place: Place) -> None:
    place.ask(work.asks_approver, "signature")
    assert place.ask(work.tried, PIN) == (UpdateStatus.WAITING, "ca_decides")
    ends_owing(place)
    place.ask(work.approver_decides, True)
    assert place.ask(debts_work.settled, HOUR) == 1
    paid(place, issued=0)
    assert place.ask(work.approvals_open) == 0
