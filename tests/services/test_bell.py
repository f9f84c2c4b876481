"""The bell: written down with its change, rung once that is in, and never lost in between."""

import pytest

from portal.db.models import OutboxJob
from portal.domain.ids import UpdateId
from portal.services.bell import Ring
from tests.support.office import Office


@pytest.fixture
def run(office: Office) -> UpdateId:
    return office.order()


def post(office: Office, run: UpdateId) -> Ring:
    with office.database.begin() as connection:
        return office.bell.post(connection, run, office.now)


def test_a_bell_goes_in_with_the_change_that_needs_it(office: Office, run: UpdateId) -> None:
    def change_of_mind() -> None:
        with office.database.begin() as connection:
            office.bell.post(connection, run, office.now)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        change_of_mind()
    assert office.bells() == 0
    assert not office.line.calls


def test_each_bell_names_another_job(office: Office, run: UpdateId) -> None:
    assert [post(office, run).run for _ in range(3)] == [1, 2, 3]


def test_rung_it_calls_a_worker_tells_who_looks_and_is_crossed_off(office: Office, run: UpdateId) -> None:
    ring = post(office, run)
    office.bell.ring(ring)
    assert office.line.calls == [(run, 1)]
    assert office.feed.told == [(run, office.row(run).sequence)]
    assert office.count(OutboxJob) == 0


def test_a_process_that_dies_before_it_rings_leaves_the_bell_to_be_found(office: Office, run: UpdateId) -> None:
    ring = post(office, run)
    assert office.bell.forgotten(office.now) == ()
    office.clock.advance(seconds=1)
    assert office.bell.forgotten(office.now) == (ring,)


def test_a_reminder_is_the_same_job(office: Office, run: UpdateId) -> None:
    ring = post(office, run)
    office.bell.ring(ring)
    office.bell.remind(ring)
    assert office.line.calls == [(run, 1), (run, 1)]
    assert office.row(run).run_no == 1
