"""F15: a work-horse is stopped for longer than its lease, another one finishes the update, and the first wakes."""

import os
import signal
from itertools import product
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from portal.domain.ids import UpdateId
from portal.domain.update_state import UpdateStatus
from portal.domain.update_steps import StepKind
from portal.services.boundaries import Boundary
from tests.crash import after, before, work
from tests.crash.conftest import NewPlace
from tests.crash.verdict import judge
from tests.crash.work import Blow
from tests.support.waiting import eventually

pytestmark = pytest.mark.crash

#: Before the effect, for which its lease is asked, and before the outcome, which it may not write any more.
STOPPED = (Boundary.AFTER_INTENT, Boundary.AFTER_EFFECT)


@pytest.mark.parametrize(("kind", "boundary"), list(product(sorted(before.ORDINARY), STOPPED)))
def test_f15_who_wakes_after_his_lease_changes_nothing(new_place: NewPlace, kind: StepKind, boundary: Boundary) -> None:
    place = new_place("sqlite")
    zombie = place.begin(work.wakes, Blow(kind, boundary))
    eventually(lambda: _stopped(zombie), "it stands still")
    judge(place, place.ask(after.resumed), UpdateStatus.COMPLETED)
    told = place.ledger().row(UpdateId(place.update))
    os.kill(zombie.pid or 0, signal.SIGCONT)
    assert place.end(zombie) == 0
    assert place.ledger().row(UpdateId(place.update)) == told
    judge(place, place.ask(after.resumed), UpdateStatus.COMPLETED)


def _stopped(process: BaseProcess) -> bool:
    return Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
