"""Kill the work-horse at every boundary of every kind of step, on real parts, and resume."""

import signal
from itertools import product

import pytest

from portal.domain.update_state import UpdateStatus
from portal.domain.update_steps import StepKind
from portal.services.boundaries import Boundary
from portal.services.steps import HANDLERS
from tests.crash import work
from tests.crash.conftest import NewPlace
from tests.crash.verdict import judge
from tests.support.databases import BOTH

pytestmark = pytest.mark.crash

#: Where a person stops the update so that the undo of this kind is met.
STOPPED_AT = {
    StepKind.GENERATE_KEY: StepKind.WRITE_CERTIFICATE,
    StepKind.REQUEST_CERTIFICATE: StepKind.WRITE_CERTIFICATE,
    StepKind.WRITE_CERTIFICATE: StepKind.WRITE_CERTIFICATE,
    StepKind.WRITE_COMMON: StepKind.WRITE_COMMON,
    StepKind.REGISTER_DEVICE: StepKind.REGISTER_DEVICE,
}
UNDOES = [kind for kind, handler in HANDLERS.items() if handler.undoes]


@pytest.mark.parametrize("database", BOTH)
@pytest.mark.parametrize(("kind", "boundary"), list(product(StepKind, Boundary)))
def test_a_cut_on_the_way_forward(new_place: NewPlace, database: str, kind: StepKind, boundary: Boundary) -> None:
    place = new_place(database)
    assert place.run(work.struck, kind, boundary, False, None) == -signal.SIGKILL
    judge(place, place.ask(work.resumed), UpdateStatus.COMPLETED)


@pytest.mark.parametrize("database", BOTH)
@pytest.mark.parametrize(("kind", "boundary"), list(product(UNDOES, Boundary)))
def test_a_cut_on_the_way_back(new_place: NewPlace, database: str, kind: StepKind, boundary: Boundary) -> None:
    place = new_place(database)
    assert place.run(work.struck, kind, boundary, True, STOPPED_AT[kind]) == -signal.SIGKILL
    judge(place, place.ask(work.resumed), UpdateStatus.CANCELLED)


def test_every_undo_is_met() -> None:
    assert set(STOPPED_AT) == set(UNDOES)
