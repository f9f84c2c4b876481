"""Kill the work-horse at every boundary of every kind of step, on real parts, and resume."""

import signal
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from portal.domain.ids import UpdateId
from portal.domain.update_state import UpdateStatus
from portal.domain.update_steps import StepKind
from portal.services.boundaries import Boundary
from portal.services.steps import HANDLERS
from tests.crash import after, before, work
from tests.crash.conftest import NewPlace
from tests.crash.verdict import judge
from tests.crash.work import Blow
from tests.support.databases import BOTH

pytestmark = pytest.mark.crash

#: Where a person stops the update so that the undo of this kind is met.
STOPPED_AT = {
    StepKind.GENERATE_KEY: StepKind.WRITE_CERTIFICATE,
    StepKind.REQUEST_CERTIFICATE: StepKind.WRITE_CERTIFICATE,
    StepKind.WRITE_CERTIFICATE: StepKind.WRITE_CERTIFICATE,
    StepKind.WRITE_COMMON: StepKind.WRITE_COMMON,
}
UNDOES = [kind for kind, handler in HANDLERS.items() if handler.undoes]


@pytest.mark.parametrize("database", BOTH)
@pytest.mark.parametrize(("kind", "boundary"), list(product(sorted(before.ORDINARY), Boundary)))
def test_a_cut_on_the_way_forward(new_place: NewPlace, database: str, kind: StepKind, boundary: Boundary) -> None:
    place = new_place(database)
    assert place.run(work.struck, Blow(kind, boundary)) == -signal.SIGKILL
    judge(place, place.ask(after.resumed), UpdateStatus.COMPLETED)


@pytest.mark.parametrize("database", BOTH)
@pytest.mark.parametrize(("kind", "boundary"), list(product(STOPPED_AT, Boundary)))
def test_a_cut_on_the_way_back(new_place: NewPlace, database: str, kind: StepKind, boundary: Boundary) -> None:
    place = new_place(database)
    assert place.run(work.struck, Blow(kind, boundary, back=True, cancel_at=STOPPED_AT[kind])) == -signal.SIGKILL
    judge(place, place.ask(after.resumed), UpdateStatus.CANCELLED)


@pytest.mark.parametrize("database", BOTH)
@pytest.mark.parametrize("boundary", Boundary)
def test_a_cut_on_the_way_back_from_doubt(new_place: NewPlace, database: str, boundary: Boundary) -> None:
    """An item of one step goes back only when it is stopped in doubt: a second cut meets its undo."""
    place = new_place(database)
    assert place.run(work.struck, Blow(LONELY, Boundary.AFTER_EFFECT)) == -signal.SIGKILL
    place.ledger().cancel(UpdateId(place.update), datetime.now(UTC))
    assert place.run(work.struck, Blow(LONELY, boundary, back=True), timedelta(minutes=5)) == -signal.SIGKILL
    judge(place, place.ask(after.resumed), UpdateStatus.CANCELLED)


LONELY = StepKind.REGISTER_DEVICE


def test_every_undo_is_met() -> None:
    assert {*STOPPED_AT, LONELY} == set(UNDOES)
