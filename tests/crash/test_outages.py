"""F13: the database really goes away in mid-update; nothing is lost, nothing is done twice, the update is completed."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from portal.domain.update_state import UpdateStatus
from portal.domain.update_steps import StepKind
from portal.services.boundaries import Boundary
from tests.crash import after, before, outages
from tests.crash.conftest import NewPlace, empty_tokens
from tests.crash.place import Place, leave
from tests.crash.verdict import judge
from tests.support.ledgers import ledger
from tests.support.servers import own_postgres

pytestmark = pytest.mark.crash

#: In the order of the run: before anything was done, with an effect not yet written down, and about to begin.
OUTAGES = (
    (StepKind.COMPARE_CONTENTS, Boundary.BEFORE_INTENT),
    (StepKind.GENERATE_KEY, Boundary.AFTER_EFFECT),
    (StepKind.REQUEST_CERTIFICATE, Boundary.AFTER_EFFECT),
    (StepKind.WRITE_CERTIFICATE, Boundary.AFTER_EFFECT),
    (StepKind.REMOVE_KEY, Boundary.AFTER_INTENT),
    (StepKind.REVOKE_CERTIFICATE, Boundary.AFTER_EFFECT),
    (StepKind.REGISTER_DEVICE, Boundary.AFTER_EFFECT),
)
SAYS = {"locked": "database is locked", "full": "disk"}


@pytest.mark.parametrize("fault", SAYS)
@pytest.mark.parametrize(("kind", "boundary"), OUTAGES[1::2])
def test_f13_a_file_that_is_locked_or_full(new_place: NewPlace, fault: str, kind: StepKind, boundary: Boundary) -> None:
    place = new_place("sqlite")
    assert SAYS[fault] in place.ask(outages.lost, fault, kind, boundary)
    judge(place, place.ask(after.resumed), UpdateStatus.COMPLETED)


def test_f13_a_server_that_falls_again_and_again(
    origin: Place, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shutil.copytree(empty_tokens(tmp_path_factory), tmp_path / "tokens")
    with own_postgres() as own, own.server.database() as url:
        with ledger(url):
            pass
        place = Place(tmp_path, origin.module, url, origin.serial)
        device, update = place.ask(before.prepare, origin.serial)
        place = replace(place, device=device, update=update)
        for minutes, (kind, boundary) in enumerate(OUTAGES):
            said = place.ask(outages.lost, "falls", kind, boundary, own.server, minutes)
            assert "it came to" not in said
            own.rise()
        judge(place, place.ask(after.resumed), UpdateStatus.COMPLETED)
        leave()
