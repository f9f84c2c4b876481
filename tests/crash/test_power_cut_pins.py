"""Kill the work-horse at every boundary of setting a PIN, on a real token, and go on as a person does."""

import signal
from itertools import product

import pytest

from portal.domain.update_state import UpdateStatus
from portal.domain.update_steps import StepKind
from portal.services.boundaries import Boundary
from tests.crash import pin_work
from tests.crash.conftest import NewPlace
from tests.crash.pin_work import NEW, PIN_STEPS

pytestmark = pytest.mark.crash


@pytest.mark.parametrize(("kind", "boundary"), list(product(sorted(PIN_STEPS), Boundary)))
def test_a_cut_while_a_pin_is_set(new_place: NewPlace, kind: StepKind, boundary: Boundary) -> None:
    place = pin_work.ordered(new_place("sqlite"), kind)
    assert place.run(pin_work.struck, kind, boundary) == -signal.SIGKILL
    status = place.ask(pin_work.waited)
    if status is not UpdateStatus.COMPLETED:
        assert status is UpdateStatus.WAITING, "it waits for a person and guesses nothing"
        pin = place.ask(pin_work.in_force) if kind is StepKind.CHANGE_PIN else NEW
        assert place.ask(pin_work.entered, pin) is UpdateStatus.COMPLETED
    assert place.ask(pin_work.opens, NEW)
    if kind is StepKind.INIT_TOKEN:
        assert not place.ask(pin_work.certificates)
    assert place.ledger().chain_holds()
