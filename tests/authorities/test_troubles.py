"""What goes wrong at an authority, and what becomes of the update and of the token: clear words, nothing lost."""

from pathlib import Path

import pytest
from cryptography import x509

from portal.domain.update_state import UpdateStatus
from tests.authorities.counterparts import Counterpart
from tests.authorities.looking import comes_to, the_certificate
from tests.authorities.world import Run, Seat, World, template
from tests.support.foreign_pki import foreign_root
from tests.support.waiting import eventually

pytestmark = pytest.mark.e2e

ELSEWHERE = foreign_root("Elsewhere")


def issued(world: World, there: Counterpart, name: str) -> tuple[Seat, x509.Certificate]:
    """Somebody whose certificate of this authority is on his token and stays as it is."""
    seat = world.seat()
    seat.wants(template(name, there.profile, lasts=True))
    run = seat.order()
    with there.asks_first():
        run.ride()
    comes_to(run, UpdateStatus.COMPLETED)
    return seat, the_certificate(seat)


def test_a_refusal_is_told_and_what_was_there_stays(world: World, there: Counterpart, name: str) -> None:
    seat, before = issued(world, there, name)
    seat.wants(template(name, there.profile, lasts=True), template(name, there.unwelcome))
    run = seat.order()
    if run.ride() is UpdateStatus.WAITING:
        there.refuses()
    comes_to(run, UpdateStatus.FAILED)
    assert run.why[0] == "ca_refused"
    assert run.why[1] in {"declined", "unknown_template", "said_no"}
    assert the_certificate(seat) == before


def test_a_work_horse_that_dies_with_the_answer_orders_once(world: World, there: Counterpart, name: str) -> None:
    seat = world.seat()
    seat.wants(template(name, there.profile))
    run = seat.order()
    run.ride(dies=True)
    with there.asks_first():
        """Whoever waits is served now."""
    goes_on(run)
    certificate = the_certificate(seat)
    assert there.issued_for(certificate) == 1


@pytest.mark.parametrize("there", ["django-ca"], indirect=True)
def test_what_rests_in_a_queue_nobody_is_shown_is_not_ordered_again(
    world: World, there: Counterpart, name: str
) -> None:
    seat, slow = world.seat(), f"{name}-slow"
    world.connect(there.values(queue_minutes="10080"), slow)  # each ride is minutes later than the last
    seat.wants(template(slow, there.profile))
    run = seat.order()
    with there.asks_first():
        run.ride(dies=True)
        assert run.ride() is UpdateStatus.WAITING
        assert run.why == ("ca_refused", "looked_for")
    eventually(lambda: run.ride() is UpdateStatus.COMPLETED, "it comes")
    assert there.issued_for(the_certificate(seat)) == 1


def test_an_answer_that_is_lost_on_the_way_orders_once(world: World, there: Counterpart, name: str) -> None:
    seat = world.seat()
    seat.wants(template(name, there.profile))
    run = seat.order()
    there.cuts()
    run.ride()
    with there.asks_first():
        """Whoever waits is served now."""
    goes_on(run)
    assert there.issued_for(the_certificate(seat)) == 1


def goes_on(run: Run) -> None:
    """To the end; where the authority cannot be asked a person says that nothing came of it."""
    if run.status is not UpdateStatus.COMPLETED and run.ride() is UpdateStatus.STUCK:
        assert run.why == ("ca_refused", "lost_order")
        run.settle(happened=False)
    comes_to(run, UpdateStatus.COMPLETED)


def test_a_chain_that_leads_elsewhere_is_not_put_on_the_token(world: World, there: Counterpart, name: str) -> None:
    seat, before = issued(world, there, name)
    other = f"{name}-elsewhere"
    world.connect(there.values(trusted=ELSEWHERE.pem), other)
    seat.wants(template(name, there.profile, lasts=True), template(other, there.profile))
    run = seat.order()
    if run.ride() is UpdateStatus.WAITING:
        with there.asks_first():
            """Whoever waits is served now."""
    stops_with(run, "chain")
    assert the_certificate(seat) == before


def test_a_certificate_for_another_key_is_not_put_on_the_token(
    world: World, there: Counterpart, name: str, tmp_path: Path
) -> None:
    seat, before = issued(world, there, name)
    other = f"{name}-lies"
    with there.lying(tmp_path) as (values, lie):
        world.connect(values, other)
        seat.wants(template(name, there.profile, lasts=True), template(other, there.profile))
        run = seat.order()
        if run.ride() is UpdateStatus.WAITING:
            lie()
        stops_with(run, "key")
    assert the_certificate(seat) == before


def stops_with(run: Run, detail: str) -> None:
    """Where nobody can tell what was issued over there a person looks, and says that nothing of it is left."""
    if run.status is not UpdateStatus.FAILED and run.ride() is not UpdateStatus.FAILED:
        comes_to(run, UpdateStatus.STUCK)
        assert run.why == ("ca_mismatch", detail)
        run.settle(happened=True)
    comes_to(run, UpdateStatus.FAILED)
    assert run.why == ("ca_mismatch", detail)
