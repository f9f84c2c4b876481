"""An order that waits for an approver, on real parts: granted, refused, cancelled; the token is as it should be."""

import pytest

from portal.domain.device import DeviceState
from portal.domain.ids import DeviceId
from portal.domain.update_state import UpdateStatus
from tests.crash import after, work
from tests.crash.conftest import NewPlace
from tests.crash.place import Place
from tests.crash.verdict import judge
from tests.support.tokens import PIN

pytestmark = pytest.mark.crash


@pytest.fixture
def place(new_place: NewPlace) -> Place:
    """The update has come to the order that waits."""
    place = new_place("sqlite")
    place.ask(work.asks_approver, "signature")
    assert place.ask(work.tried, PIN) == (UpdateStatus.WAITING, "ca_decides")
    assert place.ledger().device_row(DeviceId(place.device)).state is DeviceState.PENDING
    return place


def test_what_is_granted_is_carried_to_its_end(place: Place) -> None:
    place.ask(work.approver_decides, True)
    judge(place, place.ask(after.resumed), UpdateStatus.COMPLETED)
    assert place.ledger().device_row(DeviceId(place.device)).state is DeviceState.ISSUED


def test_what_is_refused_leaves_nothing_half_made(place: Place) -> None:
    place.ask(work.approver_decides, False)
    found = place.ask(after.resumed)
    judge(place, found, UpdateStatus.FAILED)
    assert work.trouble(place) == "ca_refused"
    assert found.orders == {}
    assert place.ledger().device_row(DeviceId(place.device)).state is not DeviceState.PENDING


def test_what_is_cancelled_is_taken_back(place: Place) -> None:
    place.ask(work.cancelled)
    found = place.ask(after.resumed)
    judge(place, found, UpdateStatus.CANCELLED)
    assert found.orders == {}
    assert place.ask(work.approvals_open) == 0
