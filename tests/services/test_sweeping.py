"""The sweeper's promise: what is due or lost goes on, nobody is called for ever, and no crowd hides anybody."""

from datetime import timedelta

import pytest

from portal.domain.ids import UpdateId
from portal.domain.outcomes import Refused, WaitingFor
from portal.domain.troubles import Trouble, why
from portal.domain.update_state import UpdateStatus
from portal.ports.token import Pin
from portal.services import sweeping
from portal.services.sweeping import PATIENCE, Sweeper
from tests.support.office import SERIAL, Office

SECOND = timedelta(seconds=1)


@pytest.fixture
def run(office: Office) -> UpdateId:
    return office.order()


@pytest.fixture
def sweeper(office: Office) -> Sweeper:
    return office.sweeper()


def called(office: Office) -> list[int]:
    numbers = [number for number, _ in office.line.calls]
    office.line.calls.clear()
    return numbers


def minutes_of_sweeping(office: Office, sweeper: Sweeper, minutes: int) -> int:
    """How often a worker was called, each call being served at once."""
    calls = 0
    for _ in range(minutes * 6):
        office.clock.advance(seconds=10)
        sweeper.sweep()
        calls += len(office.line.calls)
        office.work()
    return calls


def test_an_ordered_run_whose_bell_was_lost_is_called_for(office: Office, sweeper: Sweeper, run: UpdateId) -> None:
    assert sweeper.sweep() == 0, "its first bell is given a while"
    office.clock.advance(seconds=6)
    assert sweeper.sweep() == 1
    assert called(office) == [run]


def test_a_worker_that_died_is_replaced_once_its_lease_ends(office: Office, sweeper: Sweeper, run: UpdateId) -> None:
    office.journal.claim(run, owner="dies", now=office.now, lease=timedelta(seconds=15))
    office.clock.advance(seconds=14)
    assert sweeper.sweep() == 0
    office.clock.advance(seconds=1)
    assert sweeper.sweep() == 1


def test_what_waits_until_a_moment_is_called_then(office: Office, sweeper: Sweeper, run: UpdateId) -> None:
    office.put(run, status=UpdateStatus.WAITING, waiting_for="ca", wake_at=office.now + 60 * SECOND)
    office.clock.advance(seconds=59)
    assert sweeper.sweep() == 0
    office.clock.advance(seconds=1)
    assert sweeper.sweep() == 1


@pytest.mark.parametrize("status", [UpdateStatus.STUCK, UpdateStatus.COMPLETED, UpdateStatus.CANCELLED])
def test_what_is_over_or_needs_a_person_is_left_alone(
    office: Office, sweeper: Sweeper, run: UpdateId, status: UpdateStatus
) -> None:
    office.put(run, status=status)
    office.clock.advance(minutes=10)
    assert sweeper.sweep() == 0


def test_while_a_call_is_not_followed_the_same_bell_rings_again(
    office: Office, sweeper: Sweeper, run: UpdateId
) -> None:
    """A queue that is long, because all workers are busy, does not grow by a job each time."""
    office.clock.advance(seconds=6)
    for _ in range(60):
        sweeper.sweep()
        office.clock.advance(seconds=1)
    assert len(office.line.calls) == 12
    assert set(office.line.calls) == {(run, 1)}
    assert office.row(run).run_no == 1


def test_a_call_that_was_followed_and_came_to_nothing_is_another_bell(
    office: Office, sweeper: Sweeper, run: UpdateId
) -> None:
    office.clock.advance(seconds=6)
    sweeper.sweep()
    office.journal.claim(run, owner="dies", now=office.now, lease=SECOND)
    office.clock.advance(seconds=6)
    sweeper.sweep()
    assert office.line.calls == [(run, 1), (run, 2)]


def test_a_lost_bell_is_rung_again_and_crossed_off(office: Office, sweeper: Sweeper, run: UpdateId) -> None:
    with office.database.begin() as connection:
        office.bell.post(connection, run, office.now)
    assert office.bells() == 1
    assert sweeper.sweep() == 0
    office.clock.advance(seconds=6)
    office.put(run, status=UpdateStatus.STUCK)
    assert sweeper.sweep() == 1
    assert (called(office), office.bells()) == ([run], 0)


def test_a_run_that_waits_for_its_token_goes_on_when_it_is_here_with_a_living_ticket(
    office: Office, sweeper: Sweeper, run: UpdateId
) -> None:
    office.token.plugged = False
    office.enter_pin(run)
    office.work()
    assert office.row(run).waiting_for is WaitingFor.TOKEN
    assert sweeper.sweep() == 0
    office.token.plugged = True
    assert sweeper.sweep() == 1
    office.work()
    assert office.row(run).status is UpdateStatus.COMPLETED


def test_without_a_ticket_nobody_is_called(office: Office, sweeper: Sweeper, run: UpdateId) -> None:
    office.put(run, status=UpdateStatus.WAITING, waiting_for="token")
    assert sweeper.sweep() == 0
    office.tickets.keep(run, SERIAL, _pin())
    assert sweeper.sweep() == 1


def test_a_token_that_fails_each_time_is_left_alone_longer_and_longer(
    office: Office, sweeper: Sweeper, run: UpdateId
) -> None:
    """Each sign-in renews the ticket, so nothing but the sweeper would ever end this."""
    broken = Refused(why(Trouble.TOKEN_REMOVED), permanent=False, whom=WaitingFor.TOKEN)
    office.nature.troubles["token.carry_out"] = [broken] * 10_000
    office.enter_pin(run)
    office.work()
    assert minutes_of_sweeping(office, sweeper, 30) <= 9
    assert not office.tickets.alive(run), "a person has to look what is wrong"
    assert office.row(run).waiting_for is WaitingFor.TOKEN


def test_a_token_pulled_out_and_put_in_again_begins_anew(office: Office, sweeper: Sweeper, run: UpdateId) -> None:
    broken = Refused(why(Trouble.TOKEN_REMOVED), permanent=False, whom=WaitingFor.TOKEN)
    office.nature.troubles["token.carry_out"] = [broken] * 10_000
    office.enter_pin(run)
    office.work()
    minutes_of_sweeping(office, sweeper, 5)
    office.token.plugged = False
    sweeper.sweep()
    office.token.plugged = True
    office.nature.troubles.clear()
    office.clock.advance(seconds=1)
    sweeper.sweep()
    office.work()
    assert office.row(run).status is UpdateStatus.COMPLETED


def test_a_crowd_that_waits_for_its_tokens_hides_nobody(
    office: Office, sweeper: Sweeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "AT_ONCE", 3)
    for number in range(4):
        office.add_waiting(f"0{number}")
    run = office.order()
    office.clock.advance(seconds=6)
    assert sweeper.sweep() == 1
    assert called(office) == [run]


def test_a_crowd_that_is_due_is_served_in_turns(
    office: Office, sweeper: Sweeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "AT_ONCE", 2)
    due = [office.order(office.add_device(f"0{number}")) for number in range(5)]
    office.clock.advance(seconds=6)
    turns = []
    for _ in range(3):
        sweeper.sweep()
        turns.append(called(office))
    assert turns == [due[:2], due[2:4], due[4:]]
    office.clock.advance(seconds=PATIENCE.total_seconds())
    sweeper.sweep()
    assert called(office) == due[:2]


def test_while_redis_is_away_it_survives_and_makes_good_afterwards(
    office: Office, sweeper: Sweeper, run: UpdateId
) -> None:
    office.clock.advance(seconds=6)
    with office.away():
        sweeper.sweep()
    assert not called(office)
    office.clock.advance(seconds=6)
    sweeper.sweep()
    assert called(office) == [run]


def test_a_ticket_that_cannot_be_asked_for_hides_no_other_run(office: Office, sweeper: Sweeper, run: UpdateId) -> None:
    office.put(run, status=UpdateStatus.WAITING, waiting_for="pin")
    office.tickets.broken.add(run)
    second = type(office.token)("0f", "1")
    office.watch.tokens.append(second)
    other = office.add_waiting(second.serial)
    office.tickets.keep(other, second.serial, _pin())
    assert sweeper.sweep() == 1
    assert called(office) == [other]


def test_two_sweepers_call_at_most_twice(office: Office, run: UpdateId) -> None:
    first, second = office.sweeper(), office.sweeper()
    office.clock.advance(seconds=6)
    for _ in range(4):
        first.sweep()
        second.sweep()
    assert called(office) == [run, run]


def test_what_was_rung_for_is_forgotten_in_time(office: Office, sweeper: Sweeper, run: UpdateId) -> None:
    office.clock.advance(seconds=6)
    sweeper.sweep()
    assert sweeper._rung
    office.put(run, status=UpdateStatus.COMPLETED)
    office.clock.advance(hours=1)
    sweeper.sweep()
    assert not sweeper._rung


def _pin() -> Pin:
    return Pin("12345678")
